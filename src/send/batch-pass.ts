import { messageOf } from '../core/fault.ts';
import {
  type Addressed,
  type Aftermath,
  aftermathOf,
  type Result,
  skippedEntries,
  tooLargeEntries,
} from './aftermath.ts';
import {
  bulkCall,
  CALL_RECIPIENTS_MAX,
  type Letter,
  packLetters,
  SINGLE_CLAIM_MAX,
  singleCall,
  writeLetters,
} from './calls.ts';
import type { DelivererParts, Delivery } from './deliver.ts';
import type { BatchRef, OpenedBatch, Standstill } from './ledger.ts';
import type { Mailing } from './mailing.ts';
import { type CallVerdict, judgeCall, judgeSingle } from './outcome.ts';
import type { Permits } from './permits.ts';
import { recordResults } from './record.ts';
import type { Settling } from './settling.ts';
import type { BulkAnswer, CallFailure, EntryResult, SingleAnswer } from './transport.ts';

/** A batch that is to be delivered. */
export interface Order {
  readonly ref: BatchRef;
  readonly mailing: Mailing;
  /** Aborted when this process is to stop: what has not been claimed then goes back to the queue. */
  readonly signal: AbortSignal;
  /** Takes what is written down while the next call is prepared. */
  readonly settling: Settling;
}

/** What one pass is about. */
export interface PassContext extends Order {
  readonly opened: OpenedBatch;
}

/** `again`: the ledger is worth another look, as soon as everything is written down. */
export type PassEnd = Delivery | 'again';

/** Letters of one call. A suspect was refused alone before anything of its campaign had been accepted. */
interface Group {
  readonly letters: readonly Letter[];
  readonly isSuspect: boolean;
}

/** One call, answered. */
interface Answered {
  readonly letters: readonly Letter[];
  readonly verdict: CallVerdict;
  readonly failure: CallFailure | null;
}

interface Judged {
  readonly letters: readonly Letter[];
  readonly aftermath: Aftermath;
}

/** Of the allowance, in one call. */
const CALL_SECONDS_MAX = 0.5;
/** Rates change, and campaigns are paused: nothing is put off for longer. */
const LATER_MS_MAX = 30_000;
/** How long a campaign is held that met an outbox at its bound: then the sweeper lets it look again. */
const BACKLOG_HOLD_MS = 15_000;

/**
 * One pass over everybody of a batch whom nobody has tried: render, pack into calls, and for each call wait, claim, send,
 * settle.
 *
 * The order is the guarantee. Tokens are waited for before the claim, so that a claim is short. The request is dated
 * before the claim, so that SES turns away whoever wakes up long after it. The call is never repeated under the same
 * claim. What became of it is settled in one step with counters and log.
 */
export class BatchPass {
  readonly #parts: DelivererParts;
  readonly #context: PassContext;
  readonly #groups: Group[] = [];
  /** The same for the whole pass, since it sets the size of the groups. */
  readonly #strategy: 'bulk' | 'single';
  /** Entries whose end is known, and is being written down. */
  #ended = 0;
  /** Whether SES has accepted anything of this campaign: then a refusal is about the recipient, not about the campaign. */
  #isCampaignGood: boolean;

  constructor(parts: DelivererParts, context: PassContext) {
    this.#parts = parts;
    this.#context = context;
    this.#isCampaignGood = context.opened.campaignAccepted > 0 || context.settling.hasAccepted;
    this.#strategy = parts.strategy.choose();
  }

  async run(waiting: readonly Addressed[]): Promise<PassEnd> {
    const { ref, mailing } = this.#context;
    const links = mailing.category === 'marketing' ? this.#parts.links : null;
    const letters = writeLetters(mailing, ref.batch, waiting, links);
    const packed = packLetters(letters, mailing.mail.constantBytes, this.#recipientsPerClaim());
    if (packed.tooLarge.length > 0) {
      const end = await this.#rejectTooLarge(packed.tooLarge);
      if (end !== 'next') return end;
    }
    this.#groups.push(...packed.groups.map((group) => ({ letters: group, isSuspect: false })));
    for (let group = this.#groups.shift(); group; group = this.#groups.shift()) {
      const end = await this.#call(group);
      if (end !== 'next') return end;
    }
    // Where everybody of the batch has an end now, there is nothing to look at again.
    return this.#ended === this.#context.opened.states.length ? { kind: 'settled' } : 'again';
  }

  /** Wait, claim, call, settle. */
  async #call(group: Group): Promise<PassEnd | 'next'> {
    const { claims } = this.#parts;
    await this.#context.settling.caughtUp();
    const notYet = await this.#waitForTurn(group.letters.length);
    if (notYet) return notYet;
    return this.#within(claims, this.#strategy === 'single' ? group.letters.length : 1, async () => {
      // Whoever waited for a permit may have been told to stop meanwhile.
      if (this.#context.signal.aborted) return { kind: 'later', waitMs: 0 };
      return this.#claimAndSend(group);
    });
  }

  async #within<T>(permits: Permits, count: number, act: () => Promise<T>): Promise<T> {
    const taken = await permits.take(count);
    try {
      return await act();
    } finally {
      permits.give(taken);
    }
  }

  async #claimAndSend(group: Group): Promise<PassEnd | 'next'> {
    const { ledger, clock, claimNumber } = this.#parts;
    const { ref, mailing } = this.#context;
    const dated = clock.now();
    const claim = claimNumber();
    const positions = group.letters.map((letter) => letter.position);
    const claimed = await ledger.claim(ref, claim, positions, mailing.override);
    const unused = positions.length - (claimed.kind === 'claimed' ? claimed.positions.length : 0);
    if (unused > 0) this.#giveBack(claim, unused);
    if (claimed.kind === 'gone') return { kind: 'settled' };
    if (claimed.kind === 'standstill') return standstill(claimed.why);
    if (claimed.kind === 'backlog') return this.#holdForLog(claimed.entriesMax);
    const skipped = skippedEntries(group.letters, claimed.suppressed);
    const sent = claimedOf(group.letters, claimed.positions);
    if (sent.length === 0) {
      this.#record(skipped);
      return skipped.length === group.letters.length ? 'next' : 'again';
    }
    const answered =
      this.#strategy === 'bulk'
        ? await this.#sendBulk(sent, claim, dated)
        : await this.#sendSingly(sent, claim, dated);
    const judged = answered.map((answer) => this.#judge(answer, group.isSuspect, claim));
    this.#record([...skipped, ...judged.flatMap(({ aftermath }) => aftermath.results)]);
    return this.#gravest(judged.map((one) => this.#next(one)));
  }

  async #sendBulk(letters: readonly Letter[], claim: string, dated: number): Promise<Answered[]> {
    const { transport, strategy, accountPerSecond, logger } = this.#parts;
    const { mailing } = this.#context;
    const answer = await this.#within(this.#parts.permits, 1, () =>
      transport.sendBulk(bulkCall(mailing, letters, claim, dated)).catch(unexpected),
    );
    const verdict = judgeCall(answer, letters.length);
    const accepted =
      verdict.kind === 'entries' ? verdict.outcomes.filter(({ kind }) => kind === 'accepted').length : 0;
    const isThrottled = verdict.kind === 'call' && verdict.outcome.kind === 'retry' && isThrottle(answer);
    if (isThrottled || (answer.kind === 'results' && answer.results.some(isThrottledEntry)))
      await this.#noteThrottling();
    if (strategy.observe(accepted, isThrottled, accountPerSecond())) {
      logger.warn(
        'SES throttles bulk calls below the rate of the account: mail goes out one call a recipient for a while',
      );
    }
    return [{ letters, verdict, failure: answer.kind === 'failure' ? answer.failure : null }];
  }

  async #sendSingly(letters: readonly Letter[], claim: string, dated: number): Promise<Answered[]> {
    const { transport, permits } = this.#parts;
    const { mailing } = this.#context;
    const answered = await Promise.all(
      letters.map(async (letter): Promise<Answered> => {
        const call = singleCall(mailing, letter, claim, dated);
        const answer = await this.#within(permits, 1, () => transport.sendSingle(call).catch(unexpected));
        const failure = answer.kind === 'failure' ? answer.failure : null;
        if (isThrottle(answer)) await this.#noteThrottling();
        return { letters: [letter], verdict: judgeSingle(answer), failure };
      }),
    );
    // What was accepted comes first: it shows that SES takes this campaign's mail, before others are judged.
    return answered.toSorted((a, b) => Number(a.failure !== null) - Number(b.failure !== null));
  }

  #judge({ letters, verdict, failure }: Answered, isSuspect: boolean, claim: string): Judged {
    const { tries, waits } = this.#context.opened;
    const aftermath = aftermathOf(verdict, letters, claim, {
      tries,
      waits,
      random: this.#parts.random,
      isCampaignGood: this.#isCampaignGood,
      isSuspect,
    });
    if (aftermath.results.some((result) => result.settlement.verb === 'accepted'))
      this.#isCampaignGood = true;
    if (failure) {
      this.#parts.logger.info('a call to SES failed', {
        campaign: this.#context.mailing.campaign,
        failure: failure.name,
        httpStatus: failure.httpStatus,
        next: aftermath.next.kind,
        entries: letters.length,
      });
    }
    return { letters, aftermath };
  }

  #next({ letters, aftermath }: Judged): PassEnd | 'next' {
    const { next } = aftermath;
    switch (next.kind) {
      case 'go on':
        return 'next';
      case 'split':
        this.#groups.unshift(...halves(letters).map((half) => ({ letters: half, isSuspect: false })));
        return 'next';
      case 'suspect':
        // Last of all: by then others of the batch may have shown whether SES takes this campaign's mail at all.
        this.#groups.push({ letters, isSuspect: true });
        return 'next';
      case 'later':
        return next;
      case 'hold': {
        const until = next.waitMs === null ? null : this.#parts.clock.now() + next.waitMs;
        return { kind: 'hold', hold: { code: next.code, reason: next.reason, until } };
      }
    }
  }

  /** Of what several calls ask for: a hold before a wait, and a wait before going on. */
  #gravest(ends: readonly (PassEnd | 'next')[]): PassEnd | 'next' {
    const isOf = (kind: Delivery['kind']) => (end: PassEnd | 'next') =>
      typeof end === 'object' && end.kind === kind;
    return ends.find(isOf('hold')) ?? ends.find(isOf('later')) ?? 'next';
  }

  async #waitForTurn(recipients: number): Promise<Delivery | null> {
    const { turnstile, limits } = this.#parts;
    const { mailing, signal } = this.#context;
    const turn = await turnstile.take({ recipients, mailing, signal });
    if (turn.usedUp) return { kind: 'hold', hold: limits.holdFor(mailing, turn.usedUp) };
    if (!turn.taken) return { kind: 'later', waitMs: Math.min(turn.waitMs, LATER_MS_MAX) };
    return signal.aborted ? { kind: 'later', waitMs: 0 } : null;
  }

  /** Nobody waits for it: at worst a few tokens are lost, and so is some time. */
  #giveBack(claim: string, recipients: number): void {
    const { turnstile, logger } = this.#parts;
    turnstile.giveBack(claim, recipients, this.#context.mailing).catch((thrown: unknown) => {
      logger.debug('tokens that were not used could not be given back', { error: messageOf(thrown) });
    });
  }

  /** The rate is lowered for all workers; whatever comes of that, what SES said is dealt with as ever. */
  async #noteThrottling(): Promise<void> {
    const { pace, logger } = this.#parts;
    try {
      const share = await pace.throttled();
      if (share !== null)
        logger.warn('SES throttles: sending slows down, and comes back by itself', { share });
    } catch (thrown) {
      logger.debug('that SES throttles could not be noted', { error: messageOf(thrown) });
    }
  }

  /** SES is not asked about them. Under a claim as well: whoever is suppressed at this moment is skipped instead. */
  async #rejectTooLarge(letters: readonly Letter[]): Promise<PassEnd | 'next'> {
    const { ref, mailing } = this.#context;
    const claim = this.#parts.claimNumber();
    const positions = letters.map(({ position }) => position);
    const claimed = await this.#parts.ledger.claim(ref, claim, positions, mailing.override);
    if (claimed.kind === 'gone') return { kind: 'settled' };
    if (claimed.kind === 'standstill') return standstill(claimed.why);
    if (claimed.kind === 'backlog') return this.#holdForLog(claimed.entriesMax);
    this.#record([
      ...skippedEntries(letters, claimed.suppressed),
      ...tooLargeEntries(claimedOf(letters, claimed.positions), claim),
    ]);
    return 'next';
  }

  #holdForLog(entriesMax: number): Delivery {
    const reason = `the delivery log is behind: ${entriesMax} or more entries wait for the sink; sending goes on by itself`;
    return {
      kind: 'hold',
      hold: { code: 'LOG_BACKLOG', reason, until: this.#parts.clock.now() + BACKLOG_HOLD_MS },
    };
  }

  /**
   * A call is no larger than half a second's allowance: at 14 a second a call of 50 would never fit, and one of 14 would be refused
   * where it comes a few milliseconds before its second.
   */
  #recipientsPerClaim(): number {
    const { mailing } = this.#context;
    const { perDay, perMonth, warmUp } = this.#parts.limits.of(mailing);
    const rate = Math.min(this.#parts.accountPerSecond(), mailing.perSecond ?? Number.POSITIVE_INFINITY);
    const bounds = [rate * CALL_SECONDS_MAX, perDay, perMonth, warmUp?.allowance];
    const most = this.#strategy === 'bulk' ? CALL_RECIPIENTS_MAX : SINGLE_CLAIM_MAX;
    return Math.max(1, Math.floor(Math.min(most, ...bounds.map((bound) => bound ?? most))));
  }

  /** Nobody waits for it here: the next call is prepared meanwhile, and the job ends when it is done. */
  #record(results: readonly Result[]): void {
    this.#ended += results.filter(isEnd).length;
    const { ref, mailing, settling } = this.#context;
    if (results.some(({ settlement }) => settlement.verb === 'accepted')) settling.hasAccepted = true;
    settling.add(recordResults(this.#parts, ref, mailing, results));
  }
}

function isEnd({ settlement: { verb } }: Result): boolean {
  return verb !== 'putBack' && verb !== 'inDoubt';
}

function standstill(why: Standstill): PassEnd {
  switch (why) {
    case 'paused':
    case 'held':
      return { kind: 'parked' };
    case 'ended':
      // The next look at the ledger accounts for who is left.
      return 'again';
  }
}

/** Turned away at the door for the pace of calls: SES has many names for it, and one status. */
function isThrottle(answer: BulkAnswer | SingleAnswer): boolean {
  return (
    answer.kind === 'failure' && (answer.failure.httpStatus === 429 || /throttl/i.test(answer.failure.name))
  );
}

/** One of the entries that SES leaves out of a call for the account's rate. */
function isThrottledEntry({ status }: EntryResult): boolean {
  return /throttl/i.test(status);
}

/** A transport keeps its promise not to throw; should it ever break it, the mail may be on its way. */
function unexpected(thrown: unknown): { readonly kind: 'failure'; readonly failure: CallFailure } {
  return {
    kind: 'failure',
    failure: { name: 'UnexpectedFault', message: messageOf(thrown), httpStatus: null, provablyUnsent: false },
  };
}

function claimedOf<T extends { readonly position: number }>(
  entries: readonly T[],
  positions: readonly number[],
): readonly T[] {
  if (positions.length === entries.length) return entries;
  const claimed = new Set(positions);
  return entries.filter((entry) => claimed.has(entry.position));
}

function halves<T>(group: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
}
