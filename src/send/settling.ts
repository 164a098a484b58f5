/** What is being written down while the next call is prepared. */
export class Settling {
  readonly #open = new Set<Promise<unknown>>();

  add(work: Promise<unknown>): void {
    this.#open.add(work);
    const done = () => this.#open.delete(work);
    // Whoever waits in `ended` hears of a failure, and keeps it until then.
    work.then(done, () => {});
  }

  /** Resolves when all of it is written down. @throws what one of them met */
  async ended(): Promise<void> {
    while (this.#open.size > 0) {
      const work = [...this.#open];
      this.#open.clear();
      await Promise.all(work);
    }
  }
}
