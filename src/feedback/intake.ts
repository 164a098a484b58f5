import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Applied, FeedbackBook } from './apply.ts';
import type { DeadLetters, Source } from './dead-letters.ts';
import type { FeedbackEvent } from './event.ts';
import { Gathering } from './gather.ts';
import { LagMeter } from './lag-meter.ts';
import type { ReadingBook } from './reading.ts';
import type { QueueMessage } from './sqs-queue.ts';
import { type DeadLetter, triage } from './triage.ts';

/** SES adds a type in years; more than these are somebody's mistake. */
const UNKNOWN_TYPES_MAX = 20;

export interface IntakeParts {
  readonly book: Pick<FeedbackBook, 'apply'>;
  readonly reading: ReadingBook;
  readonly dead: DeadLetters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: Source;
}

/** What messages cause, in Redis, by whatever way they came. What comes in at a time is stored together. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #store: Gathering<FeedbackEvent, Error | null>;
  readonly #lag: LagMeter;
  /** Unknown types that were reported, so that each is once. */
  readonly #reported = new Set<string>();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#lag = new LagMeter(parts.reading, parts.clock);
    this.#store = new Gathering<FeedbackEvent, Error | null>(
      (events): Promise<Applied> => parts.book.apply(events),
    );
  }

  /**
   * Messages with nothing left to do, and the error of one that was not stored: those must come again. Rejects where
   * Redis does not answer.
   */
  async take(
    messages: readonly QueueMessage[],
  ): Promise<{ readonly done: readonly QueueMessage[]; readonly failure: Error | null }> {
    const { reading, dead, source } = this.#parts;
    const { events, foreign, letters } = triage(messages);
    const [results] = await Promise.all([
      this.#store.add(events.map(({ event }) => event)),
      dead.setAside(
        source,
        letters.map(({ message, reason }) => ({ body: message.body, reason })),
      ),
      reading.countForeign(foreign.length),
    ]);
    this.#report(letters);
    const stored = events.filter((_event, index) => results[index] === null);
    await this.#lag.see(stored.map(({ event }) => event));
    return {
      done: [...stored, ...letters].map(({ message }) => message).concat(foreign),
      failure: results.find((result) => result !== null) ?? null,
    };
  }

  #report(letters: readonly DeadLetter[]): void {
    const { logger, source } = this.#parts;
    const [unreadable, ...more] = letters.filter(({ isUnknownType }) => !isUnknownType);
    if (unreadable) {
      logger.warn("messages are no events of SES's, and were set aside", {
        source,
        messages: more.length + 1,
        reason: unreadable.reason,
      });
    }
    for (const { reason, isUnknownType } of letters) {
      const isKnown = this.#reported.has(reason) || this.#reported.size >= UNKNOWN_TYPES_MAX;
      if (!isUnknownType || isKnown) continue;
      this.#reported.add(reason);
      logger.warn('SES sends events that this version does not know; they are set aside', { reason });
    }
  }
}
