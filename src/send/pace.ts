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

/** What may be sent in all; null for any number. */
export interface Limits {
  /** Recipients within 24 hours, and within 30 days. */
  readonly perDay: number | null;
  readonly perMonth: number | null;
  /** Of a domain that is warmed up: recipients on this day of its schedule. */
  readonly warmUp: { readonly domain: string; readonly day: number; readonly allowance: number } | null;
}

export const NO_LIMITS: Limits = { perDay: null, perMonth: null, warmUp: null };

export interface Turn {
  /** False where the wait would be longer than allowed, or a limit is used up, and nothing was taken. */
  readonly taken: boolean;
  /** Milliseconds until the tokens may be used, or until it is worth asking again. */
  readonly waitMs: number;
  /** The limit that has no room for so many. */
  readonly usedUp: UsedUp | null;
}

export interface UsedUp {
  readonly what: 'day' | 'month' | 'warm-up';
  /** Recipients that count towards it so far. */
  readonly used: number;
  /** Milliseconds since 1970, by Redis's clock, when there is room again; 0 where the schedule says it. */
  readonly roomAt: number;
}

/**
 * What may be sent ahead of time, as a share of a second's allowance: SES tolerates short bursts over the rate,
 * and a quarter of a second keeps a late timer from costing throughput.
 */
const BURST_SECONDS = 0.25;

/** What is left of the rate when SES throttles, again and again while it does; never less than a twentieth of it. */
const THROTTLED_SHARE = 0.7;
const SHARE_MIN = 0.05;
/** Calls that were in flight together are refused together. */
const BURST_OF_REFUSALS_MS = 1_000;
/** Then it comes back, by a thirtieth of the account's rate a second. */
const RECOVERY_MS = 30_000;

/**
 * Recipients a second, counted in Redis for all workers together: one token bucket for the SES account, one for
 * each campaign that has a limit of its own. Taking a turn twice (a command that was sent again) costs time, never
 * a recipient.
 *
 * The account's rate follows what SES does: it falls at once where SES throttles, and comes back slowly (additive increase,
 * multiplicative decrease), so that several senders of one account find their shares.
 */
export class Pace {
  readonly #keys: Keys;
  readonly #take: ReturnType<typeof loadScript>;
  readonly #giveBack: ReturnType<typeof loadScript>;
  readonly #throttled: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#keys = keys;
    this.#take = loadScript(redis, new URL('./pace.lua', import.meta.url));
    this.#giveBack = loadScript(redis, new URL('./give-back.lua', import.meta.url));
    this.#throttled = loadScript(redis, new URL('./throttled.lua', import.meta.url));
  }

  /**
   * Takes `recipients` from every bucket, or from none.
   * @param buckets the account's first
   */
  async take(
    recipients: number,
    buckets: readonly Bucket[],
    waitMsMax: number,
    limits: Limits = NO_LIMITS,
  ): Promise<Turn> {
    const keys = this.#keys;
    const { perDay, perMonth, warmUp } = limits;
    const answer = await this.#take(
      [
        keys.throttle(),
        keys.sentIn('day'),
        keys.sentIn('month'),
        keys.warmedUp(warmUp?.domain ?? '', warmUp?.day ?? 0),
        ...buckets.map((bucket) => keys.bucket(bucket.name)),
      ],
      [
        recipients,
        waitMsMax,
        perDay ?? '',
        perMonth ?? '',
        warmUp?.allowance ?? '',
        RECOVERY_MS,
        ...buckets.flatMap((bucket) => [bucket.perSecond, bucket.perSecond * BURST_SECONDS]),
      ],
    );
    const [kind, second, third]: unknown[] = Array.isArray(answer) ? answer : [];
    switch (kind) {
      case '0':
      case '1':
        return { taken: kind === '1', waitMs: Number(second), usedUp: null };
      case 'day':
      case 'month':
      case 'warm-up':
        return {
          taken: false,
          waitMs: 0,
          usedUp: { what: kind, used: Number(second), roomAt: Number(third) },
        };
      default:
        throw new Fault('PACE_ANSWER', 'the pace script gave an answer that it never gives');
    }
  }

  /**
   * Gives turns back that were taken and not used; nothing where that was done before for the claim.
   * @param buckets and limits as they were taken from
   */
  async giveBack(
    claim: string,
    recipients: number,
    buckets: readonly Bucket[],
    limits: Limits,
  ): Promise<void> {
    const keys = this.#keys;
    const { perDay, perMonth, warmUp } = limits;
    const counts = (limit: unknown) => (limit === null ? '' : '1');
    await this.#giveBack(
      [
        keys.givenBack(claim),
        keys.sentIn('day'),
        keys.sentIn('month'),
        keys.warmedUp(warmUp?.domain ?? '', warmUp?.day ?? 0),
        ...buckets.map((bucket) => keys.bucket(bucket.name)),
      ],
      [
        recipients,
        counts(perDay),
        counts(perMonth),
        counts(warmUp),
        ...buckets.map((bucket) => bucket.perSecond),
      ],
    );
  }

  /** SES has throttled a call. @returns the share of the account's rate that is left; null where that was said already */
  async throttled(): Promise<number | null> {
    const lowered = await this.#throttled(
      [this.#keys.throttle()],
      [THROTTLED_SHARE, SHARE_MIN, BURST_OF_REFUSALS_MS, RECOVERY_MS],
    );
    return Number(lowered) === 0 ? null : Number(lowered) / 1000;
  }
}
