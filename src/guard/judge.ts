import type { GuardCounts } from './guard.ts';
import { GUARD_RULES, type GuardRules } from './rules.ts';

/** Shares from 0 to 1. */
export interface GuardLimits {
  readonly bounceRate: number;
  readonly complaintRate: number;
}

/** As the guard finds it, without its sentence. What Gmail says of a domain is judged by `spam.ts`. */
export interface GuardVerdict {
  readonly rule: 'hour' | 'week';
  readonly measure: 'bounces' | 'complaints';
  readonly count: number;
  readonly sends: number;
  /** Shares from 0 to 1. */
  readonly rate: number;
  readonly limit: number;
}

const MEASURES = [
  { measure: 'bounces', limit: 'bounceRate' },
  { measure: 'complaints', limit: 'complaintRate' },
] as const;

/**
 * What the rules of `judge.lua` would find for a campaign that has not begun, before anybody has put it on record: the same
 * thresholds, in the same order. The campaign's own figures are none yet, so they are not judged.
 *
 * @param share of a limit, from which on it counts: 1 for what holds a campaign, less for what is near
 */
export function judgeFigures(
  { hour, week }: { readonly hour: GuardCounts; readonly week: GuardCounts },
  limits: GuardLimits,
  share = 1,
  rules: GuardRules = GUARD_RULES,
): GuardVerdict[] {
  return MEASURES.flatMap(({ measure, limit: name }) => {
    const limit = limits[name];
    const periods = [
      { rule: 'hour' as const, counts: hour, sendsMin: rules.hourSendsMin },
      { rule: 'week' as const, counts: week, sendsMin: rules.expectedMin / limit },
    ];
    return periods.flatMap(({ rule, counts, sendsMin }) => {
      const { sends, [measure]: count } = counts;
      if (sends < sendsMin || !isBeyond(count, sends, limit, share)) return [];
      return [{ rule, measure, count, sends, rate: count / sends, limit }];
    });
  });
}

/** A limit that is reached is kept; a warning says that it is reached nearly. */
function isBeyond(count: number, sends: number, limit: number, share: number): boolean {
  return share === 1 ? count > sends * limit : count >= sends * limit * share;
}
