import { figure, percent } from '../core/figures.ts';
import type { GuardCounts, GuardFigures } from '../guard/guard.ts';
import { type GuardLimits, type GuardVerdict, judgeFigures } from '../guard/judge.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import type { Project } from '../identity/project.ts';
import type { Campaign } from '../queue/campaign.ts';

/** What the sender has sent, and how it was received, as the guard counts it. */
export interface CheckGuard {
  readonly project: string;
  /** From address in its normal form. */
  readonly sender: string;
  /** Those that will hold for the campaign: its own, else its project's, else those of the program. */
  readonly limits: GuardLimits;
  readonly hour: CheckRates;
  readonly week: CheckRates;
  /** Rules that are broken now: the campaign would be held before its first mail. */
  readonly broken: readonly GuardVerdict[];
  /** Rules that are nearly broken: from four fifths of a limit on. */
  readonly near: readonly GuardVerdict[];
}

export interface CheckRates extends GuardCounts {
  /** Shares of what was sent, from 0 to 1; null where nothing was. */
  readonly bounceRate: number | null;
  readonly complaintRate: number | null;
}

const NOTHING: GuardCounts = { sends: 0, bounces: 0, complaints: 0 };

/** @param figures null where nothing was counted for eight days */
export function guardOf(
  { limits: own, project: name }: Pick<Campaign, 'limits' | 'project'>,
  sender: string,
  project: Pick<Project, 'bounceRate' | 'complaintRate'> | null,
  figures: Pick<GuardFigures, 'hour' | 'week'> | null,
): CheckGuard {
  const limits = {
    bounceRate: own?.bounceRate ?? project?.bounceRate ?? GUARD_RULES.bounceRate,
    complaintRate: own?.complaintRate ?? project?.complaintRate ?? GUARD_RULES.complaintRate,
  };
  const { hour, week } = figures ?? { hour: NOTHING, week: NOTHING };
  const broken = judgeFigures({ hour, week }, limits);
  const isBroken = ({ rule, measure }: GuardVerdict) =>
    broken.some((other) => other.rule === rule && other.measure === measure);
  return {
    project: name,
    sender,
    limits,
    hour: withRates(hour),
    week: withRates(week),
    broken,
    near: judgeFigures({ hour, week }, limits, GUARD_RULES.warnShare).filter((one) => !isBroken(one)),
  };
}

export function withRates(counts: GuardCounts): CheckRates {
  const { sends, bounces, complaints } = counts;
  return {
    ...counts,
    bounceRate: sends === 0 ? null : bounces / sends,
    complaintRate: sends === 0 ? null : complaints / sends,
  };
}

/** A clause in plain English, as the guard says it when it holds a campaign. */
export function verdictText(
  { rule, measure, count, sends, rate, limit }: GuardVerdict,
  { project, sender }: Pick<CheckGuard, 'project' | 'sender'>,
): string {
  const period = rule === 'hour' ? "the last hour's" : "the last 7 days'";
  const said = measure === 'bounces' ? 'bounced hard' : 'were called spam';
  return `${percent(rate)} of ${period} mail of project ${project} from ${sender} ${said}: ${figure(count)} of ${figure(sends)}, and the limit is ${percent(limit)}`;
}

/** For people: a row for each period. */
export function guardRows({ hour, week, limits }: CheckGuard): string[][] {
  const row = (period: string, rates: CheckRates) => [
    period,
    figure(rates.sends),
    rates.bounceRate === null ? '' : percent(rates.bounceRate),
    percent(limits.bounceRate),
    rates.complaintRate === null ? '' : percent(rates.complaintRate),
    percent(limits.complaintRate),
  ];
  return [row('last hour', hour), row('last 7 days', week)];
}
