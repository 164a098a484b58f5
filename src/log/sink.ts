import type { LogRow } from './event.ts';

/** Where rows go: a folder of files, BigQuery. Several may run side by side; each gets every row. */
export interface LogSink {
  /** For process logs. */
  readonly name: string;
  /**
   * Resolves only when every row is durable: after that the outbox forgets them. Rejects when that is not certain;
   * then the same rows come again, so rows that were written after all appear twice, with the same `event_id`.
   */
  write(rows: readonly LogRow[]): Promise<void>;
  /** Ends what `write` left open. The last write has ended before. */
  close(): Promise<void>;
}
