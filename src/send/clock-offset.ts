/** Smaller differences are the server's whole seconds and the way of the answer, not a clock that is wrong. */
const NOISE_MS = 2_000;
/** Nothing is signed with an older date than this: AWS refuses it three times over. */
const HISTORY_MS = 15 * 60_000;

/**
 * How far the server's clock is ahead of ours, as it was known at any instant of the last minutes.
 *
 * A request is dated with an instant from before its claim, and what corrects that instant must be as old. Were it
 * corrected by what was learned afterwards, then a machine that stood still together with its clock (a suspended
 * VM) would, once it has heard the right time, date an old claim's request as if it were new. A claim of the very millisecond in which
 * something was learned may be older than that, so it counts from the next one on.
 */
export class ClockOffset {
  #history: { readonly sinceMs: number; readonly offsetMs: number }[] = [
    { sinceMs: Number.NEGATIVE_INFINITY, offsetMs: 0 },
  ];

  /** @param instantMs on our clock */
  at(instantMs: number): number {
    const known = this.#history.findLast(({ sinceMs }) => sinceMs < instantMs) ?? this.#history[0];
    return known?.offsetMs ?? 0;
  }

  /**
   * @param offsetMs what an answer has just shown
   * @param nowMs on our clock
   */
  learn(offsetMs: number, nowMs: number): void {
    const known = this.#history.at(-1)?.offsetMs ?? 0;
    if (Math.abs(offsetMs - known) < NOISE_MS) return;
    const oldestNeeded = this.#history.findLastIndex(({ sinceMs }) => sinceMs < nowMs - HISTORY_MS);
    this.#history = [...this.#history.slice(Math.max(0, oldestNeeded)), { sinceMs: nowMs, offsetMs }];
  }
}
