import type { Clock } from '../core/clock.ts';

const WINDOW_MS = 60_000;

/** How often somebody failed within the minute that began with the first failure. */
export class Failures {
  readonly #clock: Clock;
  readonly #countedMax: number;
  /** In order of their beginnings. */
  readonly #counts = new Map<string, { count: number; readonly until: number }>();

  /** @param countedMax how many are remembered; the oldest make room */
  constructor(clock: Clock, countedMax: number) {
    this.#clock = clock;
    this.#countedMax = countedMax;
  }

  of(caller: string): number {
    const known = this.#counts.get(caller);
    return known && known.until > this.#clock.now() ? known.count : 0;
  }

  add(caller: string): void {
    const now = this.#clock.now();
    const known = this.#counts.get(caller);
    if (known && known.until > now) {
      known.count += 1;
      return;
    }
    this.#counts.delete(caller);
    this.#counts.set(caller, { count: 1, until: now + WINDOW_MS });
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#countedMax && oldest !== undefined) this.#counts.delete(oldest);
  }

  /** Seconds until they are forgotten; at least one. */
  waitSeconds(caller: string): number {
    const leftMs = (this.#counts.get(caller)?.until ?? 0) - this.#clock.now();
    return Math.max(1, Math.ceil(leftMs / 1_000));
  }
}
