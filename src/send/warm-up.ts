import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';

const scheduleSchema = z.object({
  start: z.int().positive(),
  factor: z.number().min(1),
  days: z.int().positive(),
  beganAt: z.number(),
  by: z.string(),
});

/**
 * How a domain that nobody knows yet begins to send: so many recipients on its first day, by a factor more on each that follows, for
 * so many days. A day is 24 hours from the schedule's beginning. Receivers, Gmail above all, take sudden volume for abuse.
 */
export type WarmUp = { readonly domain: string } & Readonly<z.infer<typeof scheduleSchema>>;

/** What a domain may send today. */
export interface WarmUpDay {
  /** From 0. */
  readonly day: number;
  readonly allowance: number;
  /** Milliseconds since 1970 when the next day begins. */
  readonly endsAt: number;
}

export const DAY_MS = 86_400_000;
/** Beyond this nothing is warmed up any more, and the figure stays a figure. */
const ALLOWANCE_MAX = 1_000_000_000;

/** Null where the schedule is over. */
export function warmUpDay({ start, factor, days, beganAt }: WarmUp, nowMs: number): WarmUpDay | null {
  const day = Math.max(0, Math.floor((nowMs - beganAt) / DAY_MS));
  if (day >= days) return null;
  const allowance = Math.floor(Math.min(start * factor ** day, ALLOWANCE_MAX));
  return { day, allowance, endsAt: beganAt + (day + 1) * DAY_MS };
}

/** The schedules of an installation, by domain. */
export class WarmUpBook {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** In place of the schedule that the domain had. */
  async set({ domain, ...schedule }: WarmUp): Promise<void> {
    await this.#redis.hset(this.#keys.warmUps(), domain, JSON.stringify(schedule));
  }

  /** By domain. */
  async list(): Promise<WarmUp[]> {
    const all = Object.entries(await this.#redis.hgetall(this.#keys.warmUps()));
    return all
      .map(([domain, text]) => parse(domain, text))
      .toSorted((a, b) => (a.domain < b.domain ? -1 : 1));
  }

  /** False where there was none. */
  async remove(domain: string): Promise<boolean> {
    return (await this.#redis.hdel(this.#keys.warmUps(), domain)) === 1;
  }

  /** Recipients that count towards a day of the schedule so far. */
  async used(domain: string, day: number): Promise<number> {
    return Number((await this.#redis.get(this.#keys.warmedUp(domain, day))) ?? 0);
  }
}

function parse(domain: string, text: string): WarmUp {
  try {
    return { domain, ...scheduleSchema.parse(JSON.parse(text)) };
  } catch (cause) {
    throw new Fault(
      'WARM_UP_FORM',
      `the warm-up of ${domain} is not in the form that this version writes: set it again`,
      { cause },
    );
  }
}
