import type { DomainCheck, DomainItem } from '../identity/domain-check.ts';
import type { Mailing } from '../send/mailing.ts';

/** What is known of the domain that a campaign is sent from. */
export interface SenderFacts {
  /** Null where nobody has checked it. */
  readonly domain: DomainCheck | null;
  /** Those of its items that keep the campaign from being sent. */
  readonly domainBlockers: readonly DomainItem[];
  /** Whether Gmail takes the domain for a bulk sender; null where it is not known. */
  readonly isBulkSender: boolean | null;
  /** Share of its mail that readers called spam, from 0 to 1, as Gmail told it last, and when (milliseconds since 1970). */
  readonly spamRate: { readonly rate: number; readonly at: number } | null;
}

/** Nobody checks domains yet. */
export async function senderFacts(_mailing: Pick<Mailing, 'sender' | 'project'>): Promise<SenderFacts> {
  return { domain: null, domainBlockers: [], isBulkSender: null, spamRate: null };
}
