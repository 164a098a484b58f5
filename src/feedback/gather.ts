/** Does something with many items at once. The results are those of the items, in their order. */
type Act<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

/**
 * Lets several callers share one action: what is asked for while it runs is done together when it ends. So the more
 * comes in at a time, the fewer steps it takes, and nobody waits for others to come.
 */
export class Gathering<Item, Result> {
  readonly #act: Act<Item, Result>;
  #waiting: Turn<Item, Result>[] = [];
  #isRunning = false;

  constructor(act: Act<Item, Result>) {
    this.#act = act;
  }

  /** Rejects where the action that held these items did. */
  add(items: readonly Item[]): Promise<readonly Result[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const turns = this.#waiting;
      this.#waiting = [];
      try {
        const results = await this.#act(turns.flatMap((turn) => turn.items));
        let from = 0;
        for (const { items, resolve } of turns) {
          resolve(results.slice(from, from + items.length));
          from += items.length;
        }
      } catch (thrown) {
        for (const { reject } of turns) reject(thrown);
      }
    }
    this.#isRunning = false;
  }
}

interface Turn<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (thrown: unknown) => void;
}
