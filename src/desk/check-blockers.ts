import { domainOf } from '../core/address.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import type { CheckFindings } from './check-findings.ts';
import { type CheckGuard, verdictText } from './check-guard.ts';
import { spamText } from './guard-spam.ts';

/** Something that keeps a campaign from being sent, though nothing is wrong with the campaign itself. */
export interface CheckBlocker {
  /** Stable. */
  readonly code: 'ID_USED' | 'CONFIGURATION' | 'GUARD' | 'DOMAIN';
  /** Plain English: what, and what to do. */
  readonly message: string;
}

/** In the order in which `send` and the workers would come upon them. One that was enqueued before is not sent again in any case. */
export function blockersOf(findings: CheckFindings, guard: CheckGuard): CheckBlocker[] {
  const { campaign, mailing, standing, marketing, domain, domainBlockers, foreignDomain, spamRate } =
    findings;
  const blockers: CheckBlocker[] = [];
  if (standing === 'known') return blockers;
  if (standing === 'different') {
    blockers.push({
      code: 'ID_USED',
      message: `the id "${campaign.id}" was used before, with other content: \`send\` refuses it, so choose another`,
    });
  }
  if (mailing.unsubscribe.kind === 'sluice' && marketing.kind === 'unable') {
    blockers.push({
      code: 'CONFIGURATION',
      message: `${marketing.workers} of ${marketing.of} workers can't make unsubscribe links: set SLUICE_PUBLIC_URL and SLUICE_SECRET for all of them`,
    });
  }
  if (foreignDomain !== null) blockers.push({ code: 'DOMAIN', message: foreignDomain });
  for (const item of domainBlockers) {
    const name = domain?.domain ?? domainOf(mailing.sender);
    blockers.push({
      code: 'DOMAIN',
      message: [`${name}, ${item.item}: ${item.found}`, ...item.todo].join('; '),
    });
  }
  for (const verdict of guard.broken) {
    blockers.push({
      code: 'GUARD',
      message: `${verdictText(verdict, guard)}: it would be held at its start; see \`sluice guard ${guard.project}\``,
    });
  }
  if (spamRate !== null && spamRate.rate >= GUARD_RULES.spamRate)
    blockers.push({
      code: 'GUARD',
      message: `${spamText(spamRate)}: it would be held at its start; see \`sluice guard\``,
    });
  return blockers;
}
