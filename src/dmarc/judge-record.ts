import { primaryDomain, sameOrganisation } from '../identity/organisational-domain.ts';
import type { ReportRecord } from './report.ts';
import { isSenderService } from './sender-table.ts';

/**
 * Whose mail a record is about, as far as its signatures tell.
 *
 * `sluice`: from Amazon SES itself. `forwarded`: signed there, and sent on by somebody else, so that SPF fails. `other`: everything else.
 * That it was SES says not that it was this installation: whoever may send as the domain in any account of SES looks the same.
 */
export type Origin = 'sluice' | 'forwarded' | 'other';

/**
 * What a message that fails DMARC looks like.
 *
 * `known`: it went through Sluice or another well-known service, and proves it, or proves a domain of ours. `authenticated`: it proves
 * some other domain, which whoever sends spam by his own can do as well. `forwarded`: the receiver says that a list or a forwarder had it.
 * `unknown`: it proves nothing.
 */
export type FailureKind = 'known' | 'authenticated' | 'forwarded' | 'unknown';

export function passes({ dkimAligned, spfAligned }: ReportRecord): boolean {
  return dkimAligned || spfAligned;
}

/** SES's own domain, by which it signs all mail, and which senders without a MAIL FROM domain have. */
const SES = 'amazonses.com';
/** Easy DKIM's selectors are tokens of 32 characters; whoever brings a key of his own may have any. */
const SES_SELECTOR = /^[a-z2-7]{32}$/;

export function originOf(record: ReportRecord, policyDomain: string): Origin {
  const spfPassed = record.spf.filter(({ result }) => result === 'pass').map(({ domain }) => domain);
  if (spfPassed.some(isSes)) return 'sluice';
  const isSigned = record.dkim.some(
    ({ domain, selector, result }) =>
      result === 'pass' &&
      (isSes(domain) || (SES_SELECTOR.test(selector ?? '') && sameOrganisation(domain, policyDomain))),
  );
  if (!isSigned) return 'other';
  // Forwarders that rewrite the envelope (SRS) pass SPF by a domain of theirs; a few reporters say nothing of SPF.
  const isDirect =
    record.spf.length === 0 || spfPassed.some((domain) => sameOrganisation(domain, policyDomain));
  return isDirect ? 'sluice' : 'forwarded';
}

function isSes(domain: string): boolean {
  return domain === SES || domain.endsWith(`.${SES}`);
}

/** Reasons of RFC 7489 and RFC 9990 by which a receiver says that somebody stood between. */
const BETWEEN: readonly string[] = ['forwarded', 'mailing_list', 'trusted_forwarder'];

/** Of a record that fails. */
export function failureKind(record: ReportRecord, policyDomain: string): FailureKind {
  if (originOf(record, policyDomain) !== 'other') return 'known';
  const proved = provedDomains(record);
  if (proved.some((domain) => isSenderService(domain) || sameOrganisation(domain, policyDomain)))
    return 'known';
  if (record.overrides.some((reason) => BETWEEN.includes(reason))) return 'forwarded';
  return proved.length > 0 ? 'authenticated' : 'unknown';
}

/** Organisational domains that passed DKIM or SPF. */
export function provedDomains({ dkim, spf }: ReportRecord): string[] {
  const passed = [...dkim, ...spf].filter(({ result, domain }) => result === 'pass' && domain !== '');
  return [...new Set(passed.map(({ domain }) => primaryDomain(domain)))];
}
