import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { MemoryMeter } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import type { MeterBook, MeterWrite, ThreadFigures } from './meter-book.ts';

export interface MeterFlushParts {
  readonly meter: MemoryMeter;
  readonly book: Pick<MeterBook, 'write'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A name that no other thread has or had. */
  readonly writer: string;
  /** How this thread is doing; null for a process that is no worker. */
  readonly figures: (() => ThreadFigures) | null;
  /** Milliseconds; for tests. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 2_000;
/** A Redis that is away keeps nobody from ending. */
const LAST_WRITE_MS_MAX = 2_000;

/**
 * Writes down every other second what a thread has counted, in one command. What was not written is kept and sent again as it was, under
 * the same number, so that nothing is lost or counted twice while the process lives; a process that is killed takes two seconds with it.
 */
export class MeterFlush implements Service {
  readonly #parts: MeterFlushParts;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;
  #number = 0;
  #unwritten: MeterWrite | null = null;

  constructor(parts: MeterFlushParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (!this.#stopping.signal.aborted) this.#loop ??= this.#run();
  }

  /** Resolves when everything is written, or Redis does not answer. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (!this.#loop) return;
    const patience = new AbortController();
    await Promise.race([
      this.#loop.then(() => this.#writeAll()),
      this.#parts.clock.sleep(LAST_WRITE_MS_MAX, patience.signal),
    ]);
    patience.abort();
    this.#loop = null;
  }

  async #run(): Promise<void> {
    const { clock, intervalMs = INTERVAL_MS } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(intervalMs, signal);
      if (!signal.aborted) await this.#writeAll();
    }
  }

  /** What is left from before goes first, as it was. */
  async #writeAll(): Promise<void> {
    const { book, writer, logger } = this.#parts;
    try {
      if (this.#unwritten) await book.write(writer, this.#unwritten);
      this.#unwritten = this.#next();
      if (this.#unwritten) await book.write(writer, this.#unwritten);
      this.#unwritten = null;
    } catch (thrown) {
      logger.debug('what was counted for the metrics is kept, and written later', {
        error: messageOf(thrown),
      });
    }
  }

  /** Null where there is nothing to say. */
  #next(): MeterWrite | null {
    const { meter, figures } = this.#parts;
    const deltas = meter.drain();
    if (deltas.size === 0 && figures === null) return null;
    this.#number += 1;
    return { number: this.#number, deltas, figures: figures?.() ?? null };
  }
}
