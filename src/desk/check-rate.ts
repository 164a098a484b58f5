import type { CheckFindings } from './check-findings.ts';

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

/** The lowest of the limits that are known. */
export function rateOf({ account, perSecondMax, mailing, projects }: CheckFindings): CheckRate {
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
