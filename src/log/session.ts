import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  type Json,
} from '@duckdb/node-api';
import { Fault, messageOf } from '../core/fault.ts';
import { type Dialect, duckdb } from './dialect.ts';
import { jsonValue } from './json-value.ts';
import { createViews } from './views.ts';

export type QueryRow = Readonly<Record<string, Json>>;

export interface LogSource {
  /** The log's folder (SLUICE_LOG_DIR); null where the files are not to be read. */
  readonly dir: string | null;
  /** Days (UTC) that ended before are left out; milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Rows that are not in the folder yet. They are read to their end before the folder is looked at. */
  readonly waiting?: AsyncIterable<readonly object[]>;
}

/**
 * A DuckDB with the log that the files sink wrote as its table `events`, and as the view `deliveries`, which has each
 * event once. It can read nothing else, and what does not fit into memory goes to a folder of its own, which goes with it.
 */
export class LogSession {
  /** Whatever is run on it is trusted. */
  readonly connection: DuckDBConnection;
  readonly dialect: Dialect = duckdb;
  readonly #database: DuckDBInstance;
  readonly #spill: string;

  /** @throws InputFault where the log's folder can't be read */
  static async open(source: LogSource): Promise<LogSession> {
    const spill = await mkdtemp(join(tmpdir(), 'sluice-query-'));
    try {
      const waiting = source.waiting ? await writeRows(spill, source.waiting) : null;
      const database = await DuckDBInstance.create(':memory:', settings(spill));
      try {
        const connection = await database.connect();
        await createViews(connection, { ...source, waiting });
        await lock(connection);
        return new LogSession(database, connection, spill);
      } catch (thrown) {
        database.closeSync();
        throw thrown;
      }
    } catch (thrown) {
      await rm(spill, { recursive: true, force: true });
      throw thrown;
    }
  }

  private constructor(database: DuckDBInstance, connection: DuckDBConnection, spill: string) {
    this.#database = database;
    this.connection = connection;
    this.#spill = spill;
  }

  /**
   * Runs one statement of ours. Values stand in it by name, as `$campaign`; its answer must be small.
   * @throws Fault LOG_QUERY
   */
  async ask(sql: string, values: Readonly<Record<string, DuckDBValue>> = {}): Promise<QueryRow[]> {
    try {
      const result = await this.connection.runAndReadAll(sql, { ...values });
      const columns = result.deduplicatedColumnNames();
      const types = result.columnTypes();
      return result.getRows().map((row) => rowObject(columns, types, row));
    } catch (cause) {
      throw new Fault('LOG_QUERY', messageOf(cause), { cause });
    }
  }

  async close(): Promise<void> {
    this.#database.closeSync();
    await rm(this.#spill, { recursive: true, force: true });
  }
}

/** Own properties only, also for a column that is named `__proto__`. */
export function rowObject(
  columns: readonly string[],
  types: readonly DuckDBType[],
  values: readonly DuckDBValue[],
): QueryRow {
  const named = columns.map((column, index): [string, Json] => {
    const type = types[index];
    return [column, type ? jsonValue(values[index] ?? null, type, jsonValue) : null];
  });
  return Object.fromEntries(named);
}

/** Less than this and DuckDB can't even read files with two threads. */
const MEMORY_MIB_MIN = 256;

function settings(spill: string): Record<string, string> {
  return {
    // What does not fit goes to disk: beside a worker a query must not take all the memory that is left.
    memory_limit: `${Math.max(MEMORY_MIB_MIN, Math.floor(process.availableMemory() / 2 ** 21))}MiB`,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  };
}

/** From here on nothing but the log can be read, whatever the query says, and that can't be undone. */
async function lock(connection: DuckDBConnection): Promise<void> {
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

/** Puts rows into a file of the folder. The folder is the user's alone, as `mkdtemp` makes it. */
async function writeRows(folder: string, rows: AsyncIterable<readonly object[]>): Promise<string> {
  const file = join(folder, 'waiting.ndjson');
  await pipeline(Readable.from(lines(rows)), createWriteStream(file, { mode: 0o600 }));
  return file;
}

async function* lines(rows: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  for await (const some of rows) yield some.map((row) => `${JSON.stringify(row)}\n`).join('');
}
