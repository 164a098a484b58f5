import { Fault } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { LogTable } from './bigquery-table.ts';
import type { LogRow } from './event.ts';
import type { RowWriter } from './row-writer.ts';
import type { LogSink, RefusedRow } from './sink.ts';

/** An answer takes 50 ms or more, so that a few thousand rows a request are what gets a backlog away. */
const ROWS_BEST = 10_000;

/**
 * The log as a table of BigQuery's.
 *
 * Before the first row, and whenever the table turns out to be missing or to lack a column, it is made or completed, where the
 * account may do that; where it may not, rows are written all the same, and what BigQuery says of them is what counts.
 */
export class BigQuerySink implements LogSink {
  readonly name = 'bigquery';
  readonly rowsBest: number = ROWS_BEST;
  readonly #table: LogTable;
  readonly #writer: RowWriter;
  readonly #logger: Logger;
  #isReady = false;

  constructor(table: LogTable, writer: RowWriter, logger: Logger) {
    this.#table = table;
    this.#writer = writer;
    this.#logger = logger;
  }

  /** @throws Fault BIGQUERY_… where it is not certain that BigQuery has every row that it will take */
  async write(rows: readonly LogRow[]): Promise<readonly RefusedRow[]> {
    await this.#prepare();
    try {
      const refused = await this.#writer.append(rows);
      // A table with another column would refuse every row, and those are not the rows' own faults.
      if (refused.length > 0) await this.#table.check();
      return refused;
    } catch (thrown) {
      this.#isReady = this.#isReady && !CHANGED.has(codeOf(thrown));
      throw thrown;
    }
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  async #prepare(): Promise<void> {
    if (this.#isReady) return;
    try {
      const steps = await this.#table.prepare();
      for (const { what, outcome, note } of steps)
        if (outcome !== 'there') this.#logger.info(`BigQuery: ${outcome} the ${what}`, { note });
    } catch (thrown) {
      if (codeOf(thrown) !== 'BIGQUERY_FORBIDDEN') throw thrown;
      this.#logger.warn(
        'BigQuery: the table of the log can not be looked at or made with these credentials; rows are written all the same',
      );
    }
    this.#isReady = true;
  }
}

/** What says that the table is not as it was. */
const CHANGED: ReadonlySet<string> = new Set([
  'BIGQUERY_MISSING',
  'BIGQUERY_SCHEMA',
  'BIGQUERY_CLASH',
  'BIGQUERY_WRONG',
]);

/** The table and both writers throw Faults; anything else says nothing of the table. */
function codeOf(thrown: unknown): string {
  return thrown instanceof Fault ? thrown.code : '';
}
