import { domainOf } from '../core/address.ts';
import { worstSpam } from '../guard/spam.ts';
import type { DomainCheck, DomainItem } from '../identity/domain-check.ts';
import { primaryDomain } from '../identity/organisational-domain.ts';
import type { Mailing } from '../send/mailing.ts';
import { domainStanding } from './domain-door.ts';
import type { DeskParts } from './parts.ts';

/** What is known of the domain that a campaign is sent from. */
export interface SenderFacts {
  /** Null where nobody has checked it. */
  readonly domain: DomainCheck | null;
  /** Those of its items that keep the campaign from being sent. */
  readonly domainBlockers: readonly DomainItem[];
  /** Why its project may not send from it; null where it may. */
  readonly foreignDomain: string | null;
  /** Whether Gmail takes the domain for a bulk sender; null where it is not known. */
  readonly isBulkSender: boolean | null;
  /**
   * Share of the mail from it, or from the domain above it that fares worst, that readers called spam, from 0 to 1, as Gmail told it
   * last, and of which day (milliseconds since 1970); null where nothing new is known.
   */
  readonly spamRate: { readonly domain: string; readonly rate: number; readonly at: number } | null;
}

/** The domain is checked anew where this process can ask SES, and nobody has done so of late. */
export async function senderFacts(
  mailing: Pick<Mailing, 'sender' | 'project' | 'category'>,
  parts: Pick<DeskParts, 'client' | 'config' | 'clock' | 'openDomains'>,
): Promise<SenderFacts> {
  const { client, clock } = parts;
  const name = domainOf(mailing.sender);
  const [{ check, blockers, foreign }, gmail, figures] = await Promise.all([
    domainStanding(parts, mailing),
    client.gmail.look(primaryDomain(name)),
    client.postmaster.newestOf(name),
  ]);
  const spam = worstSpam(figures, clock.now());
  return {
    domain: check,
    domainBlockers: blockers,
    foreignDomain: foreign,
    isBulkSender: gmail.bulkSince !== null,
    spamRate: spam && { domain: spam.domain, rate: spam.rate, at: Date.parse(spam.date) },
  };
}
