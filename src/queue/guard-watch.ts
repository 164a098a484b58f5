import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { Guard } from '../guard/guard.ts';

export interface GuardWatchParts {
  readonly guard: Pick<Guard, 'watch'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whatever comes true without an event holds a campaign within this time. */
const WATCH_MS = 1_000;
/** One process at a time judges; a little less than the interval, so that none of them waits for two. */
const LEASE_MS = 900;

/** Judges the campaigns that run, again and again, for what events don't bring about. */
export class GuardWatch implements Service {
  readonly #parts: GuardWatchParts;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(parts: GuardWatchParts) {
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
    const { guard, clock, logger } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      await clock.sleep(WATCH_MS, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      try {
        for (const { campaign, reason } of await guard.watch(LEASE_MS))
          logger.warn('a campaign is held', { campaign, code: 'GUARD', reason });
      } catch (thrown) {
        logger.warn('the guard could not look at the campaigns that run, and looks again', {
          error: messageOf(thrown),
        });
      }
    }
  }
}
