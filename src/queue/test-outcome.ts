import { z } from 'zod';
import type { LogEvent } from '../log/event.ts';
import type { CallVerdict, Outcome } from '../send/outcome.ts';
import { REASONS, type Reason } from '../suppression/entry.ts';

export const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), messageId: z.string() }),
  z.object({ kind: z.literal('skipped'), rule: z.enum(REASONS) }),
  z.object({ kind: z.literal('rejected'), code: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('in_doubt'), reason: z.string() }),
  z.object({ kind: z.literal('not_sent'), reason: z.string() }),
]);

/** What became of one address of a test send. `in_doubt`: it may have the mail. `not_sent`: nobody asked SES. */
export type TestOutcome = Readonly<z.infer<typeof outcomeSchema>>;

/** What a run may do with an address. */
export type TestClaim =
  | { readonly kind: 'claimed' | 'lost' | 'done' | 'gone' | 'backlog' }
  | { readonly kind: 'suppressed'; readonly rule: Reason };

/** Null where there is nothing to write down: it is ours to send, or has its outcome. */
export function outcomeOfClaim(claim: TestClaim): TestOutcome | null {
  switch (claim.kind) {
    case 'suppressed':
      return { kind: 'skipped', rule: claim.rule };
    case 'lost':
      return { kind: 'in_doubt', reason: 'the worker that had claimed it is gone' };
    case 'backlog':
      return { kind: 'not_sent', reason: 'the log is behind, and sending holds until it has caught up' };
    case 'gone':
    case 'claimed':
    case 'done':
      return null;
  }
}

export function outcomeAt(verdict: CallVerdict, index: number): Outcome {
  if (verdict.kind === 'call') return verdict.outcome;
  return verdict.outcomes[index] ?? { kind: 'doubt', reason: 'SES gave no result for this address' };
}

/** A test is tried once: what a campaign would try again later is the answer here. */
export function outcomeOf(outcome: Outcome): TestOutcome {
  switch (outcome.kind) {
    case 'accepted':
      return outcome;
    case 'doubt':
      return { kind: 'in_doubt', reason: outcome.reason };
    case 'split':
      return { kind: 'rejected', code: 'SES_REFUSED', reason: outcome.reason };
    case 'reject':
    case 'retry':
    case 'hold':
    case 'stop':
      return { kind: 'rejected', code: outcome.code, reason: outcome.reason };
  }
}

export function eventOf(outcome: TestOutcome | undefined): Partial<LogEvent> | null {
  switch (outcome?.kind) {
    case 'accepted':
      return { event_type: 'accepted', ses_message_id: outcome.messageId };
    case 'skipped':
      return { event_type: 'skipped', reason: outcome.rule };
    case 'rejected':
      return { event_type: 'rejected', reason: outcome.code, diagnostic: outcome.reason };
    case 'in_doubt':
      return { event_type: 'in_doubt', reason: outcome.reason };
    case 'not_sent':
    case undefined:
      return null;
  }
}
