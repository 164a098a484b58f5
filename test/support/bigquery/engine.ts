import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { MACROS } from './macros.ts';
import { duckType, type Field, fieldOf, literal, quote } from './schema.ts';

export interface Result {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly DuckDBValue[])[];
  /** Rows that a DML statement changed. */
  readonly changed: number;
}

/** The DuckDB that holds the rows: a schema for each dataset. One statement after the other. */
export class Engine {
  readonly #database: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(database: DuckDBInstance, connection: DuckDBConnection) {
    this.#database = database;
    this.#connection = connection;
  }

  static async open(): Promise<Engine> {
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    await connection.run("SET TimeZone = 'UTC'");
    for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
    return new Engine(database, connection);
  }

  run(sql: string, values: string[] = []): Promise<Result> {
    return this.#inTurn(async () => {
      const reader = await this.#connection.runAndReadAll(sql, values);
      const types = reader.columnTypes();
      const fields = reader.columnNames().map((name, index) => {
        const type = types[index];
        return type
          ? fieldOf(columnName(name, index), type)
          : { name, type: 'STRING', mode: 'NULLABLE' as const };
      });
      return { fields, rows: reader.getRows(), changed: reader.rowsChanged };
    });
  }

  /** The columns a statement would have, without running it. */
  describe(sql: string): Promise<Field[]> {
    return this.#inTurn(async () => {
      const prepared = await this.#connection.prepare(sql);
      const indexes = Array.from({ length: prepared.columnCount }, (_, index) => index);
      const fields = indexes.map((index) =>
        fieldOf(columnName(prepared.columnName(index), index), prepared.columnType(index)),
      );
      prepared.destroySync();
      return fields;
    });
  }

  async createTable(name: string, fields: readonly Field[]): Promise<void> {
    const columns = fields.map((field) => `${quote(field.name)} ${duckType(field)}`);
    await this.run(`CREATE TABLE ${name} (${columns.join(', ')})`);
  }

  /** Appends rows that are JSON with each value as DuckDB would read it. */
  async append(name: string, fields: readonly Field[], rows: readonly unknown[]): Promise<void> {
    if (rows.length === 0) return;
    const columns = fields.map((field) => quote(field.name));
    const values = fields.map(({ name: column, type, mode }) =>
      type === 'BYTES' && mode !== 'REPEATED' ? `from_base64(${quote(column)})` : quote(column),
    );
    const structure = literal(JSON.stringify([structureOf(fields)]));
    await this.run(
      `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${values.join(', ')} ` +
        `FROM (SELECT unnest(from_json($1, ${structure}), max_depth := 2))`,
      [JSON.stringify(rows)],
    );
  }

  async close(): Promise<void> {
    await this.#last;
    this.#connection.closeSync();
    this.#database.closeSync();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** BigQuery calls what has no name f0_, f1_ and so on; DuckDB writes the expression. */
function columnName(name: string, index: number): string {
  return /^[A-Za-z_]\w*$/u.test(name) ? name : `f${index}_`;
}

function structureOf(fields: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const scalar = field.type === 'JSON' || field.type === 'BYTES' ? 'VARCHAR' : null;
      const single: Field = { ...field, mode: 'NULLABLE' };
      const one = field.type === 'RECORD' ? structureOf(field.fields ?? []) : (scalar ?? duckType(single));
      return [field.name, field.mode === 'REPEATED' ? [one] : one];
    }),
  );
}
