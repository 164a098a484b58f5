/**
 * Whether a rate is under its limit, found out mail by mail: Wald's sequential probability ratio test ("Sequential Tests of
 * Statistical Hypotheses", 1945) of a rate at the limit against one of half of it.
 *
 * The ratio says how much better one of the two explains what was seen. It is a martingale under the other, so that the chance that
 * it ever passes 1/error is at most that error (Ville), however often anybody looks: a list at its limit or beyond is let go
 * with at most the chance that `confidence` leaves, and one at half of the limit or below is stopped with at most the same.
 */
export function sequentialTest(
  seen: { readonly events: number; readonly trials: number },
  limit: number,
  confidence: number,
): 'under' | 'over' | 'undecided' {
  const ratio = logLikelihoodRatio(seen.events, seen.trials, limit);
  const bound = -Math.log(1 - confidence);
  if (ratio >= bound) return 'over';
  return ratio <= -bound ? 'under' : 'undecided';
}

/** How few trials without a single event show that the rate is under the limit. */
export function trialsToPass(limit: number, confidence: number): number {
  return Math.ceil(Math.log(1 - confidence) / logLikelihoodRatio(0, 1, limit));
}

/** Of the limit: what is taken for a good list. Closer to the limit the test takes far longer. */
const GOOD_SHARE = 0.5;

/** Positive where a rate at the limit explains it better than one of half of it. */
function logLikelihoodRatio(events: number, trials: number, limit: number): number {
  const good = limit * GOOD_SHARE;
  // A limit of everything rules nothing out.
  const bad = Math.min(limit, 1 - Number.EPSILON);
  return events * Math.log(bad / good) + (trials - events) * Math.log((1 - bad) / (1 - good));
}
