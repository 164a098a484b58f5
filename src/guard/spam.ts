import { GUARD_RULES } from './rules.ts';

const DAY_MS = 86_400_000;

/** What the guard makes of the newest figure of a domain: `old` and `none` count for nothing. */
export type SpamVerdict = 'none' | 'old' | 'under' | 'near' | 'over';

/** As judge.lua judges a campaign whose sender is of this domain. */
export function spamVerdict(
  newest: { readonly date: string; readonly rate: number } | null,
  nowMs: number,
): SpamVerdict {
  if (newest === null) return 'none';
  const daysAgo = Math.floor(nowMs / DAY_MS) - Date.parse(newest.date) / DAY_MS;
  if (daysAgo > GUARD_RULES.spamDays) return 'old';
  if (newest.rate >= GUARD_RULES.spamRate) return 'over';
  return newest.rate >= GUARD_RULES.spamWarnRate ? 'near' : 'under';
}
