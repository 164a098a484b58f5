import type { HoldCode } from '../core/hold-code.ts';
import { isSimulator } from '../core/simulator.ts';
import { isPersonalGmail } from '../identity/gmail.ts';
import type { LogEvent } from '../log/event.ts';
import type { Reason } from '../suppression/entry.ts';
import type { Settlement } from './ledger.ts';
import { type CallVerdict, type Outcome, retryWaitMs } from './outcome.ts';
import type { Recipient } from './payload.ts';

/** What became of one entry, for the ledger and for the log. */
export interface Result {
  readonly settlement: Settlement;
  /** Null where nothing happened that the log tells of: an entry that was put back. */
  readonly event: Partial<LogEvent> | null;
  /** What an entry that was put back adds to in its batch. */
  readonly counts?: 'tries' | 'waits';
}

export interface Aftermath {
  readonly results: readonly Result[];
  readonly next:
    | { readonly kind: 'go on' }
    /** The call was refused for the sake of some entry that SES does not name: halve it. */
    | { readonly kind: 'split' }
    /** Refused alone, and nothing says yet that SES takes this campaign's mail at all: try again last of all. */
    | { readonly kind: 'suspect' }
    | { readonly kind: 'later'; readonly waitMs: number }
    | {
        readonly kind: 'hold';
        readonly code: HoldCode;
        readonly reason: string;
        readonly waitMs: number | null;
      };
}

export interface Circumstances {
  /** As in OpenedBatch. */
  readonly tries: number;
  readonly waits: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** SES has accepted mail of this campaign. */
  readonly isCampaignGood: boolean;
  /** The call was refused alone before. */
  readonly isSuspect: boolean;
}

/** An entry and whom it is for, as the log names them. */
export interface Addressed {
  readonly position: number;
  readonly recipient: Pick<Recipient, 'seq' | 'written' | 'normal'>;
}

/** Follows from what SES said of a call: what to write down for each entry, and what to do next. Pure. */
export function aftermathOf(
  verdict: CallVerdict,
  sent: readonly Addressed[],
  claim: string,
  circumstances: Circumstances,
): Aftermath {
  const refused = refusedWhole(verdict, circumstances);
  if (refused) {
    return { results: releasedEntries(sent, claim), next: refused };
  }
  const outcomes = sent.map((_entry, index) => outcomeAt(verdict, index));
  const results = sent.map((entry, index) =>
    resultOf(entry, outcomeAt(verdict, index), claim, circumstances.tries),
  );
  return { results, next: nextOf(outcomes, circumstances) };
}

/**
 * A call that SES refuses as a whole may be refused for what all mails of the campaign have in common, and then it would
 * reject the audience one by one. A recipient is only rejected so when SES has accepted another mail of the campaign;
 * where it has not even after all others were tried, the campaign is held.
 */
function refusedWhole(verdict: CallVerdict, circumstances: Circumstances): Aftermath['next'] | null {
  if (verdict.kind !== 'call' || verdict.outcome.kind !== 'reject' || circumstances.isCampaignGood)
    return null;
  if (!circumstances.isSuspect) return { kind: 'suspect' };
  const reason = `SES refuses every mail of this campaign (${verdict.outcome.reason})`;
  return { kind: 'hold', code: 'SES_REFUSED', reason, waitMs: null };
}

/** Claimed by somebody who is gone: they may have the mail. */
export function lostEntries(entries: readonly (Addressed & { readonly claim: string })[]): Result[] {
  return entries.map(({ position, recipient, claim }) =>
    doubtful(position, recipient, claim, 'the worker that had claimed it is gone'),
  );
}

export function cancelledEntries(entries: readonly Addressed[]): Result[] {
  return entries.map(({ position, recipient }) => ({
    settlement: { position, verb: 'cancelled' },
    event: { event_type: 'cancelled', recipient: recipient.written, seq: recipient.seq },
  }));
}

export function skippedEntries(
  entries: readonly Addressed[],
  suppressed: readonly { readonly position: number; readonly reason: Reason }[],
): Result[] {
  const byPosition = new Map(entries.map((entry) => [entry.position, entry.recipient]));
  return suppressed.flatMap(({ position, reason }) => {
    const recipient = byPosition.get(position);
    if (!recipient) return [];
    return [
      {
        settlement: { position, verb: 'skipped' as const, reason },
        event: { event_type: 'skipped' as const, recipient: recipient.written, seq: recipient.seq, reason },
      },
    ];
  });
}

/** Claimed, and not sent to: the claim is given up. */
export function releasedEntries(entries: readonly Pick<Addressed, 'position'>[], claim: string): Result[] {
  return entries.map(({ position }) => putBack(position, claim, null));
}

export function tooLargeEntries(entries: readonly Addressed[], claim: string): Result[] {
  return entries.map((entry) =>
    rejected(
      entry,
      claim,
      'TOO_LARGE',
      'the merge data of this recipient alone is larger than a call to SES may be',
    ),
  );
}

/** Nobody gets a mail with a link that is broken, or cut. */
export function unlinkedEntries(
  entries: readonly (Addressed & { readonly problem: string })[],
  claim: string,
): Result[] {
  return entries.map((entry) =>
    rejected(
      entry,
      claim,
      'UNSUBSCRIBE_URL',
      `the unsubscribe URL of the sender profile cannot be written for this recipient: ${entry.problem}`,
    ),
  );
}

function outcomeAt(verdict: CallVerdict, index: number): Outcome {
  if (verdict.kind === 'call') return verdict.outcome;
  return verdict.outcomes[index] ?? { kind: 'doubt', reason: 'SES gave no result for this entry' };
}

function resultOf(entry: Addressed, outcome: Outcome, claim: string, tries: number): Result {
  const { position, recipient } = entry;
  switch (outcome.kind) {
    case 'accepted':
      return {
        settlement: accepted(position, recipient, claim),
        event: {
          event_type: 'accepted',
          recipient: recipient.written,
          seq: recipient.seq,
          ses_message_id: outcome.messageId,
        },
      };
    case 'reject':
      return rejected(entry, claim, outcome.code, outcome.reason);
    case 'doubt':
      return doubtful(position, recipient, claim, outcome.reason);
    case 'retry':
      if (outcome.triesMax !== null && tries >= outcome.triesMax) {
        return rejected(entry, claim, outcome.code, `${outcome.reason} (${tries + 1} tries)`);
      }
      return putBack(position, claim, outcome.triesMax === null ? 'waits' : 'tries');
    case 'hold':
    case 'stop':
    case 'split':
      return putBack(position, claim, null);
  }
}

/** The gravest of what any entry asks for decides. */
function nextOf(outcomes: readonly Outcome[], circumstances: Circumstances): Aftermath['next'] {
  for (const outcome of outcomes) {
    if (outcome.kind === 'stop')
      return { kind: 'hold', code: outcome.code, reason: outcome.reason, waitMs: null };
  }
  for (const outcome of outcomes) {
    if (outcome.kind === 'hold')
      return { kind: 'hold', code: outcome.code, reason: outcome.reason, waitMs: outcome.waitMs };
  }
  if (outcomes.some((outcome) => outcome.kind === 'split')) return { kind: 'split' };
  if (outcomes.some((outcome) => outcome.kind === 'retry')) {
    return {
      kind: 'later',
      waitMs: retryWaitMs(circumstances.tries + circumstances.waits, circumstances.random),
    };
  }
  return { kind: 'go on' };
}

function accepted(position: number, { written, normal }: Addressed['recipient'], claim: string): Settlement {
  const settlement = { position, verb: 'accepted', claim } as const;
  if (isSimulator(written)) return { ...settlement, isSimulated: true };
  return isPersonalGmail(normal) ? { ...settlement, isGmail: true } : settlement;
}

function rejected({ position, recipient }: Addressed, claim: string, code: string, text: string): Result {
  return {
    settlement: { position, verb: 'rejected', claim },
    event: {
      event_type: 'rejected',
      recipient: recipient.written,
      seq: recipient.seq,
      reason: code,
      diagnostic: text,
      mark: claim,
    },
  };
}

function doubtful(
  position: number,
  recipient: Addressed['recipient'],
  claim: string,
  reason: string,
): Result {
  return {
    settlement: { position, verb: 'inDoubt', claim },
    event: { event_type: 'in_doubt', recipient: recipient.written, seq: recipient.seq, reason, mark: claim },
  };
}

function putBack(position: number, claim: string, counts: 'tries' | 'waits' | null): Result {
  const settlement = { position, verb: 'putBack', claim } as const;
  return counts === null ? { settlement, event: null } : { settlement, event: null, counts };
}
