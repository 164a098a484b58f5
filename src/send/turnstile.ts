import type { Clock } from '../core/clock.ts';
import type { Mailing } from './mailing.ts';
import type { Bucket, Limits, Pace, Turn } from './pace.ts';

/** Whose turn it is to be, and for how many. */
export interface Asking {
  readonly recipients: number;
  readonly mailing: Pick<Mailing, 'campaign' | 'project' | 'category' | 'perSecond' | 'sender'>;
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
/** Likewise for the bucket of a project or a campaign: many of their jobs may wait for it, and others need the places that they hold. */
const BESIDE_WAIT_MS_MAX = 2_000;
/** Where the pace is open, one ask takes turns for about so long: the round trip then costs next to nothing a call. */
const ASK_SECONDS = 0.05;

interface Waiter extends Asking {
  readonly sinceMs: number;
  readonly answer: (turn: Admission) => void;
  readonly fail: (thrown: unknown) => void;
}

/** Those who are served by one asking, and where their tokens come from. */
interface Party {
  readonly waiters: readonly Waiter[];
  readonly source: Source;
}

/**
 * Where the batches of a process queue for tokens. One of them is ahead in the account's bucket at a time, so that a mail for
 * which somebody waits stands behind one call of each process and not behind all that the process has at hand: transactional mail
 * goes first, and campaigns take turns. Whoever waits longer than the account asks, for the bucket of his project or campaign,
 * waits beside the others.
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

  /** The account's bucket is the first. */
  #sourceOf(mailing: Asking['mailing']): Source {
    const limits = this.#parts.limitsOf(mailing);
    const { campaign, perSecond } = mailing;
    const buckets = [{ name: 'account', perSecond: this.#parts.accountPerSecond() }];
    const ofProject = limits.project?.perSecond ?? null;
    if (ofProject !== null) buckets.push({ name: `project:${mailing.project}`, perSecond: ofProject });
    if (perSecond !== null) buckets.push({ name: `campaign:${campaign}`, perSecond });
    return { buckets, limits };
  }

  async #turn(): Promise<void> {
    this.#isTurning = true;
    try {
      for (let party = this.#next(); party; party = this.#next()) await this.#serve(party);
    } finally {
      this.#isTurning = false;
    }
  }

  /** Those who are served now: several only where their tokens come from the same place and the pace is open. */
  #next(): Party | null {
    let party: { readonly waiters: Waiter[]; readonly source: Source } | null = null;
    let room = 0;
    for (const lanes of [this.#urgent, this.#others]) {
      for (let waiter = this.#peek(lanes); waiter; waiter = this.#peek(lanes)) {
        const source = this.#sourceOf(waiter.mailing);
        if (party && (waiter.recipients > room || !isSame(party.source, source))) return party;
        this.#shift(lanes, waiter);
        if (waiter.signal.aborted) {
          // Whoever is to stop takes nothing that others could use.
          waiter.answer({ taken: false, waitMs: 0, accountWaitMs: 0, usedUp: null, source: null });
          continue;
        }
        if (!party) {
          party = { waiters: [], source };
          room = Math.min(...source.buckets.map(({ perSecond }) => perSecond)) * ASK_SECONDS;
        }
        party.waiters.push(waiter);
        room -= waiter.recipients;
      }
    }
    return party;
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

  async #serve({ waiters, source }: Party): Promise<void> {
    const [first] = waiters;
    if (!first) return;
    const { pace, clock } = this.#parts;
    const recipients = waiters.reduce((sum, waiter) => sum + waiter.recipients, 0);
    const longest = Math.max(0, TURN_WAIT_MS_MAX - (clock.now() - first.sinceMs));
    try {
      const turn = await pace.take(recipients, source.buckets, longest, source.limits, BESIDE_WAIT_MS_MAX);
      if (turn.usedUp && waiters.length > 1) {
        // There may be room for one of them.
        for (const waiter of waiters) await this.#serve({ waiters: [waiter], source });
        return;
      }
      const ready = this.#answer({ ...turn, source: turn.taken ? source : null }, waiters, first.signal);
      // The bucket of a project or of a campaign keeps nobody else waiting.
      if (!turn.taken || turn.accountWaitMs === turn.waitMs) await ready;
      else if (turn.accountWaitMs > 0) await clock.sleep(turn.accountWaitMs, first.signal);
    } catch (thrown) {
      for (const { fail } of waiters) fail(thrown);
    }
  }

  async #answer(turn: Admission, waiters: readonly Waiter[], signal: AbortSignal): Promise<void> {
    if (turn.taken && turn.waitMs > 0) await this.#parts.clock.sleep(turn.waitMs, signal);
    for (const { answer } of waiters) answer(turn.taken ? { ...turn, waitMs: 0 } : turn);
  }
}

/** Whether tokens of both come from the same buckets and count in the same windows, so that one asking does for both. */
function isSame(a: Source, b: Source): boolean {
  return (
    a.buckets.length === b.buckets.length &&
    a.buckets.every(({ name }, index) => name === b.buckets[index]?.name) &&
    a.limits.project?.name === b.limits.project?.name &&
    a.limits.warmUp?.domain === b.limits.warmUp?.domain
  );
}
