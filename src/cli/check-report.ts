import type { BigQueryEstimate } from '../audience/bigquery-estimate.ts';
import type { Project } from '../identity/project.ts';
import type { Campaign } from '../queue/campaign.ts';
import { canarySize, readCanary, storedCanary } from '../queue/canary-settings.ts';
import type { MailFacts } from '../queue/mail-facts.ts';
import type { Preflight, PreflightCounts } from '../queue/preflight.ts';
import type { Standing } from '../queue/standing.ts';
import type { VariableUse } from '../queue/variable-tally.ts';
import type { AccountNotice } from '../send/account-board.ts';
import type { Mailing } from '../send/mailing.ts';
import { type CheckWarning, warningsOf } from './check-warnings.ts';

/** How many rows lack a variable is null where they were not looked at. */
export interface CheckVariable extends Omit<VariableUse, 'missing' | 'empty'> {
  readonly missing: number | null;
  readonly empty: number | null;
}

/** What was found of the list. Its counts are null where it is in BigQuery: then its query was not run. */
export interface CheckedList extends Omit<Preflight, 'counts' | 'variables'> {
  readonly counts: PreflightCounts | null;
  readonly variables: readonly CheckVariable[];
}

/**
 * What `check --json` and `send --dry-run --json` print. Fields may be added; those that are here keep their meaning.
 * Where the campaign or its list is wrong, there is nothing but `problems`: a line each, with its place.
 */
export interface CheckReport extends Omit<CheckedList, 'hasChanged'> {
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
  readonly warnings: readonly CheckWarning[];
  readonly problems: readonly [];
}

export interface CheckRate {
  /** Recipients a second, at most; null where nothing is known. */
  readonly perSecond: number | null;
  /** Whose limit that is: the SES account's, SLUICE_MAX_PER_SECOND here, its project's, or the campaign's `limits.perSecond`. */
  readonly limitedBy: 'account' | 'setting' | 'project' | 'campaign' | null;
  /** As a worker has put it up; null where none was running for a day. */
  readonly account: {
    readonly perSecond: number;
    /** Null where the account has no such limit. */
    readonly perDay: number | null;
    readonly sentLast24Hours: number;
    /** ISO 8601 in UTC. */
    readonly at: string;
  } | null;
}

/** Everything that was found out. */
export interface CheckFindings {
  readonly campaign: Campaign;
  readonly mailing: Mailing;
  readonly preflight: CheckedList;
  readonly estimate?: BigQueryEstimate;
  readonly standing: Standing;
  readonly mail: MailFacts;
  readonly account: AccountNotice | null;
  /** SLUICE_MAX_PER_SECOND; null where it is not set. */
  readonly perSecondMax: number | null;
  /** Those that were set up. */
  readonly projects: readonly Project[];
}

export function checkReport(findings: CheckFindings): CheckReport {
  const { campaign, mailing, preflight, standing, estimate } = findings;
  const { hasChanged: _, ...found } = preflight;
  const rate = rateOf(findings);
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
    warnings: warningsOf(findings),
    problems: [],
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

/** The lowest of the limits that are known. */
function rateOf({ account, perSecondMax, mailing, projects }: CheckFindings): CheckRate {
  const project = projects.find(({ name }) => name === mailing.project);
  const limits = [
    { limitedBy: 'account' as const, perSecond: account?.perSecond ?? null },
    { limitedBy: 'setting' as const, perSecond: perSecondMax },
    { limitedBy: 'project' as const, perSecond: project?.perSecond ?? null },
    { limitedBy: 'campaign' as const, perSecond: mailing.perSecond },
  ].flatMap(({ limitedBy, perSecond }) => (perSecond === null ? [] : [{ limitedBy, perSecond }]));
  const [lowest = { limitedBy: null, perSecond: null }] = limits.toSorted(
    (a, b) => a.perSecond - b.perSecond,
  );
  return { ...lowest, account: account && { ...account, at: new Date(account.at).toISOString() } };
}
