import { z } from 'zod';
import { parseAddress } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { ProfileBook } from '../identity/profile.ts';
import type { LogEvent } from '../log/event.ts';
import {
  bulkCall,
  CALL_RECIPIENTS_MAX,
  type Letter,
  SINGLE_CLAIM_MAX,
  singleCall,
  writeLetters,
} from '../send/calls.ts';
import type { Mailing } from '../send/mailing.ts';
import { judgeCall, judgeSingle } from '../send/outcome.ts';
import type { Pace } from '../send/pace.ts';
import type { Recipient } from '../send/payload.ts';
import type { Strategy } from '../send/strategy.ts';
import type { CallFailure, SesTransport } from '../send/transport.ts';
import { linkRecipients, type UnsubscribeLinks } from '../send/unsubscribe.ts';
import { reviewSubmission } from './submit.ts';
import type { TestBook } from './test-book.ts';
import { eventOf, outcomeAt, outcomeOf, outcomeOfClaim, type TestOutcome } from './test-outcome.ts';

export interface TestSenderParts {
  readonly book: TestBook;
  readonly profiles: Pick<ProfileBook, 'get'>;
  readonly pace: Pace;
  readonly transport: SesTransport;
  readonly strategy: Strategy;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names a run: unique for ever. */
  readonly token: () => string;
  readonly accountPerSecond: () => number;
  /** Null where this installation can't make unsubscribe links, and so sends no marketing mail. */
  readonly links: UnsubscribeLinks | null;
}

/** More are no test; and all of them fit one call. */
export const TEST_ADDRESSES_MAX = 50;

/** The data of a test's job. The campaign's audience is a stand-in: the row comes along. */
const testJobSchema = z.object({
  test: z.string().regex(/^[\w-]{1,64}$/),
  campaign: z.unknown(),
  row: z.object({ seq: z.int().min(0), data: z.record(z.string(), z.unknown()) }),
  addresses: z.array(z.string().max(400)).min(1).max(TEST_ADDRESSES_MAX),
});
export type TestJob = Readonly<z.infer<typeof testJobSchema>>;

/** One test, understood. */
interface Test {
  readonly id: string;
  readonly mailing: Mailing;
  readonly row: number;
  /** The campaign's own, without that which marks a test for SES. */
  readonly tags: Readonly<Record<string, string>>;
  readonly letters: readonly Letter[];
}

/** A turn further away than this is not worth the wait of whoever sits before the terminal. */
const TURN_WAIT_MS_MAX = 30_000;

/**
 * Sends a campaign's mail to a few addresses for somebody to look at. Nothing of it counts: it has no campaign record, and
 * its log rows say `test`. Each address is claimed before SES is asked, so that a job that runs again asks SES about
 * nobody a second time; who is suppressed gets no test either.
 */
export class TestSender {
  readonly #parts: TestSenderParts;

  constructor(parts: TestSenderParts) {
    this.#parts = parts;
  }

  /** @returns `interrupted` where the process stops before all were tried, and another should go on */
  async run(data: unknown, signal: AbortSignal): Promise<'done' | 'interrupted'> {
    const job = testJobSchema.parse(data);
    const test = await this.#understand(job);
    if (typeof test === 'string') {
      await this.#parts.book.record(job.test, sameForAll(job.addresses.keys(), test), null);
      return 'done';
    }
    const perCall = this.#recipientsPerCall();
    for (let from = 0; from < test.letters.length; from += perCall) {
      const end = await this.#sendGroup(test, test.letters.slice(from, from + perCall), signal);
      if (end === 'interrupted') return end;
    }
    this.#parts.logger.info('a test was sent', { campaign: test.mailing.campaign, test: test.id });
    return 'done';
  }

  /** The reason where it can't be sent at all. */
  async #understand(job: TestJob): Promise<Test | string> {
    const { profiles, links } = this.#parts;
    const review = await reviewSubmission(job.campaign, { filesRoot: null, profiles });
    if (review.kind === 'problems') return `the worker refuses the campaign: ${review.problems.join('; ')}`;
    const { unsubscribe, tags } = review.mailing;
    if (unsubscribe.kind === 'sluice' && !links) {
      return 'the worker has no SLUICE_PUBLIC_URL or SLUICE_SECRET, which marketing mail needs for its unsubscribe links';
    }
    const mailing = { ...review.mailing, tags: { ...tags, sluice_test: '1' } };
    const addressed = job.addresses.flatMap((address, position) => {
      const recipient = testRecipient(address, { ...job.row.data });
      return recipient ? [{ position, recipient }] : [];
    });
    if (addressed.length < job.addresses.length) return 'one of the addresses is no mail address';
    const linking = linkRecipients(mailing, addressed, links);
    if (linking.kind === 'unknown column')
      return `the unsubscribe URL of the sender profile reads {{${linking.column}}} since a moment ago: try again`;
    const [unlinked] = linking.unwritable;
    if (unlinked) return `the unsubscribe URL cannot be written with this row: ${unlinked.problem}`;
    const letters = writeLetters(mailing, 0, linking.addressed, linking.urls);
    // Without the tag of an entry: that would name somebody of the audience.
    return { id: job.test, mailing, row: job.row.seq, tags, letters: letters.map(withoutEntryTag) };
  }

  /** A call is no larger than a second's allowance. */
  #recipientsPerCall(): number {
    const most = this.#parts.strategy.choose() === 'bulk' ? CALL_RECIPIENTS_MAX : SINGLE_CLAIM_MAX;
    return Math.max(1, Math.min(most, Math.floor(this.#parts.accountPerSecond())));
  }

  async #sendGroup(
    test: Test,
    letters: readonly Letter[],
    signal: AbortSignal,
  ): Promise<'done' | 'interrupted'> {
    const { book, clock, token } = this.#parts;
    const turn = await this.#waitForTurn(letters.length, signal);
    if (signal.aborted) return 'interrupted';
    if (turn === 'too far') {
      const positions = letters.map(({ position }) => position);
      await book.record(test.id, sameForAll(positions, 'other mail goes out first; try again later'), null);
      return 'done';
    }
    // Dated before the claim, as every call: SES turns away whoever wakes up long after it.
    const dated = clock.now();
    const run = token();
    const claims = await book.claim(
      test.id,
      run,
      test.mailing.sender,
      letters.map(({ position, recipient }) => ({ position, normal: recipient.normal })),
    );
    const outcomes = new Map<number, TestOutcome>();
    const mine: Letter[] = [];
    letters.forEach((letter, index) => {
      const claim = claims[index];
      const outcome = claim && outcomeOfClaim(claim);
      if (claim?.kind === 'claimed') mine.push(letter);
      else if (outcome) outcomes.set(letter.position, outcome);
    });
    await this.#record(test, outcomes);
    if (mine.length > 0) await this.#record(test, await this.#call(test, mine, run, dated));
    return 'done';
  }

  async #waitForTurn(recipients: number, signal: AbortSignal): Promise<'now' | 'too far'> {
    const { pace, clock, accountPerSecond } = this.#parts;
    const bucket = { name: 'account', perSecond: accountPerSecond() };
    const turn = await pace.take(recipients, [bucket], TURN_WAIT_MS_MAX);
    if (!turn.taken) return 'too far';
    if (turn.waitMs > 0) await clock.sleep(turn.waitMs, signal);
    return 'now';
  }

  async #call(
    test: Test,
    letters: readonly Letter[],
    run: string,
    dated: number,
  ): Promise<Map<number, TestOutcome>> {
    if (this.#parts.strategy.choose() === 'single') return this.#callSingly(test, letters, run, dated);
    const call = bulkCall(test.mailing, letters, run, dated);
    const answer = await this.#parts.transport.sendBulk(call).catch(unexpected);
    const verdict = judgeCall(answer, letters.length);
    // One of them is at fault, and SES does not say which; that it sent nothing is certain.
    if (verdict.kind === 'call' && verdict.outcome.kind === 'split') {
      return this.#callSingly(test, letters, run, dated);
    }
    return new Map(
      letters.map(({ position }, index) => [position, outcomeOf(outcomeAt(verdict, index))] as const),
    );
  }

  async #callSingly(
    { mailing }: Test,
    letters: readonly Letter[],
    run: string,
    dated: number,
  ): Promise<Map<number, TestOutcome>> {
    const outcomes = new Map<number, TestOutcome>();
    for (const letter of letters) {
      const call = singleCall(mailing, letter, run, dated);
      const answer = await this.#parts.transport.sendSingle(call).catch(unexpected);
      outcomes.set(letter.position, outcomeOf(outcomeAt(judgeSingle(answer), 0)));
    }
    return outcomes;
  }

  async #record(test: Test, outcomes: ReadonlyMap<number, TestOutcome>): Promise<void> {
    const { mailing, id, row, tags } = test;
    const events = test.letters.flatMap(({ position, recipient }) => {
      const event = eventOf(outcomes.get(position));
      return event ? [{ ...event, recipient: recipient.written, mark: id, detail: { row } }] : [];
    });
    const common: Partial<LogEvent> = {
      event_time: this.#parts.clock.now(),
      campaign_id: mailing.campaign,
      project: mailing.project,
      sender: mailing.sender,
      tags,
      test: true,
    };
    await this.#parts.book.record(id, outcomes, events.length > 0 ? { common, events } : null);
  }
}

/** The tester with the row's data. Rows of a list count from 1, so nobody of the audience has this number. */
function testRecipient(address: string, data: Readonly<Record<string, unknown>>): Recipient | null {
  const parsed = parseAddress(address);
  if (parsed.kind === 'invalid') return null;
  const { written, wire, normal } = parsed.address;
  return { seq: 0, written, wire, normal, data };
}

function withoutEntryTag(letter: Letter): Letter {
  return { ...letter, entry: { ...letter.entry, tags: {} } };
}

function sameForAll(positions: Iterable<number>, reason: string): Map<number, TestOutcome> {
  return new Map([...positions].map((position) => [position, { kind: 'not_sent', reason }]));
}

/** A transport resolves whatever happens; should one reject all the same, nobody knows what it has sent. */
function unexpected(thrown: unknown): { readonly kind: 'failure'; readonly failure: CallFailure } {
  const failure = {
    name: 'TransportFault',
    message: messageOf(thrown),
    httpStatus: null,
    provablyUnsent: false,
  };
  return { kind: 'failure', failure };
}
