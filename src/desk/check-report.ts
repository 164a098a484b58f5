import type { BigQueryEstimate } from '../audience/bigquery-estimate.ts';
import { domainOf } from '../core/address.ts';
import { width } from '../core/text-width.ts';
import type { DomainCheck } from '../identity/domain-check.ts';
import type { ReceiverFacts } from '../identity/receiver-judges.ts';
import { type ReceiverReport, receiverReport } from '../identity/receiver-report.ts';
import { canarySize, readCanary, storedCanary } from '../queue/canary-settings.ts';
import { type ContentFinding, checkContent } from '../queue/content-check.ts';
import { SAMPLE_LINK } from '../queue/sample.ts';
import type { Standing } from '../queue/standing.ts';
import { blockersOf, type CheckBlocker } from './check-blockers.ts';
import type { CheckedList, CheckFindings } from './check-findings.ts';
import { type CheckGuard, guardOf } from './check-guard.ts';
import { type CheckQuota, quotaOf } from './check-quota.ts';
import { type CheckRate, rateOf } from './check-rate.ts';
import { type CheckWarning, warningsOf } from './check-warnings.ts';

/**
 * What `check --json` and `send --dry-run --json` print. Fields may be added; those that are here keep their meaning.
 * Where the campaign or its list is wrong, there is nothing but `problems`: a line each, with its place.
 */
export interface CheckReport extends Omit<CheckedList, 'hasChanged' | 'receivers'> {
  readonly id: string;
  readonly name: string;
  readonly category: 'marketing' | 'transactional';
  /** The From address, whose unsubscribed list counts. */
  readonly sender: string;
  /** `known`: enqueued before, so that `send` would do nothing. `different`: `send` would refuse the id. */
  readonly standing: Standing;
  /** ISO 8601 with an offset, as the campaign has it; null where it begins at once. */
  readonly sendAt: string | null;
  /** Whom it is sent to first, and how long what SES says of them is waited for; null where it is sent to all at once. */
  readonly canary: { readonly recipients: number; readonly waitMs: number } | null;
  /** What a dry run says, of an audience in BigQuery only. */
  readonly bigquery?: BigQueryEstimate;
  readonly rate: CheckRate;
  /** How long sending takes at that rate; null where it is not known. */
  readonly durationMs: number | null;
  /** Each limit on recipients that is set. */
  readonly quota: readonly CheckQuota[];
  readonly guard: CheckGuard;
  /** The domain of the sender; `at` is ISO 8601 in UTC, and `check` null where nobody has checked it. */
  readonly domain: CheckedDomain;
  /** All that are known, also those whom the list does not go to. */
  readonly receivers: readonly ReceiverReport[];
  /** What receivers or readers would mind about the mail, from its samples. */
  readonly content: readonly ContentFinding[];
  /** What keeps it from being sent as it is; none: it can be sent. The exit code is 1 where there is one. */
  readonly blockers: readonly CheckBlocker[];
  readonly warnings: readonly CheckWarning[];
  readonly problems: readonly [];
}

export interface CheckedDomain {
  readonly name: string;
  readonly check: (Omit<DomainCheck, 'at'> & { readonly at: string }) | null;
  /** Whether Gmail takes it for a bulk sender; null where it is not known. */
  readonly isBulkSender: boolean | null;
  /** Share of the mail from it, or from the domain above it that fares worst, that Gmail's users called spam (0 to 1); `at` as above. */
  readonly spamRate: { readonly domain: string; readonly rate: number; readonly at: string } | null;
}

export function checkReport(findings: CheckFindings): CheckReport {
  const { campaign, mailing, preflight, standing, estimate } = findings;
  const { hasChanged: _, receivers, ...found } = preflight;
  const rate = rateOf(findings);
  const content = contentOf(findings);
  const project = findings.projects.find(({ name }) => name === mailing.project) ?? null;
  const guard = guardOf(campaign, mailing.sender, project, findings.guard);
  const quota = quotaOf(
    { ...findings, project: project && { limits: project, sent: findings.sentOfProject } },
    found.counts?.sendable ?? null,
  );
  return {
    id: campaign.id,
    name: campaign.name ?? campaign.id,
    category: campaign.category,
    sender: mailing.sender,
    standing,
    sendAt: campaign.sendAt ?? null,
    canary: canaryOf(findings),
    ...found,
    ...(estimate && { bigquery: estimate }),
    rate,
    durationMs:
      rate.perSecond === null || found.counts === null
        ? null
        : Math.round((found.counts.sendable / rate.perSecond) * 1000),
    quota,
    guard,
    domain: checkedDomain(findings),
    receivers: receiverReport(receiverFacts(findings, content), receivers),
    content,
    blockers: blockersOf(findings, guard),
    warnings: warningsOf(findings, quota, guard),
    problems: [],
  };
}

function checkedDomain({
  mailing: { sender },
  domain,
  isBulkSender,
  spamRate,
}: CheckFindings): CheckedDomain {
  return {
    name: domainOf(sender),
    check: domain && checkedAt(domain),
    isBulkSender,
    spamRate: spamRate && { ...spamRate, at: new Date(spamRate.at).toISOString() },
  };
}

function checkedAt({ at, ...check }: DomainCheck): CheckedDomain['check'] {
  return { ...check, at: new Date(at).toISOString() };
}

function contentOf({ mailing, preflight: { samples, receivers } }: CheckFindings): ContentFinding[] {
  return checkContent({
    samples,
    link: mailing.unsubscribe.kind === 'none' ? null : SAMPLE_LINK,
    columns: width,
    toCarriers: CARRIERS.some((carrier) => (receivers?.[carrier] ?? 0) > 0),
  });
}

const CARRIERS = ['docomo', 'au', 'softbank'] as const;
const LINK_CODES: readonly string[] = ['UNSUBSCRIBE_MISSING', 'UNSUBSCRIBE_HIDDEN'];

function receiverFacts(
  { mailing, preflight: { samples }, domain, isBulkSender, spamRate }: CheckFindings,
  content: readonly ContentFinding[],
): ReceiverFacts {
  const { unsubscribe, category } = mailing;
  return {
    domain,
    category,
    unsubscribe: unsubscribe.kind,
    oneClick: unsubscribe.kind === 'own' ? unsubscribe.oneClick : unsubscribe.kind === 'sluice',
    visibleLink: samples.length === 0 ? null : !content.some(({ code }) => LINK_CODES.includes(code)),
    isBulkSender,
    spamRate: spamRate?.rate ?? null,
  };
}

/** Null also where the list is no longer than that, or where it is a share of a list that nobody has counted. */
function canaryOf({ campaign: { canary }, preflight: { counts } }: CheckFindings): CheckReport['canary'] {
  if (canary === undefined) return null;
  if (counts === null && canary !== true && canary.share !== undefined) return null;
  const recipients = canarySize(canary, counts?.read ?? 0);
  return counts === null || recipients < counts.sendable
    ? { recipients, waitMs: readCanary(storedCanary(canary)).waitMs }
    : null;
}
