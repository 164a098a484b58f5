/** What is being written down while the next call is prepared, for all batches of a job. */
export class Settling {
  /** Whether SES has accepted anything in this job: batches that were read before that do not say so. */
  hasAccepted = false;
  readonly #open = new Set<Promise<unknown>>();

  add(work: Promise<unknown>): void {
    this.#open.add(work);
    // Whoever waits in `ended` hears of a failure, and it is kept until then.
    work.then(
      () => this.#open.delete(work),
      () => false,
    );
  }

  /** Resolves when at most one is still being written down: what SES has answered must not pile up in memory. */
  async caughtUp(): Promise<void> {
    while (this.#open.size > 1) await this.#open.values().next().value;
  }

  /** Resolves when all of it is written down. @throws what one of them met */
  async ended(): Promise<void> {
    while (this.#open.size > 0) {
      const work = [...this.#open];
      this.#open.clear();
      // All of them, also where one has failed: whoever looks at the ledger next would take an open claim for a lost one.
      const met = await Promise.allSettled(work);
      const failed = met.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
    }
  }
}
