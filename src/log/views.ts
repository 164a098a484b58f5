import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { InputFault, messageOf } from '../core/fault.ts';
import type { LogRow } from './event.ts';
import { eventsFolder } from './files-sink.ts';

const COLUMNS: Readonly<Record<keyof LogRow, string>> = {
  event_id: 'VARCHAR',
  event_type: 'VARCHAR',
  event_time: 'TIMESTAMPTZ',
  logged_at: 'TIMESTAMPTZ',
  project: 'VARCHAR',
  campaign_id: 'VARCHAR',
  recipient: 'VARCHAR',
  recipient_domain: 'VARCHAR',
  sender: 'VARCHAR',
  seq: 'BIGINT',
  ses_message_id: 'VARCHAR',
  reason: 'VARCHAR',
  smtp_status: 'VARCHAR',
  diagnostic: 'VARCHAR',
  url: 'VARCHAR',
  user_agent: 'VARCHAR',
  override: 'BOOLEAN',
  test: 'BOOLEAN',
  tags: 'JSON',
  detail: 'JSON',
};

/**
 * Makes `events` (every row of every file below `dir`) and `deliveries` (each event once, as it was logged first), and
 * allows the connection to read the log's folder once everything else is forbidden.
 *
 * @throws InputFault when the folder can't be read
 */
export async function createViews(connection: DuckDBConnection, dir: string): Promise<void> {
  await connection.run("SET TimeZone = 'UTC'");
  const folder = await folderWithFiles(eventsFolder(dir));
  if (folder !== null) await allow(connection, folder);
  await connection.run(`CREATE VIEW events AS ${folder === null ? emptyTable() : filesTable(folder)}`);
  await connection.run(DELIVERIES);
}

/**
 * The id alone says which rows are the same. The campaign and the type are part of it, so they change nothing in the
 * partitions; but with them DuckDB filters by campaign or type before it sorts, and not after.
 */
const DELIVERIES = `
  CREATE VIEW deliveries AS
  SELECT * FROM events
  QUALIFY row_number() OVER (PARTITION BY campaign_id, event_type, event_id ORDER BY logged_at) = 1`;

/** The folder as the system knows it; null where there is nothing to read. */
async function folderWithFiles(events: string): Promise<string | null> {
  try {
    const folder = await realpath(events);
    for (const day of await readdir(folder, { withFileTypes: true })) {
      if (!day.isDirectory()) continue;
      const names = await readdir(join(folder, day.name));
      if (names.some((name) => name.endsWith('.ndjson'))) return folder;
    }
    return null;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
    throw new InputFault([`the log's folder can't be read: ${messageOf(thrown)}`], { cause: thrown });
  }
}

/** DuckDB holds the pattern as well as each file that it finds against the list. */
async function allow(connection: DuckDBConnection, folder: string): Promise<void> {
  await connection.run(`SET allowed_directories = [${literal(folder)}, ${literal(globEscaped(folder))}]`);
}

/**
 * A writer that was killed may leave half a line: `ignore_errors` makes it a row of nulls, and the condition drops
 * it. Types are given, not guessed, so that the columns are the same whatever the files hold.
 */
function filesTable(folder: string): string {
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${name}: '${type}'`);
  const files = literal(`${globEscaped(folder)}/*/*.ndjson`);
  return `
    SELECT * FROM read_json(${files}, format = 'newline_delimited', ignore_errors = true, columns = {${columns.join(', ')}})
    WHERE event_id IS NOT NULL`;
}

function emptyTable(): string {
  const columns = Object.entries(COLUMNS).map(([name, type]) => `NULL::${type} AS ${name}`);
  return `SELECT * FROM (SELECT ${columns.join(', ')}) WHERE false`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function globEscaped(path: string): string {
  return path.replaceAll(/[[*?]/g, '[$&]');
}
