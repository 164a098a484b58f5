import type { Eraser } from './eraser.ts';

/** What a place did to forget a person. */
export interface Forgotten {
  /** Rows that were changed, in this run. */
  readonly rows: number;
  /** Where it can't be done at once: what is left, and when to run it again. */
  readonly later?: string;
}

/** Where rows of the log end, as somebody sees it who takes a person out of it. */
export interface LogPlace {
  readonly name: string;
  /** Rows that say something of the person. Changes nothing. */
  count(eraser: Eraser): Promise<number>;
  /**
   * Takes the person out of every row that is there when it begins. It may be cut off at any moment, and called again; then
   * no row is lost or hidden, and the rest is done.
   */
  forget(eraser: Eraser): Promise<Forgotten>;
}
