import type { Logger } from '../core/logger.ts';

/** From this part of the doubt time on sending slows down, and there it goes at half of the rate. */
const LATE_PART = 0.5;
const LATE_SHARE = 0.5;
/** What is left when events are as late as doubt is decided: mail still goes out, and the events of it tell how late they are. */
const SHARE_MIN = 0.05;
/** So far below the beginning lateness must fall before it is called over: a rate that hovers there is said once. */
const OVER_PART = 0.25;

/**
 * What is left of the account's rate where SES's events are applied so late, in even steps down. Pure.
 *
 * An entry in doubt is decided by the events that there are when its time is over. Where they are still on their way by then, that
 * is a guess; and mail that goes out more slowly makes fewer of them.
 */
export function shareAtLag(lagMs: number, doubtMs: number): number {
  const part = lagMs / doubtMs;
  if (part <= LATE_PART) return 1;
  const share = LATE_SHARE - ((part - LATE_PART) * (LATE_SHARE - SHARE_MIN)) / (1 - LATE_PART);
  return Math.max(share, SHARE_MIN);
}

/** Slows sending down while SES's events come late, and says so once each time. */
export class FeedbackBrake {
  readonly #doubtMs: number;
  readonly #logger: Logger;
  #share = 1;
  #isSlow = false;

  constructor(doubtMs: number, logger: Logger) {
    this.#doubtMs = doubtMs;
    this.#logger = logger;
  }

  /** Of the account's rate; 1 where nothing is late. */
  get share(): number {
    return this.#share;
  }

  /** @param lagMs 0 where nobody knows */
  see(lagMs: number): void {
    this.#share = shareAtLag(lagMs, this.#doubtMs);
    if (!this.#isSlow && this.#share < 1) {
      this.#isSlow = true;
      this.#logger.warn("SES's events are applied late: sending slows down until they have caught up", {
        lagMs,
        share: this.#share,
      });
    } else if (this.#isSlow && lagMs <= this.#doubtMs * OVER_PART) {
      this.#isSlow = false;
      this.#logger.info("SES's events have caught up: sending goes on at its rate", { lagMs });
    }
  }
}
