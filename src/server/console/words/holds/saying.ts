import type { Told } from '../../told.ts';

/** What the console says of a code: what happened, and what to do about it here. */
export interface Saying {
  /** A few words. */
  readonly title: string;
  /** With the figures. */
  readonly said: (told: Told) => string;
  /** Which button, which page; and where there is none, who has to do something. */
  readonly todo: (told: Told) => string;
}
