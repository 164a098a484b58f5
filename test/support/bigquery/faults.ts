import type { Row } from './json-row.ts';

/** What of the two APIs can be made to fail. `append` and `getWriteStream` are gRPC, the others REST. */
export type Operation =
  | 'append'
  | 'getWriteStream'
  | 'insertAll'
  | 'list'
  | 'query'
  | 'job'
  | 'results'
  | 'table'
  | 'dataset';

export type FaultKind =
  /** 503 or UNAVAILABLE, and nothing was done. */
  | 'unavailable'
  /** 429 or RESOURCE_EXHAUSTED. */
  | 'tooManyRequests'
  /** 403 with this reason, or RESOURCE_EXHAUSTED. */
  | 'rateLimitExceeded'
  | 'quotaExceeded'
  /** The connection is cut and nothing was done. */
  | 'resetBefore'
  /** It was done, and the connection is cut before the answer. */
  | 'resetAfter'
  /** Nothing is done and nobody answers, until the fake closes. */
  | 'silent'
  /**
   * Append only: an answer that carries an error of this gRPC code, with nothing stored. The library resolves with it,
   * except for those it thinks worth another try (1, 4, 10, 13, 14), with which it rejects.
   */
  | { readonly errorCode: number }
  /** It is done, and the answer comes so much later. */
  | { readonly slowMs: number };

/** What goes wrong, call by call. */
export class Faults {
  /** A reason for a row that can't be taken, by either API; null for one that can. */
  poison: ((row: Row) => string | null) | null = null;
  readonly #waiting = new Map<Operation, FaultKind[]>();
  readonly #onDown: (() => void)[] = [];
  #down = false;

  /** The next calls of an operation fail so; what is planned already comes first. */
  next(operation: Operation, kind: FaultKind, times = 1): void {
    const planned = this.#waiting.get(operation) ?? [];
    this.#waiting.set(operation, [...planned, ...Array.from({ length: times }, () => kind)]);
  }

  /** An outage: connections are reset, those that are open and those that come. */
  down(isDown: boolean): void {
    this.#down = isDown;
    if (isDown) for (const tell of this.#onDown) tell();
  }

  clear(): void {
    this.#waiting.clear();
    this.poison = null;
    this.#down = false;
  }

  isDown(): boolean {
    return this.#down;
  }

  /** For the servers: what is to happen to a call that has come in. */
  take(operation: Operation): FaultKind | null {
    return this.#waiting.get(operation)?.shift() ?? null;
  }

  /** For the servers. */
  onDown(tell: () => void): void {
    this.#onDown.push(tell);
  }
}
