import type { Clock } from '../core/clock.ts';
import type { Mailing } from './mailing.ts';
import type { Bucket, Limits, Pace, Turn } from './pace.ts';

/** Whose turn it is to be, and for how many. */
export interface Asking {
  readonly recipients: number;
  readonly mailing: Pick<Mailing, 'campaign' | 'category' | 'perSecond' | 'sender'>;
  readonly signal: AbortSignal;
}

export interface TurnstileParts {
  readonly pace: Pick<Pace, 'take' | 'giveBack'>;
  readonly clock: Clock;
  /** Recipients a second that the account allows at present. */
  readonly accountPerSecond: () => number;
  readonly limitsOf: (mailing: Asking['mailing']) => Limits;
}

/** Where the tokens of a turn were taken: that is where they go back to. */
export interface Source {
  readonly buckets: readonly Bucket[];
  readonly limits: Limits;
}

/** A turn, and where its tokens come from; null where nothing was taken. */
export interface Admission extends Turn {
  readonly source: Source | null;
}

/** A turn that is further away gives the job back: waiting in a process holds one of its calls in flight. */
const TURN_WAIT_MS_MAX = 5_000;
/** Where the pace is open, one ask takes turns for about so long: the round trip then costs next to nothing a call. */
const ASK_SECONDS = 0.05;

interface Waiter extends Asking {
  readonly sinceMs: number;
  readonly answer: (turn: Admission) => void;
  readonly fail: (thrown: unknown) => void;
}

/**
 * Where the batches of a process queue for tokens. One of them is ahead in the account's bucket at a time, so that a mail for
 * which somebody waits stands behind one call of each process and not behind all that the process has at hand: transactional mail
 * goes first, and campaigns take turns.
 */
export class Turnstile {
  readonly #parts: TurnstileParts;
  /** By campaign; the one that was served longest ago first. */
  readonly #urgent = new Map<string, Waiter[]>();
  readonly #others = new Map<string, Waiter[]>();
  #isTurning = false;

  constructor(parts: TurnstileParts) {
    this.#parts = parts;
  }

  /** Resolves when it is its turn (`taken`, without a wait), or when that is too far away. */
  take(asking: Asking): Promise<Admission> {
    return new Promise((answer, fail) => {
      const lanes = asking.mailing.category === 'transactional' ? this.#urgent : this.#others;
      const lane = lanes.get(asking.mailing.campaign) ?? [];
      lanes.set(asking.mailing.campaign, lane);
      lane.push({ ...asking, sinceMs: this.#parts.clock.now(), answer, fail });
      if (!this.#isTurning) void this.#turn();
    });
  }

  /** Recipients of a claim whose turn had come, and who were not sent to after all: others go in their place. */
  async giveBack(claim: string, recipients: number, { buckets, limits }: Source): Promise<void> {
    await this.#parts.pace.giveBack(claim, recipients, buckets, limits);
  }

  /** The account's first. */
  #bucketsOf({ campaign, perSecond }: Asking['mailing']): Bucket[] {
    const account = { name: 'account', perSecond: this.#parts.accountPerSecond() };
    return perSecond === null ? [account] : [account, { name: `campaign:${campaign}`, perSecond }];
  }

  async #turn(): Promise<void> {
    this.#isTurning = true;
    try {
      for (let some = this.#next(); some.length > 0; some = this.#next()) await this.#serve(some);
    } finally {
      this.#isTurning = false;
    }
  }

  /** Those who are served now: several only where they share one bucket and the pace is open. */
  #next(): Waiter[] {
    const most = this.#parts.accountPerSecond() * ASK_SECONDS;
    const some: Waiter[] = [];
    let recipients = 0;
    for (const lanes of [this.#urgent, this.#others]) {
      for (let waiter = this.#peek(lanes); waiter; waiter = this.#peek(lanes)) {
        const [first] = some;
        if (first && (recipients + waiter.recipients > most || !this.#isTogether(first, waiter))) return some;
        this.#shift(lanes, waiter);
        if (waiter.signal.aborted) {
          // Whoever is to stop takes nothing that others could use.
          waiter.answer({ taken: false, waitMs: 0, usedUp: null, source: null });
          continue;
        }
        some.push(waiter);
        recipients += waiter.recipients;
      }
    }
    return some;
  }

  #peek(lanes: Map<string, Waiter[]>): Waiter | null {
    const [lane] = lanes.values();
    return lane?.[0] ?? null;
  }

  /** Its campaign goes behind the others. */
  #shift(lanes: Map<string, Waiter[]>, { mailing: { campaign } }: Waiter): void {
    const lane = lanes.get(campaign) ?? [];
    lane.shift();
    lanes.delete(campaign);
    if (lane.length > 0) lanes.set(campaign, lane);
  }

  #isTogether(a: Waiter, b: Waiter): boolean {
    if (a.mailing.perSecond !== null || b.mailing.perSecond !== null) return false;
    return a.mailing.sender === b.mailing.sender || !(this.#hasWarmUp(a) || this.#hasWarmUp(b));
  }

  #hasWarmUp({ mailing }: Waiter): boolean {
    return this.#parts.limitsOf(mailing).warmUp !== null;
  }

  async #serve(some: readonly Waiter[]): Promise<void> {
    const [first] = some;
    if (!first) return;
    const { pace, clock, limitsOf } = this.#parts;
    const { mailing } = first;
    const waitedMs = clock.now() - first.sinceMs;
    const buckets = this.#bucketsOf(mailing);
    const recipients = some.reduce((sum, waiter) => sum + waiter.recipients, 0);
    const longest = Math.max(0, TURN_WAIT_MS_MAX - waitedMs);
    try {
      const limits = limitsOf(mailing);
      const turn = await pace.take(recipients, buckets, longest, limits);
      if (turn.usedUp && some.length > 1) {
        // There may be room for one of them.
        for (const waiter of some) await this.#serve([waiter]);
        return;
      }
      const ready = this.#answer(
        { ...turn, source: turn.taken ? { buckets, limits } : null },
        some,
        first.signal,
      );
      // The bucket of one campaign keeps nobody else waiting.
      if (mailing.perSecond === null) await ready;
    } catch (thrown) {
      for (const { fail } of some) fail(thrown);
    }
  }

  async #answer(turn: Admission, some: readonly Waiter[], signal: AbortSignal): Promise<void> {
    if (turn.taken && turn.waitMs > 0) await this.#parts.clock.sleep(turn.waitMs, signal);
    for (const { answer } of some) answer(turn.taken ? { ...turn, waitMs: 0 } : turn);
  }
}
