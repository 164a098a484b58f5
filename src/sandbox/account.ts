/** The account that the sandbox plays, as `GetAccount` shows it. */
export interface AccountSettings {
  /** Recipients a second (MaxSendRate). */
  perSecond: number;
  /** Recipients in 24 hours (Max24HourSend); null where there is no such limit. */
  perDay: number | null;
  /** False: sending is paused for the whole account. */
  sendingEnabled: boolean;
  /** SHUTDOWN: the account is suspended. */
  enforcement: 'HEALTHY' | 'PROBATION' | 'SHUTDOWN';
  productionAccess: boolean;
}

const ACCOUNT_DEFAULTS: AccountSettings = {
  perSecond: 1_000,
  perDay: null,
  sendingEnabled: true,
  enforcement: 'HEALTHY',
  productionAccess: true,
};

/**
 * SES lets short bursts over the rate pass without saying how short: two seconds' worth can go out at once, and
 * fill up again at the account's rate.
 */
const BURST_SECONDS = 2;
const DAY_MS = 24 * 60 * 60_000;
/** The 24 hours are counted in minutes, so that they take a bounded number of counters. */
const STEP_MS = 60_000;

export type Admission = 'admitted' | 'throttled' | 'over quota';

/** Counts recipients, as SES does, against the account's rate and its quota. */
export class Account {
  /** May be changed at any time: a test lowers the rate, or pauses the account. */
  readonly settings: AccountSettings;
  #tokens: number;
  #filledAtMs: number;
  readonly #steps: { readonly startMs: number; recipients: number }[] = [];
  #last24Hours = 0;

  constructor(settings: Partial<AccountSettings>, nowMs: number) {
    this.settings = { ...ACCOUNT_DEFAULTS, ...settings };
    this.#tokens = this.#capacity();
    this.#filledAtMs = nowMs;
  }

  /** Lets these recipients in, all or none. Who is turned away uses up nothing. */
  admit(recipients: number, nowMs: number): Admission {
    const { perDay } = this.settings;
    if (perDay !== null && this.sentLast24Hours(nowMs) + recipients > perDay) return 'over quota';
    this.#fill(nowMs);
    if (this.#tokens < recipients) return 'throttled';
    this.#tokens -= recipients;
    this.#count(recipients, nowMs);
    return 'admitted';
  }

  sentLast24Hours(nowMs: number): number {
    for (let oldest = this.#steps[0]; oldest && oldest.startMs <= nowMs - DAY_MS; oldest = this.#steps[0]) {
      this.#last24Hours -= oldest.recipients;
      this.#steps.shift();
    }
    return this.#last24Hours;
  }

  #capacity(): number {
    return Math.max(1, this.settings.perSecond * BURST_SECONDS);
  }

  #fill(nowMs: number): void {
    const gained = (Math.max(0, nowMs - this.#filledAtMs) / 1000) * this.settings.perSecond;
    this.#tokens = Math.min(this.#capacity(), this.#tokens + gained);
    this.#filledAtMs = nowMs;
  }

  #count(recipients: number, nowMs: number): void {
    const startMs = nowMs - (nowMs % STEP_MS);
    const newest = this.#steps.at(-1);
    if (newest?.startMs === startMs) newest.recipients += recipients;
    else this.#steps.push({ startMs, recipients });
    this.#last24Hours += recipients;
  }
}
