import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { Repeated } from '../core/repeated.ts';
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
export function guardWatch({ guard, clock, logger }: GuardWatchParts): Service {
  return new Repeated({
    clock,
    logger,
    intervalMs: WATCH_MS,
    failure: 'the guard could not look at the campaigns that run, and looks again',
    act: async () => {
      for (const { campaign, reason } of await guard.watch(LEASE_MS))
        logger.warn('a campaign is held', { campaign, code: 'GUARD', reason });
    },
  });
}
