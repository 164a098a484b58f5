import type { Clock } from './clock.ts';

/** What was found holds for so long, so that many who ask cost no more than one. What failed is asked for anew. */
export class Recent<T> {
  readonly #ask: () => Promise<T>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #keptMs: number;
  #last: { readonly at: number; readonly answer: Promise<T> } | null = null;

  /** @param keptMs from the question on */
  constructor(ask: () => Promise<T>, clock: Pick<Clock, 'now'>, keptMs: number) {
    this.#ask = ask;
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** @throws what the question throws */
  look(): Promise<T> {
    const now = this.#clock.now();
    if (this.#last !== null && this.#isRecent(now - this.#last.at)) return this.#last.answer;
    const last = { at: now, answer: this.#ask() };
    this.#last = last;
    last.answer.catch(() => {
      if (this.#last === last) this.#last = null;
    });
    return last.answer;
  }

  /** A clock that was set back makes nothing hold for longer. */
  #isRecent(ageMs: number): boolean {
    return ageMs >= 0 && ageMs < this.#keptMs;
  }
}
