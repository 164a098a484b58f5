import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { Repeated } from '../core/repeated.ts';
import type { Service } from '../core/service.ts';
import type { Campaigns } from './campaigns.ts';
import type { CourseBook } from './course.ts';

export interface CourseWatchParts {
  readonly campaigns: Pick<Campaigns, 'open' | 'acceptedSince'>;
  readonly courses: Pick<CourseBook, 'sample'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WATCH_MS = 2_000;
/** One process at a time; a little less than the interval, so that none of them waits for two. */
const LEASE_MS = 1_800;
/** Readers open and click for days. What comes of campaigns that have ended is looked at every minute, until a week after they were accepted. */
const ENDED_EVERY_MS = 60_000;
const ENDED_MS = 7 * 86_400_000;
const ENDED_CAMPAIGNS_MAX = 1_000;

/** Samples the campaigns that have not ended, and now and then those that have. */
export function courseWatch({ campaigns, courses, clock, logger }: CourseWatchParts): Service {
  let open: readonly string[] = [];
  let endedAt = Number.NEGATIVE_INFINITY;
  return new Repeated({
    clock,
    logger,
    intervalMs: WATCH_MS,
    failure: 'the counts of the campaigns could not be sampled, and are again',
    act: async () => {
      const before = open;
      open = await campaigns.open();
      const now = clock.now();
      const isTime = now - endedAt >= ENDED_EVERY_MS;
      const ended = isTime ? await campaigns.acceptedSince(now - ENDED_MS, ENDED_CAMPAIGNS_MAX) : [];
      // One that has ended since the last look has its last counts now.
      const wanted = [...new Set([...open, ...before, ...ended])];
      if ((await courses.sample(wanted, LEASE_MS)) && isTime) endedAt = now;
    },
  });
}
