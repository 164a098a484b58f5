import type { DomainCheckView } from '../../desk/desk.ts';

type Answer = Promise<DomainCheckView>;

/** How long an answer is kept for the page that waits for it. */
const KEPT_MS = 60_000;

/**
 * Checks of domains that are under way, or have just ended: one takes up to fifteen seconds, so the page that begins it answers at once, and
 * another one brings what was found. Who asks for the same domain meanwhile waits for the same answer.
 */
export class RunningChecks {
  readonly #check: (name: string) => Answer;
  readonly #running = new Map<string, Answer>();
  readonly #ended = new Map<string, Answer>();

  constructor(check: (name: string) => Answer) {
    this.#check = check;
  }

  /** Does nothing where one is under way. */
  begin(name: string): void {
    if (this.#running.has(name)) return;
    const answer = this.#check(name);
    this.#running.set(name, answer);
    const end = () => {
      this.#running.delete(name);
      this.#ended.set(name, answer);
      setTimeout(() => {
        if (this.#ended.get(name) === answer) this.#ended.delete(name);
      }, KEPT_MS).unref();
    };
    // Whoever waits for it hears of a failure; where nobody does, it is nobody's.
    answer.then(end, end);
  }

  /** Null where none is under way, and none has just ended. */
  answer(name: string): Answer | null {
    return this.#running.get(name) ?? this.#ended.get(name) ?? null;
  }
}
