import { Fault } from '../core/fault.ts';

/** So many at a time, and so many who wait. Who comes on top of that is turned away. */
export class Turns {
  readonly #atOnceMax: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnceMax: number, waitingMax: number) {
    this.#atOnceMax = atOnceMax;
    this.#waitingMax = waitingMax;
  }

  /** @throws Fault DESK_BUSY where too many wait already; nothing was done then */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnceMax) await this.#wait();
    else this.#running += 1;
    try {
      return await work();
    } finally {
      // Who waits longest gets the place itself, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #wait(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax)
      throw new Fault('DESK_BUSY', 'too many such questions are waiting already: ask again in a moment');
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
