import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { Intake } from './intake.ts';
import type { ReadingBook } from './reading.ts';
import { CALL_MESSAGES_MAX, type QueueMessage, type SqsQueue } from './sqs-queue.ts';

/** Waits between attempts double from here, up to half a minute: an outage is not made worse by asking. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 30_000;
/** How often a reader that waits for room in the log looks again. */
const ROOM_LOOK_MS = 1_000;

export interface SqsSourceParts {
  readonly queue: SqsQueue;
  readonly intake: Intake;
  readonly reading: ReadingBook;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Receives at a time, at most. */
  readonly receivers: number;
  /** Outbox entries at which reading pauses: events are safe in their queue. */
  readonly backlogMax: number;
}

/**
 * Reads SES's events from a queue of SQS. A message is deleted when, and only when, Redis has what it caused: whatever
 * dies on the way, it comes again, and changes nothing then.
 *
 * One receiver always asks. A receive that comes back full starts another one, and one of those ends when it finds
 * nothing. What several of them bring at a time is stored together. Each has ten messages in hand at most, so memory is
 * flat.
 */
export class SqsSource implements Service {
  readonly #parts: SqsSourceParts;
  readonly #receivers = new Set<Promise<void>>();
  #stopping: AbortController | null = null;
  #isWaitingForRoom = false;
  #saysNoDepth = false;

  constructor(parts: SqsSourceParts) {
    this.#parts = parts;
  }

  /** Begins to read; nothing when it does already. It may be started again after a stop. */
  async start(): Promise<void> {
    if (this.#stopping) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#spawn(true, stopping.signal);
  }

  /**
   * Resolves when what is in hand is stored and deleted, or given up where that fails. Where Redis is away, that is when
   * it is back, or when its connection is ended.
   */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = null;
    while (this.#receivers.size > 0) await Promise.all(this.#receivers);
  }

  #spawn(isFirst: boolean, signal: AbortSignal): void {
    if (this.#receivers.size >= this.#parts.receivers) return;
    const receiver = this.#read(isFirst, signal).finally(() => this.#receivers.delete(receiver));
    this.#receivers.add(receiver);
  }

  async #read(isFirst: boolean, signal: AbortSignal): Promise<void> {
    const { clock, logger, random } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const received = await this.#readOnce(signal);
        failures = 0;
        if (received === CALL_MESSAGES_MAX) this.#spawn(false, signal);
        if (received === 0 && !isFirst) return;
      } catch (thrown) {
        if (signal.aborted) return;
        failures += 1;
        const waitMs = Math.min(RETRY_MS_MIN * 2 ** (failures - 1), RETRY_MS_MAX) * (0.5 + random() / 2);
        logger.warn("reading SES's events failed, and is tried again", { error: messageOf(thrown), waitMs });
        await clock.sleep(waitMs, signal);
      }
    }
  }

  /** How many messages came. */
  async #readOnce(signal: AbortSignal): Promise<number> {
    const { queue } = this.#parts;
    await this.#waitForRoom(signal);
    if (signal.aborted) return 0;
    const messages = await queue.receive(signal);
    if (messages.length === 0) await this.#noteIfEmpty();
    else await this.#handle(messages);
    return messages.length;
  }

  /** Stores what the messages cause, and then deletes them. */
  async #handle(messages: readonly QueueMessage[]): Promise<void> {
    const { queue, intake } = this.#parts;
    const { done, failure } = await intake.take(messages);
    await queue.delete(done);
    // What is not stored comes again when it is visible again.
    if (failure) throw failure;
  }

  /**
   * A receive that brought nothing proves that nothing is visible. Messages in the hands of others, or of a reader that
   * died with them, are not: the queue is empty when it counts none of those either.
   */
  async #noteIfEmpty(): Promise<void> {
    const { queue, reading, logger } = this.#parts;
    const atMs = await reading.now();
    const depth = await queue.depth().catch((thrown: unknown) => {
      if (!this.#saysNoDepth) {
        logger.warn(
          'the queue does not say how much is in it, so that doubt is not decided by evidence; it takes sqs:GetQueueAttributes',
          { error: messageOf(thrown) },
        );
      }
      this.#saysNoDepth = true;
      return null;
    });
    if (depth === 0) await reading.noteEmpty(atMs);
  }

  async #waitForRoom(signal: AbortSignal): Promise<void> {
    const { reading, backlogMax, clock, logger } = this.#parts;
    while (!signal.aborted && (await reading.outboxEntries()) >= backlogMax) {
      if (!this.#isWaitingForRoom) logger.warn("the log is behind: SES's events stay in their queue");
      this.#isWaitingForRoom = true;
      await clock.sleep(ROOM_LOOK_MS, signal);
    }
    if (this.#isWaitingForRoom && !signal.aborted) logger.info("the log has room again for SES's events");
    this.#isWaitingForRoom = false;
  }
}
