import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { InputFault, isErrorCode, messageOf } from '../core/fault.ts';
import { COLUMNS, type Column } from './columns.ts';
import { eventsFolder } from './files-sink.ts';

const DUCKDB_TYPES: Readonly<Record<Column['kind'], string>> = {
  text: 'VARCHAR',
  time: 'TIMESTAMPTZ',
  whole: 'BIGINT',
  flag: 'BOOLEAN',
  json: 'JSON',
};

export interface LogFiles {
  /** The log's folder; null where none is read. */
  readonly dir: string | null;
  /** Days (UTC) that ended before are left out; milliseconds since 1970. */
  readonly sinceMs?: number;
  /** A file of rows that are not in the folder yet; null where there is none. */
  readonly waiting: string | null;
}

/**
 * Makes `events` (every row of every file) and `deliveries` (each event once, as it was logged first), and allows the
 * connection to read those files once everything else is forbidden.
 *
 * @throws InputFault when the folder can't be read
 */
export async function createViews(connection: DuckDBConnection, files: LogFiles): Promise<void> {
  const { dir, sinceMs, waiting } = files;
  await connection.run("SET TimeZone = 'UTC'");
  const since = sinceMs === undefined ? null : new Date(sinceMs).toISOString().slice(0, 10);
  const folder = dir === null ? null : await folderWithFiles(eventsFolder(dir));
  const days = folder && since !== null ? folder.days.filter((day) => day >= since).map(globEscaped) : ['*'];
  const patterns = [
    ...(folder ? days.map((day) => `${globEscaped(folder.path)}/${day}/*.ndjson`) : []),
    ...(waiting === null ? [] : [globEscaped(waiting)]),
  ];
  await allow(connection, [
    ...(folder ? [folder.path] : []),
    ...(waiting === null ? [] : [dirname(waiting)]),
  ]);
  await connection.run(
    `CREATE VIEW events AS ${patterns.length === 0 ? emptyTable() : filesTable(patterns)}`,
  );
  await connection.run(DELIVERIES);
}

/**
 * The id alone says which rows are the same. The campaign and the type are part of it, so they change nothing in the
 * partitions; but with them DuckDB filters by campaign or type before it sorts, and not after.
 */
const DELIVERIES = `
  CREATE VIEW deliveries AS
  SELECT *, CAST(event_time AS DATE) AS event_date FROM events
  QUALIFY row_number() OVER (PARTITION BY campaign_id, event_type, event_id ORDER BY logged_at) = 1`;

/** The folder as the system knows it, and its days that have files; null where there is nothing to read. */
async function folderWithFiles(
  events: string,
): Promise<{ readonly path: string; readonly days: readonly string[] } | null> {
  try {
    const path = await realpath(events);
    const days: string[] = [];
    for (const day of await readdir(path, { withFileTypes: true })) {
      if (!day.isDirectory()) continue;
      const names = await readdir(join(path, day.name));
      if (names.some((name) => name.endsWith('.ndjson'))) days.push(day.name);
    }
    return days.length === 0 ? null : { path, days };
  } catch (thrown) {
    if (isErrorCode(thrown, 'ENOENT')) return null;
    throw new InputFault([`the log's folder can't be read: ${messageOf(thrown)}`], { cause: thrown });
  }
}

/** DuckDB holds the pattern as well as each file that it finds against the list. */
async function allow(connection: DuckDBConnection, folders: readonly string[]): Promise<void> {
  if (folders.length === 0) return;
  const names = folders.flatMap((folder) => [literal(folder), literal(globEscaped(folder))]);
  await connection.run(`SET allowed_directories = [${names.join(', ')}]`);
}

/**
 * A writer that was killed may leave half a line: `ignore_errors` makes it a row of nulls, and the condition drops
 * it. Types are given, not guessed, so that the columns are the same whatever the files hold.
 */
function filesTable(patterns: readonly string[]): string {
  const columns = COLUMNS.map(({ name, kind }) => `${name}: '${DUCKDB_TYPES[kind]}'`);
  const files = patterns.map(literal).join(', ');
  return `
    SELECT * FROM read_json([${files}], format = 'newline_delimited', ignore_errors = true, columns = {${columns.join(', ')}})
    WHERE event_id IS NOT NULL`;
}

function emptyTable(): string {
  const columns = COLUMNS.map(({ name, kind }) => `NULL::${DUCKDB_TYPES[kind]} AS ${name}`);
  return `SELECT * FROM (SELECT ${columns.join(', ')}) WHERE false`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function globEscaped(path: string): string {
  return path.replaceAll(/[[*?]/g, '[$&]');
}
