import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';

/** A time that slides. What is sent within it is counted in slots, and a slot is over when its end is so long ago. */
export interface Period {
  readonly slotMs: number;
  readonly slots: number;
}

/** 24 hours by five minutes, 30 days by the hour: so long at most does room come back later than it might. */
export const PERIODS = {
  day: { slotMs: 300_000, slots: 288 },
  month: { slotMs: 3_600_000, slots: 720 },
} as const satisfies Readonly<Record<string, Period>>;

/** Recipients within the last 24 hours, and within the last 30 days. */
export interface Sent {
  readonly day: number;
  readonly month: number;
}

/** What pace.lua has counted, for people who ask; the script itself decides by its running totals. */
export class SentBook {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Of a project, since it was set up. */
  ofProject(project: string): Promise<Sent> {
    return this.#read(project);
  }

  /** Of all workers together, since there is a limit for that period. */
  ofAll(): Promise<Sent> {
    return this.#read(null);
  }

  async #read(project: string | null): Promise<Sent> {
    const [[seconds], day, month] = await Promise.all([
      this.#redis.time(),
      this.#redis.hgetall(this.#keys.sentIn('day', project)),
      this.#redis.hgetall(this.#keys.sentIn('month', project)),
    ]);
    const nowMs = Number(seconds) * 1000;
    return { day: sumOf(day, PERIODS.day, nowMs), month: sumOf(month, PERIODS.month, nowMs) };
  }
}

/** Of the slots that are not over. */
function sumOf(counted: Readonly<Record<string, string>>, { slotMs, slots }: Period, nowMs: number): number {
  const oldest = Math.floor(nowMs / slotMs) - slots;
  const isOpen = (slot: string) => /^\d+$/.test(slot) && Number(slot) >= oldest;
  return Object.entries(counted).reduce(
    (sum, [slot, recipients]) => (isOpen(slot) ? sum + Number(recipients) : sum),
    0,
  );
}
