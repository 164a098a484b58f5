import type { Clock } from './clock.ts';
import { messageOf } from './fault.ts';
import type { Logger } from './logger.ts';
import type { Service } from './service.ts';

export interface RepeatedParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between the end of one time and the beginning of the next. */
  readonly intervalMs: number;
  /** The signal is aborted when it is to stop. */
  readonly act: (signal: AbortSignal) => Promise<void>;
  /** What is said where it fails; it is done again all the same. */
  readonly failure: string;
}

/** Something that is done again and again until it is stopped, the first time when the interval has passed. */
export class Repeated implements Service {
  readonly #parts: RepeatedParts;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(parts: RepeatedParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (!this.#stopping.signal.aborted) this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, logger, intervalMs, act, failure } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(intervalMs, signal);
      if (signal.aborted) return;
      try {
        await act(signal);
      } catch (thrown) {
        logger.warn(failure, { error: messageOf(thrown) });
      }
    }
  }
}
