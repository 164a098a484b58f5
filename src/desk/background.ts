import type { Logger } from '../core/logger.ts';

/** Work that goes on when whoever asked for it has his answer. It ends with its process. */
export class Background {
  readonly #logger: Pick<Logger, 'error'>;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(logger: Pick<Logger, 'error'>) {
    this.#logger = logger;
  }

  /** @param work is to end soon where its signal is aborted */
  start(what: string, work: (signal: AbortSignal) => Promise<void>): void {
    const run = work(this.#stopping.signal)
      .catch((error: unknown) => this.#logger.error(`${what} broke off`, { error }))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }
}
