import type { LogRow } from './event.ts';

/** A row that a sink will not take, however often it is tried, and why. */
export interface RefusedRow {
  readonly row: LogRow;
  readonly reason: string;
}

/** What a sink says that takes every row. */
export const NONE_REFUSED: readonly RefusedRow[] = [];

/** Where rows go: a folder of files, BigQuery. Several may run side by side; each gets every row. */
export interface LogSink {
  /** For process logs. */
  readonly name: string;
  /** Rows that it takes best at a time, where that is more than a few. */
  readonly rowsBest?: number;
  /**
   * Resolves only when every row is durable: after that the outbox forgets them. Rejects when that is not certain;
   * then the same rows come again, so rows that were written after all appear twice, with the same `event_id`.
   *
   * @returns the rows that it will never take, which are set aside; nearly always none
   */
  write(rows: readonly LogRow[]): Promise<readonly RefusedRow[]>;
  /** Ends what `write` left open. The last write has ended before. */
  close(): Promise<void>;
}
