import { Fault, messageOf } from '../core/fault.ts';
import { NO_TRACING } from '../core/tracing.ts';
import { type Addressed, type Aftermath, aftermathOf, type Result, releasedEntries } from './aftermath.ts';
import { CALL_RECIPIENTS_MAX, SINGLE_CLAIM_MAX } from './calls.ts';
import type { Current } from './current.ts';
import type { DelivererParts, Delivery, HoldRequest } from './deliver.ts';
import { type Flight, type Launched, launch } from './launch.ts';
import type { ClaimAnswer, OpenedBatch, Standstill } from './ledger.ts';
import { type CallVerdict, judgeCall, judgeSingle } from './outcome.ts';
import { recordResults } from './record.ts';
import type { Settling } from './settling.ts';
import type { BulkAnswer, CallFailure, EntryResult, SingleAnswer } from './transport.ts';
import type { Source } from './turnstile.ts';

/** A batch that is to be delivered. */
export interface Order {
  readonly batch: number;
  readonly current: Current;
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

/** Entries of one call. A suspect was refused alone before anything of its campaign had been accepted. */
interface Group {
  readonly positions: readonly number[];
  readonly isSuspect: boolean;
}

/** One call, answered. */
interface Answered {
  readonly sent: readonly Addressed[];
  readonly verdict: CallVerdict;
  readonly failure: CallFailure | null;
}

interface Judged {
  readonly sent: readonly Addressed[];
  readonly aftermath: Aftermath;
}

/** Of the allowance, in one call. */
const CALL_SECONDS_MAX = 0.5;
/** Rates change, and campaigns are paused: nothing is put off for longer. */
const LATER_MS_MAX = 30_000;
/** How long a campaign is held that met an outbox at its bound: then the sweeper lets it look again. */
const BACKLOG_HOLD_MS = 15_000;

/**
 * One pass over everybody of a batch whom nobody has tried: for each call wait, look who the mail is from, claim, render, send, settle.
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

  /** @param waiting positions of those whom nobody has tried */
  async run(waiting: readonly number[]): Promise<PassEnd> {
    const most = this.#recipientsPerClaim();
    for (let from = 0; from < waiting.length; from += most) {
      this.#groups.push({ positions: waiting.slice(from, from + most), isSuspect: false });
    }
    for (let group = this.#groups.shift(); group; group = this.#groups.shift()) {
      const end = await this.#call(group);
      if (end !== 'next') return end;
    }
    // Where everybody of the batch has an end now, there is nothing to look at again.
    return this.#ended === this.#context.opened.states.length ? { kind: 'settled' } : 'again';
  }

  /** Wait, claim, call, settle. */
  async #call(group: Group): Promise<PassEnd | 'next'> {
    const { settling, signal } = this.#context;
    await settling.caughtUp();
    const turn = await this.#waitForTurn(group.positions.length);
    if ('kind' in turn) return turn;
    return this.#parts.claims.within(this.#strategy === 'single' ? group.positions.length : 1, async () => {
      // Whoever waited for a permit may have been told to stop meanwhile.
      if (signal.aborted) return { kind: 'later', waitMs: 0 };
      return this.#claimAndSend(group, turn);
    });
  }

  async #claimAndSend(group: Group, source: Source): Promise<PassEnd | 'next'> {
    const claim = this.#parts.claimNumber();
    let launched: Launched | PassEnd | 'next' | null = null;
    try {
      launched = await this.#launch(group, claim);
    } finally {
      // Whoever was not sent to, for whatever reason, leaves the tokens to others.
      const sent = isLaunched(launched)
        ? launched.flights.reduce((sum, flight) => sum + flight.sent.length, 0)
        : 0;
      this.#giveBack(claim, group.positions.length - sent, source);
    }
    if (!isLaunched(launched)) return launched;
    const { results, others, flights } = launched;
    const answered = await Promise.all(flights.map((flight) => this.#answered(flight)));
    // What was accepted comes first: it shows that SES takes this campaign's mail, before others are judged.
    const judged = answered
      .toSorted((a, b) => Number(a.failure !== null) - Number(b.failure !== null))
      .map((answer) => this.#judge(answer, group.isSuspect, claim));
    this.#record([...results, ...judged.flatMap(({ aftermath }) => aftermath.results)]);
    this.#groups.unshift(...others.map((positions) => ({ positions, isSuspect: false })));
    return this.#gravest(judged.map((one) => this.#next(one)));
  }

  /** Claims, and sends to whom was claimed. */
  async #launch(group: Group, claim: string): Promise<Launched | PassEnd | 'next'> {
    const { clock } = this.#parts;
    const { batch, current } = this.#context;
    const waitedFor = current.mailing.sender;
    await current.refresh();
    const { mailing, obstacle } = current;
    if (obstacle) return { kind: 'hold', hold: obstacle };
    // The turn was that of another sender, who may have limits of its own.
    if (mailing.sender !== waitedFor) {
      this.#groups.unshift(group);
      return 'next';
    }
    const dated = clock.now();
    const claimed = await this.#claim(claim, group.positions);
    switch (claimed.kind) {
      case 'gone':
        return { kind: 'settled' };
      case 'standstill':
        return standstill(claimed.why);
      case 'backlog':
        return this.#holdForLog(claimed.entriesMax);
      case 'claimed':
        try {
          const launched = launch(
            { transport: this.#parts.transport, links: this.#parts.links, strategy: this.#strategy },
            { mailing, batch, claim, dated },
            claimed,
          );
          if (launched.kind === 'launched') return launched;
          this.#giveUp(claimed.positions, claim);
          return { kind: 'hold', hold: unplannedColumn(launched.column) };
        } catch (thrown) {
          this.#giveUp(claimed.positions, claim);
          throw thrown;
        }
    }
  }

  #claim(claim: string, positions: readonly number[]): Promise<ClaimAnswer> {
    const { ledger, tracing = NO_TRACING } = this.#parts;
    const { batch, current } = this.#context;
    const { campaign, override } = current.mailing;
    return tracing.span('claim', { campaign, batch, entries: positions.length }, async (note) => {
      const answer = await ledger.claim(current.ref(batch), claim, positions, override);
      note({ answer: answer.kind, claimed: answer.kind === 'claimed' ? answer.positions.length : 0 });
      return answer;
    });
  }

  /** Nothing was sent: what can't be written is nobody's doubt. */
  #giveUp(positions: readonly number[], claim: string): void {
    this.#record(releasedEntries(positions.map(positioned), claim));
  }

  async #answered({ sent, answer: answering }: Flight): Promise<Answered> {
    const answer = await answering;
    const failure = answer.kind === 'failure' ? answer.failure : null;
    if (isThrottle(answer) || (answer.kind === 'results' && answer.results.some(isThrottledEntry)))
      await this.#noteThrottling();
    if (this.#strategy === 'single' && answer.kind !== 'results')
      return { sent, verdict: judgeSingle(answer), failure };
    if (answer.kind === 'accepted') throw new Fault('SES_ANSWER', 'a bulk call was answered as a single one');
    const verdict = judgeCall(answer, sent.length);
    this.#observe(verdict, isThrottle(answer));
    return { sent, verdict, failure };
  }

  /** Whether bulk calls as such are throttled is seen over many of them. */
  #observe(verdict: CallVerdict, isThrottled: boolean): void {
    const { strategy, accountPerSecond, logger } = this.#parts;
    const accepted =
      verdict.kind === 'entries' ? verdict.outcomes.filter(({ kind }) => kind === 'accepted').length : 0;
    const isRefused = isThrottled && verdict.kind === 'call' && verdict.outcome.kind === 'retry';
    if (strategy.observe(accepted, isRefused, accountPerSecond())) {
      logger.warn(
        'SES throttles bulk calls below the rate of the account: mail goes out one call a recipient for a while',
      );
    }
  }

  #judge({ sent, verdict, failure }: Answered, isSuspect: boolean, claim: string): Judged {
    const { tries, waits } = this.#context.opened;
    const aftermath = aftermathOf(verdict, sent, claim, {
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
        campaign: this.#context.current.mailing.campaign,
        failure: failure.name,
        httpStatus: failure.httpStatus,
        next: aftermath.next.kind,
        entries: sent.length,
      });
    }
    return { sent, aftermath };
  }

  #next({ sent, aftermath }: Judged): PassEnd | 'next' {
    const { next } = aftermath;
    const positions = sent.map(({ position }) => position);
    switch (next.kind) {
      case 'go on':
        return 'next';
      case 'split':
        this.#groups.unshift(...halves(positions).map((half) => ({ positions: half, isSuspect: false })));
        return 'next';
      case 'suspect':
        // Last of all: by then others of the batch may have shown whether SES takes this campaign's mail at all.
        this.#groups.push({ positions, isSuspect: true });
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

  async #waitForTurn(recipients: number): Promise<Delivery | Source> {
    const { turnstile, limits } = this.#parts;
    const { signal, current } = this.#context;
    const { mailing } = current;
    const turn = await turnstile.take({ recipients, mailing, signal });
    if (turn.usedUp) return { kind: 'hold', hold: limits.holdFor(mailing, turn.usedUp) };
    if (!turn.source) return { kind: 'later', waitMs: Math.min(turn.waitMs, LATER_MS_MAX) };
    return signal.aborted ? { kind: 'later', waitMs: 0 } : turn.source;
  }

  /** Nobody waits for it: at worst a few tokens are lost, and so is some time. */
  #giveBack(claim: string, recipients: number, source: Source): void {
    if (recipients === 0) return;
    const { turnstile, logger } = this.#parts;
    turnstile.giveBack(claim, recipients, source).catch((thrown: unknown) => {
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

  #holdForLog(entriesMax: number): Delivery {
    const reason = `the delivery log is behind: ${entriesMax} or more entries wait for the sink; sending goes on by itself`;
    return {
      kind: 'hold',
      hold: {
        code: 'LOG_BACKLOG',
        reason,
        about: { entries: entriesMax },
        until: this.#parts.clock.now() + BACKLOG_HOLD_MS,
      },
    };
  }

  /**
   * A call is no larger than half a second's allowance: at 14 a second a call of 50 would never fit, and one of 14 would be refused
   * where it comes a few milliseconds before its second.
   */
  #recipientsPerClaim(): number {
    const { mailing } = this.#context.current;
    const { limits, accountPerSecond } = this.#parts;
    const { perDay, perMonth, project, warmUp } = limits.of(mailing);
    const rate = Math.min(accountPerSecond(), limits.perSecondOf(mailing) ?? Number.POSITIVE_INFINITY);
    const ofProject = [project?.perDay, project?.perMonth];
    const bounds = [rate * CALL_SECONDS_MAX, perDay, perMonth, ...ofProject, warmUp?.allowance];
    const most = this.#strategy === 'bulk' ? CALL_RECIPIENTS_MAX : SINGLE_CLAIM_MAX;
    return Math.max(1, Math.floor(Math.min(most, ...bounds.map((bound) => bound ?? most))));
  }

  /** Nobody waits for it here: the next call is prepared meanwhile, and the job ends when it is done. */
  #record(results: readonly Result[]): void {
    this.#ended += results.filter(isEnd).length;
    const { batch, current, settling } = this.#context;
    if (results.some(({ settlement }) => settlement.verb === 'accepted')) settling.hasAccepted = true;
    settling.add(recordResults(this.#parts, current.ref(batch), current.mailing, results));
  }
}

/** It is for whoever changed the profile to put it right: Sluice can't know what stood in a column that was not planned. */
function unplannedColumn(column: string): HoldRequest {
  const reason = `the unsubscribe URL of the sender profile now reads {{${column}}}, which batches that are planned do not carry: set the URL back (sluice profile set), then resume the campaign`;
  return { code: 'PROFILE', reason, about: { column }, until: null };
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
  return status !== 'SUCCESS' && /throttl/i.test(status);
}

function isLaunched(launched: Launched | PassEnd | 'next' | null): launched is Launched {
  return typeof launched === 'object' && launched?.kind === 'launched';
}

function positioned(position: number): { readonly position: number } {
  return { position };
}

function halves<T>(group: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
}
