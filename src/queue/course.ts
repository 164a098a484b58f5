import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';

/** Samples of a campaign's counts, oldest first; between two of them lies at least `stepMs`. */
export interface Course {
  readonly stepMs: number;
  readonly samples: readonly CourseSample[];
}

/** Counts of people by then, since the beginning. */
export interface CourseSample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly accepted: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly inDoubt: number;
  readonly delivered: number;
  readonly bouncedHard: number;
  readonly bouncedSoft: number;
  readonly complained: number;
  readonly opened: number;
  readonly clicked: number;
  readonly unsubscribed: number;
}

export interface CourseLimits {
  readonly stepMs: number;
  readonly samplesMax: number;
}

/**
 * A campaign of ten minutes has a sample for each two seconds; one of a day for each five minutes. As many as a chart has pixels to show are some
 * 40 KB a campaign.
 */
const LIMITS: CourseLimits = { stepMs: 2_000, samplesMax: 600 };
const KEEP_MS = 90 * 86_400_000;
/** Campaigns of one call: a script keeps everybody else waiting, and takes some 20 µs for each. */
const CALL_CAMPAIGNS_MAX = 200;

/** How the counts of campaigns grew: what the console's charts show. */
export class CourseBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #limits: CourseLimits;
  readonly #sample: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys, limits: CourseLimits = LIMITS) {
    this.#limits = limits;
    this.#redis = redis;
    this.#keys = keys;
    this.#sample = loadScript(redis, new URL('./sample-course.lua', import.meta.url));
  }

  /** Of a campaign that nobody has sampled there is none. */
  async read(id: string): Promise<Course> {
    const [samples, step] = await Promise.all([
      this.#redis.lrange(this.#keys.course(id), 0, -1),
      this.#redis.hget(this.#keys.campaign(id), 'course:step'),
    ]);
    return { stepMs: Number(step ?? this.#limits.stepMs), samples: samples.map(sampleOf) };
  }

  /**
   * Takes a sample of each that has begun.
   *
   * @param everyMs how long ago they were looked at
   * @param leaseMs so long nobody else samples; 0 where that was asked already
   * @returns false where somebody else does
   */
  async sample(ids: readonly string[], everyMs: number, leaseMs: number): Promise<boolean> {
    const { stepMs, samplesMax } = this.#limits;
    for (let first = 0; first === 0 || first < ids.length; first += CALL_CAMPAIGNS_MAX) {
      const some = ids.slice(first, first + CALL_CAMPAIGNS_MAX);
      const keys = some.flatMap((id) => [this.#keys.campaign(id), this.#keys.course(id)]);
      const answer = await this.#sample(
        [this.#keys.courseWatch(), ...keys],
        [first === 0 ? leaseMs : 0, stepMs, samplesMax, KEEP_MS, everyMs],
      );
      if (answer !== 1) return false;
    }
    return true;
  }
}

function sampleOf(text: string): CourseSample {
  const [
    at = 0,
    accepted = 0,
    skipped = 0,
    rejected = 0,
    inDoubt = 0,
    delivered = 0,
    bouncedHard = 0,
    bouncedSoft = 0,
    complained = 0,
    opened = 0,
    clicked = 0,
    unsubscribed = 0,
  ] = text.split(',').map(Number);
  return {
    at,
    accepted,
    skipped,
    rejected,
    inDoubt,
    delivered,
    bouncedHard,
    bouncedSoft,
    complained,
    opened,
    clicked,
    unsubscribed,
  };
}
