import { messageOf } from '../core/fault.ts';
import {
  type Addressed,
  type Result,
  releasedEntries,
  skippedEntries,
  tooLargeEntries,
  unlinkedEntries,
} from './aftermath.ts';
import {
  bulkCall,
  CALL_RECIPIENTS_MAX,
  type Letter,
  packLetters,
  singleCall,
  writeLetters,
} from './calls.ts';
import type { ClaimAnswer } from './ledger.ts';
import type { Mailing } from './mailing.ts';
import { addressedOf, decodePayload } from './payload.ts';
import type { BulkAnswer, CallFailure, SesTransport, SingleAnswer } from './transport.ts';
import { type Linking, linkRecipients, type UnsubscribeLinks } from './unsubscribe.ts';

export interface LaunchParts {
  readonly transport: Pick<SesTransport, 'sendBulk' | 'sendSingle'>;
  readonly links: UnsubscribeLinks | null;
  readonly strategy: 'bulk' | 'single';
}

/** What a claim is for. */
export interface Mission {
  readonly mailing: Mailing;
  readonly batch: number;
  readonly claim: string;
  /** The instant before the claim was issued (see BulkCall.dated). */
  readonly dated: number;
}

/** What a claim has led to. */
export interface Launched {
  readonly kind: 'launched';
  /** Settled without SES: suppressed, too large, without a link, or put back because they did not fit. */
  readonly results: readonly Result[];
  /** Positions of those that were put back, as they fit. */
  readonly others: readonly (readonly number[])[];
  readonly flights: readonly Flight[];
}

/** A call that is on its way. What it was made of is not kept: there are many, and the mail is written by now. */
export interface Flight {
  readonly sent: readonly Addressed[];
  readonly answer: Promise<BulkAnswer | SingleAnswer>;
}

/**
 * Writes the mail of those who were claimed, and sends it. One call, or one for each where the strategy says so, is on its way when it returns;
 * none where the link by which they unsubscribe reads a column that they were planned without.
 * @throws where a mail can't be written, and then nothing was sent
 */
export function launch(
  parts: LaunchParts,
  mission: Mission,
  { positions, suppressed, content }: Extract<ClaimAnswer, { kind: 'claimed' }>,
): Launched | Extract<Linking, { kind: 'unknown column' }> {
  const { mailing, batch, claim } = mission;
  const recipients = decodePayload(content);
  const linking = linkRecipients(mailing, addressedOf(recipients, positions), parts.links);
  if (linking.kind === 'unknown column') return linking;
  const letters = writeLetters(mailing, batch, linking.addressed, linking.urls);
  const packed = packLetters(letters, mailing.mail.constantBytes, CALL_RECIPIENTS_MAX);
  const [first = [], ...others] = packed.groups;
  const skipped = addressedOf(
    recipients,
    suppressed.map(({ position }) => position),
  );
  return {
    kind: 'launched',
    results: [
      ...skippedEntries(skipped, suppressed),
      ...unlinkedEntries(linking.unwritable, claim),
      ...tooLargeEntries(packed.tooLarge, claim),
      ...releasedEntries(others.flat(), claim),
    ],
    others: others.map((group) => group.map(({ position }) => position)),
    flights: takeOff(parts, mission, first),
  };
}

function takeOff(
  { transport, strategy }: LaunchParts,
  { mailing, claim, dated }: Mission,
  letters: readonly Letter[],
): Flight[] {
  if (letters.length === 0) return [];
  if (strategy === 'bulk') {
    const call = bulkCall(mailing, letters, claim, dated);
    return [{ sent: letters.map(asSent), answer: started(() => transport.sendBulk(call)) }];
  }
  // All of them are written before the first one is sent.
  const calls = letters.map((letter) => singleCall(mailing, letter, claim, dated));
  return calls.map((call, index) => ({
    sent: letters.slice(index, index + 1).map(asSent),
    answer: started(() => transport.sendSingle(call)),
  }));
}

/** What the answer needs of a letter, and no more. */
function asSent({ position, recipient: { seq, written, normal } }: Letter): Addressed {
  return { position, recipient: { seq, written, normal } };
}

/** A transport keeps its promise not to throw; should it ever break it, at whatever moment, the mail may be on its way. */
function started<T>(send: () => Promise<T>): Promise<T | ReturnType<typeof unexpected>> {
  try {
    return send().catch(unexpected);
  } catch (thrown) {
    return Promise.resolve(unexpected(thrown));
  }
}

function unexpected(thrown: unknown): { readonly kind: 'failure'; readonly failure: CallFailure } {
  return {
    kind: 'failure',
    failure: { name: 'UnexpectedFault', message: messageOf(thrown), httpStatus: null, provablyUnsent: false },
  };
}
