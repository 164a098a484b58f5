import type { Clock } from '../core/clock.ts';
import type { FeedbackEvent } from './event.ts';
import type { ReadingBook } from './reading.ts';

/** Whoever wants to know looks once a second, so it is written down as often, and costs a batch nothing. */
const NOTE_MS = 1_000;

/**
 * How late events are when they are applied, by those of type Send: SES publishes them at once, so what they are older than is the
 * time in which they waited for us. The latest of a second counts.
 */
export class LagMeter {
  readonly #reading: Pick<ReadingBook, 'noteLag'>;
  readonly #clock: Clock;
  #worstMs = 0;
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(reading: Pick<ReadingBook, 'noteLag'>, clock: Clock) {
    this.#reading = reading;
    this.#clock = clock;
  }

  /** @param events that are stored: one that can't be is tried again for days, and is late by itself */
  async see(events: readonly FeedbackEvent[]): Promise<void> {
    const now = this.#clock.now();
    const ages = events.flatMap(({ happened, atMs }) => (happened.type === 'send' ? [now - atMs] : []));
    if (ages.length === 0) return;
    this.#worstMs = Math.max(this.#worstMs, ...ages);
    if (now - this.#notedAt < NOTE_MS) return;
    const worstMs = this.#worstMs;
    this.#worstMs = 0;
    this.#notedAt = now;
    await this.#reading.noteLag(worstMs);
  }
}
