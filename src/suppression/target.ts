import { describeProblem, parseAddress } from '../core/address.ts';
import { type GlobalReason, REASONS, type Reason, type SuppressionEntry } from './entry.ts';

/** Where a suppression counts, and so why: everywhere for its reason, or for one sender address (unsubscribed). */
export type Target =
  | { readonly kind: 'everywhere'; readonly reason: GlobalReason }
  /** `sender` in its normal form. */
  | { readonly kind: 'sender'; readonly sender: string };

/** When a suppression came, and from where. */
export type Stamp = Pick<SuppressionEntry, 'at' | 'source' | 'detail'>;

/** One reason why one address (in its normal form) gets no mail. */
export interface Suppression extends Stamp {
  readonly address: string;
  readonly target: Target;
}

export function reasonOf(target: Target): Reason {
  return target.kind === 'everywhere' ? target.reason : 'unsubscribed';
}

export type ParsedTarget =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'wrong'; readonly problem: string };

/**
 * What a reason and a sender, as people write them, mean together; either may be empty. A sender alone means
 * `unsubscribed`. The problem is the end of a sentence that begins with where the words stand.
 */
export function parseTarget(reason: string, sender: string): ParsedTarget {
  const word = reason.trim().toLowerCase();
  const known = REASONS.find((one) => one === word);
  if (word !== '' && !known) return wrong(`the reason “${excerpt(reason)}” is none of ${REASONS.join(', ')}`);
  if (known === undefined && sender.trim() === '') return wrong('there is neither a reason nor a sender');
  if (known === undefined || known === 'unsubscribed') return senderTarget(sender);
  if (sender.trim() !== '') return wrong(`the reason ${known} counts for every sender: leave the sender out`);
  return { kind: 'target', target: { kind: 'everywhere', reason: known } };
}

function senderTarget(sender: string): ParsedTarget {
  if (sender.trim() === '') return wrong('unsubscribed counts for one sender address: name the sender');
  const parsed = parseAddress(sender);
  return parsed.kind === 'address'
    ? { kind: 'target', target: { kind: 'sender', sender: parsed.address.normal } }
    : wrong(`the sender “${excerpt(sender)}” is no address: ${describeProblem(parsed.reason)}`);
}

function wrong(problem: string): ParsedTarget {
  return { kind: 'wrong', problem };
}

const EXCERPT_CHARACTERS_MAX = 80;

/** So much of a text from outside as a message can carry, on one line. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > EXCERPT_CHARACTERS_MAX ? `${line.slice(0, EXCERPT_CHARACTERS_MAX)}…` : line;
}
