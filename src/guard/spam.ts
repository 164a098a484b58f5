import { GUARD_RULES } from './rules.ts';

const DAY_MS = 86_400_000;

/** What the guard makes of the newest figure of a domain: `old` and `none` count for nothing. */
export type SpamVerdict = 'none' | 'old' | 'under' | 'near' | 'over';

interface SpamFigure {
  /** `2026-11-28` */
  readonly date: string;
  /** From 0 to 1. */
  readonly rate: number;
}

/** As judge.lua judges a campaign whose sender is of this domain. */
export function spamVerdict(newest: SpamFigure | null, nowMs: number): SpamVerdict {
  if (newest === null) return 'none';
  if (!isNew(newest, nowMs)) return 'old';
  if (newest.rate >= GUARD_RULES.spamRate) return 'over';
  return newest.rate >= GUARD_RULES.spamWarnRate ? 'near' : 'under';
}

/** Of the figures of a domain and of those above it the one that counts: the highest that is not too old; null where there is none. */
export function worstSpam<T extends SpamFigure>(figures: readonly T[], nowMs: number): T | null {
  return figures
    .filter((figure) => isNew(figure, nowMs))
    .reduce<T | null>((worst, one) => (worst === null || one.rate > worst.rate ? one : worst), null);
}

function isNew({ date }: SpamFigure, nowMs: number): boolean {
  return Math.floor(nowMs / DAY_MS) - Date.parse(date) / DAY_MS <= GUARD_RULES.spamDays;
}
