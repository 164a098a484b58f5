/**
 * A part that runs: a worker, a shipper, a server. Both functions may be called in any order, twice, and while the
 * other one is still at work. `stop` ends a `start` that is waiting for something, lets work in flight finish, and
 * does nothing where nothing runs.
 */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Services that start in order and stop in reverse, as one.
 *
 * Where one fails to start, those before it are stopped again and `start` rejects with its error. A `start` that
 * `stop` overtakes resolves, with nothing running. `stop` stops every one of them, even if some fail to, and then
 * rejects with what they failed with.
 */
export class Services implements Service {
  readonly #services: readonly Service[];
  /** Those that have started or have begun to, in order. */
  readonly #running: Service[] = [];
  /** How often `stop` was asked for: a start that was asked for before goes no further. */
  #stops = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(services: readonly Service[]) {
    this.#services = services;
  }

  start(): Promise<void> {
    const stops = this.#stops;
    return this.#inTurn(() => this.#startAll(stops));
  }

  stop(): Promise<void> {
    // The last one may be starting now, and waiting for a server that never comes. It is stopped at once, and again in
    // its turn, where an error of this first call would show as well.
    void this.#running
      .at(-1)
      ?.stop()
      .catch(() => {});
    this.#stops += 1;
    return this.#inTurn(() => this.#stopAll());
  }

  /** Starts and stops never overlap: each waits for those that were asked for before it. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #startAll(stops: number): Promise<void> {
    for (const service of this.#services.slice(this.#running.length)) {
      if (this.#stops !== stops) return;
      this.#running.push(service);
      try {
        await service.start();
      } catch (thrown) {
        if (this.#stops !== stops) return;
        // What it failed with is what the caller must hear; that something did not stop either comes second.
        await this.#stopAll().catch(() => {});
        throw thrown;
      }
    }
  }

  async #stopAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let service = this.#running.pop(); service; service = this.#running.pop()) {
      await service.stop().catch((thrown: unknown) => failures.push(thrown));
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} services did not stop`);
  }
}
