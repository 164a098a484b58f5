import type { Clock } from '../core/clock.ts';

export type StrategySetting = 'auto' | 'bulk' | 'single';

/** Bulk calls that were throttled lately, from which on it is no chance. */
const THROTTLED_CALLS_MIN = 5;
/** What is lately. Also how long it takes at least to tell a throttled burst from a throttled action. */
const WINDOW_MS = 30_000;
const OBSERVED_MS_MIN = 2_000;
/** Below this share of the account's rate it is not the rate that throttles. */
const SHARE_OF_RATE = 0.5;
/** Then SES may have changed its mind. */
const SINGLE_MS = 10 * 60_000;

/** What came of the bulk calls of one second. */
interface Second {
  readonly atMs: number;
  accepted: number;
  acceptedCalls: number;
  throttled: number;
}

/**
 * One SendBulkEmail call for up to fifty recipients, or one SendEmail call for each.
 *
 * An older quotas page of SES's says that every action but SendEmail is throttled at one call a second. Where bulk calls
 * are turned away although far less goes out than the account allows, that is what happens, and `auto` sends singly for
 * a while.
 */
export class Strategy {
  readonly #setting: StrategySetting;
  readonly #clock: Clock;
  /** Oldest first. */
  #observed: Second[] = [];
  #singleUntilMs = 0;

  constructor(setting: StrategySetting, clock: Clock) {
    this.#setting = setting;
    this.#clock = clock;
  }

  choose(): 'bulk' | 'single' {
    if (this.#setting !== 'auto') return this.#setting;
    return this.#clock.now() < this.#singleUntilMs ? 'single' : 'bulk';
  }

  /**
   * What came of a bulk call. True when it was the one that changed the strategy.
   * @param perSecond recipients that the account allows
   */
  observe(accepted: number, isThrottled: boolean, perSecond: number): boolean {
    if (this.#setting !== 'auto') return false;
    const now = this.#clock.now();
    const second = this.#second(now);
    second.accepted += accepted;
    if (accepted > 0) second.acceptedCalls += 1;
    if (!isThrottled) return false;
    second.throttled += 1;
    const throttled = this.#observed.reduce((sum, one) => sum + one.throttled, 0);
    const passed = now - (this.#observed[0]?.atMs ?? now);
    if (throttled < THROTTLED_CALLS_MIN || passed < OBSERVED_MS_MIN) return false;
    // Several processes share the rate: where it is the rate that throttles, most of a process's calls are taken.
    const acceptedCalls = this.#observed.reduce((sum, one) => sum + one.acceptedCalls, 0);
    if (throttled <= acceptedCalls) return false;
    const sent = this.#observed.reduce((sum, one) => sum + one.accepted, 0);
    if (sent >= SHARE_OF_RATE * perSecond * (passed / 1000)) return false;
    this.#observed = [];
    this.#singleUntilMs = now + SINGLE_MS;
    return true;
  }

  #second(now: number): Second {
    const latest = this.#observed.at(-1);
    if (latest && now - latest.atMs < 1_000) return latest;
    const second = { atMs: now, accepted: 0, acceptedCalls: 0, throttled: 0 };
    this.#observed = [...this.#observed.filter((one) => one.atMs > now - WINDOW_MS), second];
    return second;
  }
}
