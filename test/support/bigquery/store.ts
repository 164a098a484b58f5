import type { DuckDBValue } from '@duckdb/node-api';
import { Catalog, type Table } from './catalog.ts';
import { plainRow } from './cell.ts';
import { Engine, type Result } from './engine.ts';
import type { Faults } from './faults.ts';
import type { Job, JobNote } from './job.ts';
import type { Row } from './json-row.ts';
import { quote } from './schema.ts';
import { duckName, type TableName } from './translate.ts';

/** Everything that both APIs share. */
export class Store {
  readonly catalog: Catalog;
  readonly engine: Engine;
  readonly faults: Faults;
  readonly jobs = new Map<string, Job>();
  /** Ids of jobs that are being run: whoever asks for the same one hears of it when it is over. */
  readonly running = new Map<string, Promise<unknown>>();
  /** What ran, for assertions. */
  readonly notes: JobNote[] = [];

  private constructor(engine: Engine, faults: Faults, location: string) {
    this.engine = engine;
    this.faults = faults;
    this.catalog = new Catalog(engine, location);
  }

  static async open(faults: Faults, location: string): Promise<Store> {
    return new Store(await Engine.open(), faults, location);
  }

  append(table: Table, rows: readonly Row[]): Promise<void> {
    return this.engine.append(duckName(table.name), table.fields, rows);
  }

  /** A page of a table's rows in the order they were stored, and how many there are. */
  async page(table: Table, partition: string | null, start: number, max: number) {
    const where = partition === null ? '' : partitionFilter(table, partition);
    const from = `FROM ${duckName(table.name)} ${where}`;
    const total = await this.#count(from);
    const columns = table.fields.map((field) => quote(field.name)).join(', ');
    const sql = `SELECT ${columns} ${from} ORDER BY rowid LIMIT ${max} OFFSET ${start}`;
    const { rows } = await this.engine.run(sql);
    return { rows, total };
  }

  count(table: Table): Promise<number> {
    return table.view === null ? this.#count(`FROM ${duckName(table.name)}`) : Promise.resolve(0);
  }

  async rows(name: TableName): Promise<Record<string, unknown>[]> {
    const table = this.catalog.table(name);
    const { rows } = await this.page(table, null, 0, Number.MAX_SAFE_INTEGER);
    return rows.map((row) => plainRow(table.fields, row));
  }

  async #count(from: string): Promise<number> {
    return Number(firstValue(await this.engine.run(`SELECT count(*) ${from}`)));
  }
}

export function firstValue(result: Result): DuckDBValue {
  return result.rows[0]?.[0] ?? null;
}

/** `table$30000`: the rows of the range that starts there. */
function partitionFilter({ rangePartitioning }: Table, partition: string): string {
  const start = Number(partition);
  if (!rangePartitioning || !Number.isSafeInteger(start)) return 'WHERE false';
  const column = quote(rangePartitioning.field);
  return `WHERE ${column} >= ${start} AND ${column} < ${start + rangePartitioning.range.interval}`;
}
