import type { Judgement, ReceiverFacts } from './receiver-judges.ts';
import { RECEIVER_RULES, type ReceiverRule } from './receiver-rules.ts';
import { RECEIVERS, type ReceiverId } from './receivers.ts';

/** A receiver's rules, held against a campaign. */
export interface ReceiverReport {
  readonly receiver: ReceiverId;
  readonly name: string;
  /** People of the list whose address is there; null where nobody has looked at the list. */
  readonly recipients: number | null;
  readonly rules: readonly JudgedRule[];
}

export interface JudgedRule extends Omit<ReceiverRule, 'judge'>, Judgement {
  /** Whether the rule holds for this campaign; null where it is for bulk senders, and nobody knows whether this is one. */
  readonly applies: boolean | null;
}

/** Gmail and Outlook.com name this number of mails a day; others say no more than "bulk". */
const BULK_RECIPIENTS = 5_000;

export type ReceiverCounts = Readonly<Partial<Record<ReceiverId, number>>>;

/** @param counts people at each; null where nobody has looked at the list */
export function receiverReport(facts: ReceiverFacts, counts: ReceiverCounts | null): ReceiverReport[] {
  return RECEIVERS.map(({ id, name }) => {
    const recipients = counts === null ? null : (counts[id] ?? 0);
    const rules = RECEIVER_RULES.filter(({ receiver }) => receiver === id).map(({ judge, ...rule }) => ({
      ...rule,
      applies: appliesTo(id, rule.of, facts, recipients),
      ...judge(facts),
    }));
    return { receiver: id, name, recipients, rules };
  });
}

function appliesTo(
  receiver: ReceiverId,
  { senders, mail }: ReceiverRule['of'],
  { category, isBulkSender }: ReceiverFacts,
  recipients: number | null,
): boolean | null {
  if (mail === 'marketing' && category !== 'marketing') return false;
  if (senders === 'all' || (recipients ?? 0) >= BULK_RECIPIENTS) return true;
  // What Gmail has marked once is marked for ever; of the others nobody counts the day's mails.
  return receiver === 'gmail' ? isBulkSender : null;
}
