import { figure, percent } from '../core/figures.ts';
import type { Project } from '../identity/project.ts';
import type { AccountNotice } from '../send/account-board.ts';
import type { Sent } from '../send/sent-book.ts';
import type { CheckWarning } from './check-warnings.ts';

/** What a campaign takes of a limit on recipients. */
export interface CheckQuota {
  /** The SES account's, SLUICE_MAX_PER_DAY and SLUICE_MAX_PER_MONTH, its project's, or that of a domain that is warmed up. */
  readonly whose: 'account' | 'setting' | 'project' | 'warm-up';
  /** 24 hours and 30 days that slide; of a warm-up, its present day. */
  readonly period: 'day' | 'month';
  readonly limit: number;
  /** By everybody, within the period that ends now. */
  readonly used: number;
  /** Null where nobody has counted the list, and with it the next two. */
  readonly takes: number | null;
  /** Of the limit; above 1 where the campaign is larger than it. */
  readonly share: number | null;
  /** Whether all of it can go out at once. Where not, it is held, and goes on by itself. */
  readonly fits: boolean | null;
}

/** Every limit that is set, with what is used of it. Null is what nobody has set, or nobody knows. */
export interface QuotaFacts {
  readonly account: AccountNotice | null;
  readonly perDayMax: number | null;
  readonly perMonthMax: number | null;
  /** By all workers. */
  readonly sent: Sent;
  /** Its own, where it was set up. */
  readonly project: { readonly limits: Project; readonly sent: Sent } | null;
  readonly warmUp: { readonly allowance: number; readonly used: number } | null;
}

/** @param takes recipients of the campaign; null where nobody has counted them */
export function quotaOf(facts: QuotaFacts, takes: number | null): CheckQuota[] {
  const { account, perDayMax, perMonthMax, sent, project, warmUp } = facts;
  const limits = [
    {
      whose: 'account' as const,
      period: 'day' as const,
      limit: account?.perDay ?? null,
      used: account?.sentLast24Hours ?? 0,
    },
    { whose: 'setting' as const, period: 'day' as const, limit: perDayMax, used: sent.day },
    { whose: 'setting' as const, period: 'month' as const, limit: perMonthMax, used: sent.month },
    ...(project === null
      ? []
      : [
          {
            whose: 'project' as const,
            period: 'day' as const,
            limit: project.limits.perDay,
            used: project.sent.day,
          },
          {
            whose: 'project' as const,
            period: 'month' as const,
            limit: project.limits.perMonth,
            used: project.sent.month,
          },
        ]),
    {
      whose: 'warm-up' as const,
      period: 'day' as const,
      limit: warmUp?.allowance ?? null,
      used: warmUp?.used ?? 0,
    },
  ];
  return limits.flatMap(({ limit, ...each }) =>
    limit === null ? [] : [{ ...each, limit, ...shareOf(limit, each.used, takes) }],
  );
}

function shareOf(limit: number, used: number, takes: number | null) {
  if (takes === null) return { takes, share: null, fits: null };
  return {
    takes,
    share: limit === 0 ? (takes === 0 ? 0 : null) : takes / limit,
    fits: takes <= Math.max(0, limit - used),
  };
}

export function quotaWarnings(quota: readonly CheckQuota[]): CheckWarning[] {
  return quota
    .filter(({ fits }) => fits === false)
    .map((each) => ({
      code: 'QUOTA',
      message: `${OWNER[each.whose]} may send ${figure(Math.max(0, each.limit - each.used))} more of its ${figure(each.limit)} in ${periodText(each)}, and this campaign needs ${figure(each.takes ?? 0)}: it will be held until there is room, and goes on by itself`,
    }));
}

const OWNER = {
  account: 'the SES account',
  setting: 'this installation',
  project: 'its project',
  'warm-up': 'the domain, which is warmed up,',
} as const;

const LABEL = {
  account: 'SES account',
  setting: { day: 'SLUICE_MAX_PER_DAY', month: 'SLUICE_MAX_PER_MONTH' },
  project: 'its project',
  'warm-up': 'warm-up',
} as const;

/** For people: a row for each limit. */
export function quotaRows(quota: readonly CheckQuota[]): string[][] {
  return quota.map((each) => {
    const { whose, limit, used, share, fits } = each;
    const label = whose === 'setting' ? LABEL.setting[each.period] : LABEL[whose];
    return [
      `${label}, ${periodText(each)}`,
      figure(used),
      figure(limit),
      share === null ? '' : shareText(share),
      fits === null ? '' : fits ? 'fits' : 'does not fit',
    ];
  });
}

/** A campaign far beyond a limit takes it so many times. */
function shareText(share: number): string {
  return share < 10 ? percent(share) : `${figure(Math.round(share))} times`;
}

function periodText({ whose, period }: CheckQuota): string {
  if (whose === 'warm-up') return 'its day';
  return period === 'day' ? '24 hours' : '30 days';
}
