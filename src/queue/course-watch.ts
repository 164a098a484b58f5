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
/** What receivers say of a mail comes within minutes, most of it. */
const FRESH_MS = 15 * 60_000;
/** Readers open and click for days. What comes of campaigns that have ended is looked at every minute, until a week after they were accepted. */
const ENDED_EVERY_MS = 60_000;
const ENDED_MS = 7 * 86_400_000;
const ENDED_CAMPAIGNS_MAX = 1_000;

/** Samples the campaigns that have not ended, and now and then those that have. */
export function courseWatch({ campaigns, courses, clock, logger }: CourseWatchParts): Service {
  let open: ReadonlySet<string> = new Set();
  /** Those that have ended while this process looked, by when (ms) they are no news any more. */
  const fresh = new Map<string, number>();
  let endedAt = Number.NEGATIVE_INFINITY;
  return new Repeated({
    clock,
    logger,
    intervalMs: WATCH_MS,
    failure: 'the counts of the campaigns could not be sampled, and are again',
    act: async () => {
      const before = open;
      open = new Set(await campaigns.open());
      const now = clock.now();
      for (const id of before) if (!open.has(id)) fresh.set(id, now + FRESH_MS);
      for (const [id, until] of fresh) if (until <= now) fresh.delete(id);
      const often = new Set([...open, ...fresh.keys()]);
      if (!(await courses.sample([...often], WATCH_MS, LEASE_MS))) return;
      if (now - endedAt < ENDED_EVERY_MS) return;
      const ended = await campaigns.acceptedSince(now - ENDED_MS, ENDED_CAMPAIGNS_MAX);
      const seldom = ended.filter((id) => !often.has(id));
      await courses.sample(seldom, ENDED_EVERY_MS, 0);
      endedAt = now;
    },
  });
}
