import type { Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';

/** A rate that several processes share. */
export interface Bucket {
  /** `account`, or `campaign:<id>`. */
  readonly name: string;
  /** Recipients a second. */
  readonly perSecond: number;
}

export interface Turn {
  /** False where the wait would be longer than allowed, and nothing was taken. */
  readonly taken: boolean;
  /** Milliseconds until the tokens may be used, or until it is worth asking again. */
  readonly waitMs: number;
}

/**
 * What may be sent ahead of time, as a share of a second's allowance: SES tolerates short bursts over the rate,
 * and a quarter of a second keeps a late timer from costing throughput.
 */
const BURST_SECONDS = 0.25;

/**
 * Recipients a second, counted in Redis for all workers together: one token bucket for the SES account, one for
 * each campaign that has a limit of its own. Taking a turn twice (a command that was sent again) costs time, never
 * a recipient.
 */
export class Pace {
  readonly #keys: Keys;
  readonly #take: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#keys = keys;
    this.#take = loadScript(redis, new URL('./pace.lua', import.meta.url));
  }

  /** Takes `recipients` from every bucket, or from none. */
  async take(recipients: number, buckets: readonly Bucket[], waitMsMax: number): Promise<Turn> {
    const answer = await this.#take(
      buckets.map((bucket) => this.#keys.bucket(bucket.name)),
      [
        recipients,
        waitMsMax,
        ...buckets.flatMap((bucket) => [bucket.perSecond, bucket.perSecond * BURST_SECONDS]),
      ],
    );
    if (!Array.isArray(answer)) throw new Fault('PACE_ANSWER', 'the pace script gave no list');
    return { taken: answer[0] === '1', waitMs: Number(answer[1]) };
  }
}
