import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from '@duckdb/node-api';
import { Fault, InputFault, messageOf } from '../core/fault.ts';
import { LogSession, type QueryRow, rowObject } from './session.ts';

export type { QueryRow };

export interface QueryResult {
  readonly columns: string[];
  readonly rows: QueryRow[];
}

/**
 * Asks the log that the files sink wrote: one SELECT over the table `events` and the view `deliveries`, which has
 * each event once. A folder that is missing or empty is an empty table. For large answers use `streamLog`.
 *
 * @param dir the log's folder (SLUICE_LOG_DIR)
 * @throws InputFault when the SQL is wrong or wants more than to read the log
 */
export async function queryLog(dir: string, sql: string): Promise<QueryResult> {
  let columns: string[] = [];
  const rows: QueryRow[] = [];
  for await (const part of streamLog(dir, sql)) {
    columns = part.columns;
    for (const row of part.rows) rows.push(row);
  }
  return { columns, rows };
}

/** The same in parts of about 2,000 rows, as they are found; at least one part, so that columns are always known. */
export async function* streamLog(dir: string, sql: string): AsyncGenerator<QueryResult, void, void> {
  const log = await LogSession.open({ dir });
  try {
    yield* select(log.connection, sql);
  } finally {
    await log.close();
  }
}

async function* select(connection: DuckDBConnection, sql: string): AsyncGenerator<QueryResult, void, void> {
  const statement = await orFault(() => prepareSelect(connection, sql));
  const result = await orFault(() => statement.stream());
  const columns = result.deduplicatedColumnNames();
  // The chunks' own types no longer say which text is JSON.
  const types = result.columnTypes();
  for (let isFirst = true; ; isFirst = false) {
    const chunk = await orFault(() => result.fetchChunk());
    const found = chunk ? chunk.getRows() : [];
    if (found.length > 0 || isFirst)
      yield { columns, rows: found.map((values) => rowObject(columns, types, values)) };
    if (found.length === 0) return;
  }
}

/** Only a SELECT: a COPY could write into the log's own folder, which must stay open for reading. */
async function prepareSelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.trim() === '') throw new InputFault(['the query is empty']);
  const statements = await connection.extractStatements(sql);
  const statement = statements.count === 1 ? await statements.prepare(0) : null;
  if (statement?.statementType !== StatementType.SELECT) {
    throw new InputFault([
      'the query must be one statement that reads: SELECT, WITH, FROM, DESCRIBE or SUMMARIZE',
    ]);
  }
  if (statement.parameterCount > 0) {
    throw new InputFault(['the query has parameters (?, $1), and there are no values for them']);
  }
  return statement;
}

/** These are the machine's doing; everything else that DuckDB reports is in the SQL. */
const MACHINE_ERROR = /^(Out of Memory|IO|INTERNAL|Internal|FATAL|Fatal|Interrupt) Error/;

async function orFault<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    const text = sqlMessage(thrown);
    if (MACHINE_ERROR.test(text)) throw new Fault('LOG_QUERY', text, { cause: thrown });
    throw new InputFault([text], { cause: thrown });
  }
}

/** One line, without the drawing of the place ("LINE 1: …   ^") that DuckDB puts below it. */
function sqlMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return messageOf(thrown);
  if (thrown.message === 'Error in native callback') return 'the query has no statement';
  const [said = ''] = thrown.message.split(/\n\s*LINE \d+:/);
  return said
    .replace(/^Failed to extract statements: /, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
