import type { Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import type { Project } from '../identity/project.ts';
import { RECOVERY_MS } from './rate-share.ts';
import { PERIODS, type Period } from './sent-book.ts';

/** A rate that several processes share. */
export interface Bucket {
  /** `account`, `project:<name>`, or `campaign:<id>`. */
  readonly name: string;
  /** Recipients a second. */
  readonly perSecond: number;
}

/** What may be sent in all; null for any number. */
export interface Limits {
  /** Recipients within 24 hours, and within 30 days. */
  readonly perDay: number | null;
  readonly perMonth: number | null;
  /** Of the campaign's project, for which everything is counted; null where nobody has set it up, and then nothing is. */
  readonly project: Pick<Project, 'name' | 'perSecond' | 'perDay' | 'perMonth'> | null;
  /** Of a domain that is warmed up: recipients on this day of its schedule. */
  readonly warmUp: { readonly domain: string; readonly day: number; readonly allowance: number } | null;
}

export const NO_LIMITS: Limits = { perDay: null, perMonth: null, project: null, warmUp: null };

export interface Turn {
  /** False where the wait would be longer than allowed, or a limit is used up, and nothing was taken. */
  readonly taken: boolean;
  /** Milliseconds until the tokens may be used, or until it is worth asking again. */
  readonly waitMs: number;
  /** How much of that the account alone asks for: the rest is for a slower bucket, and keeps nobody else. */
  readonly accountWaitMs: number;
  /** The limit that has no room for so many. */
  readonly usedUp: UsedUp | null;
}

export interface UsedUp {
  readonly what: Window['what'] | 'warm-up';
  /** Recipients that count towards it so far. */
  readonly used: number;
  /** Milliseconds since 1970, by Redis's clock, when there is room again; 0 where the schedule says it. */
  readonly roomAt: number;
}

/** Recipients are counted within a time that slides, and may be no more than `most`; null for any number. */
interface Window {
  readonly what: 'day' | 'month' | 'project-day' | 'project-month';
  readonly key: string;
  readonly period: Period;
  readonly most: number | null;
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

/**
 * Recipients a second, counted in Redis for all workers together: one token bucket for the SES account, one for
 * each project and each campaign that has a limit of its own. Taking a turn twice (a command that was sent again)
 * costs time, never a recipient.
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
   * @param waitMsMax for the account; where a wait is longer, nothing is taken
   * @param besideMsMax for the other buckets, likewise
   */
  async take(
    recipients: number,
    buckets: readonly Bucket[],
    waitMsMax: number,
    limits: Limits = NO_LIMITS,
    besideMsMax = waitMsMax,
  ): Promise<Turn> {
    const keys = this.#keys;
    const { warmUp } = limits;
    const windows = this.#windowsOf(limits);
    const answer = await this.#take(
      [
        keys.throttle(),
        keys.warmedUp(warmUp?.domain ?? '', warmUp?.day ?? 0),
        ...windows.map(({ key }) => key),
        ...buckets.map((bucket) => keys.bucket(bucket.name)),
      ],
      [
        recipients,
        waitMsMax,
        besideMsMax,
        RECOVERY_MS,
        warmUp?.allowance ?? '',
        windows.length,
        ...windows.flatMap(({ most, period }) => [most ?? '', period.slotMs, period.slots]),
        ...buckets.flatMap((bucket) => [bucket.perSecond, bucket.perSecond * BURST_SECONDS]),
      ],
    );
    const [kind, ...figures]: unknown[] = Array.isArray(answer) ? answer : [];
    const [first = 0, second = 0, third = 0] = figures.map(Number);
    switch (kind) {
      case '0':
      case '1':
        return { taken: kind === '1', waitMs: first, accountWaitMs: second, usedUp: null };
      case 'window':
        return usedUp(windows[first - 1]?.what, second, third);
      case 'warm-up':
        return usedUp('warm-up', first, 0);
      default:
        throw new Fault('PACE_ANSWER', NO_ANSWER);
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
    const { warmUp } = limits;
    const windows = this.#windowsOf(limits);
    await this.#giveBack(
      [
        keys.givenBack(claim),
        keys.warmedUp(warmUp?.domain ?? '', warmUp?.day ?? 0),
        ...windows.map(({ key }) => key),
        ...buckets.map((bucket) => keys.bucket(bucket.name)),
      ],
      [
        recipients,
        warmUp === null ? '' : '1',
        windows.length,
        ...windows.map(({ period }) => period.slotMs),
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

  /** Of the account where there is a limit, and of a project always: what it may have tomorrow depends on what it had today. */
  #windowsOf({ perDay, perMonth, project }: Limits): Window[] {
    const { day, month } = PERIODS;
    const windows: Window[] = [];
    if (perDay !== null)
      windows.push({ what: 'day', key: this.#keys.sentIn('day'), period: day, most: perDay });
    if (perMonth !== null)
      windows.push({ what: 'month', key: this.#keys.sentIn('month'), period: month, most: perMonth });
    if (project !== null) {
      const key = (period: 'day' | 'month') => this.#keys.sentIn(period, project.name);
      windows.push(
        { what: 'project-day', key: key('day'), period: day, most: project.perDay },
        { what: 'project-month', key: key('month'), period: month, most: project.perMonth },
      );
    }
    return windows;
  }
}

const NO_ANSWER = 'the pace script gave an answer that it never gives';

function usedUp(what: UsedUp['what'] | undefined, used: number, roomAt: number): Turn {
  if (what === undefined) throw new Fault('PACE_ANSWER', NO_ANSWER);
  return { taken: false, waitMs: 0, accountWaitMs: 0, usedUp: { what, used, roomAt } };
}
