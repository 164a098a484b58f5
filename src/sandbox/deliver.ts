import { randomUUID } from 'node:crypto';
import { addressOf, mailboxProblem } from './address.ts';
import type { Entry } from './call.ts';
import { DESTINATION_RECIPIENTS_MAX } from './rules.ts';
import { type MailOutcome, partOf } from './simulator.ts';
import type { SesState } from './state.ts';
import type { AcceptedCall } from './store.ts';

/** Recipients that had their transient failure already; after this many all may have it again. */
const TRANSIENT_MAX = 10_000;

/** BulkEmailEntryResult. */
export type EntryResult =
  | { readonly Status: 'SUCCESS'; readonly MessageId: string }
  | { readonly Status: string; readonly Error: string };

/** Takes one mail, or says why not. Recipients count against rate and quota only where the mail is taken. */
export function deliver(state: SesState, call: AcceptedCall, entry: Entry): EntryResult {
  const recipients = [...entry.to, ...entry.cc, ...entry.bcc];
  const refusal =
    checkRecipients(recipients) ?? checkIdentity(state, call.from) ?? playPart(state, call, recipients);
  if (refusal) return refusal;
  const nowMs = state.now();
  switch (state.account.admit(recipients.length, nowMs)) {
    case 'throttled':
      state.turnedAway.throttled += 1;
      return { Status: 'ACCOUNT_THROTTLED', Error: 'Maximum sending rate exceeded.' };
    case 'over quota':
      state.turnedAway.overQuota += 1;
      return { Status: 'ACCOUNT_DAILY_QUOTA_EXCEEDED', Error: 'Daily message quota exceeded.' };
    case 'admitted': {
      const messageId = newMessageId(nowMs);
      const outcome = outcomeOf(state, recipients[0] ?? '');
      state.store.add({ ...entry, messageId, atMs: nowMs, outcome, call });
      return { Status: 'SUCCESS', MessageId: messageId };
    }
  }
}

/** Whoever is on the account's suppression list plays no part any more. */
function outcomeOf(state: SesState, recipient: string): MailOutcome {
  if (state.suppressed.holds(recipient)) return 'suppressed';
  const part = partOf(recipient);
  return part.kind === 'accepted' ? part.outcome : 'delivery';
}

function checkRecipients(recipients: readonly string[]): EntryResult | null {
  if (recipients.length === 0) return invalid('Destination has no address.');
  if (recipients.length > DESTINATION_RECIPIENTS_MAX) {
    return invalid(`Recipient count exceeds ${DESTINATION_RECIPIENTS_MAX}.`);
  }
  for (const mailbox of recipients) {
    const problem = mailboxProblem(mailbox);
    if (problem !== null) return invalid(problem);
  }
  return null;
}

function checkIdentity(state: SesState, from: string): EntryResult | null {
  if (state.identities.maySend(addressOf(from))) return null;
  const region = state.region.toUpperCase();
  const failed = `The following identities failed the check in region ${region}: ${addressOf(from)}`;
  return { Status: 'MESSAGE_REJECTED', Error: `Email address is not verified. ${failed}` };
}

function playPart(state: SesState, call: AcceptedCall, recipients: readonly string[]): EntryResult | null {
  for (const recipient of recipients) {
    const part = partOf(recipient);
    if (part.kind === 'refused') return { Status: part.status, Error: part.error };
    if (part.kind === 'transient' && isFirstAttempt(state.hadTransientFailure, `${call.from} ${recipient}`)) {
      return { Status: 'TRANSIENT_FAILURE', Error: 'An internal failure occurred. Try again.' };
    }
  }
  return null;
}

function isFirstAttempt(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  if (seen.size >= TRANSIENT_MAX) seen.clear();
  seen.add(key);
  return true;
}

/** Made like SES's: the time in hexadecimal, something unique, and the number of a part. */
function newMessageId(nowMs: number): string {
  return `0100${nowMs.toString(16).padStart(12, '0')}-${randomUUID()}-000000`;
}

function invalid(error: string): EntryResult {
  return { Status: 'INVALID_PARAMETER', Error: error };
}
