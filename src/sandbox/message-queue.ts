import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { Heap } from './heap.ts';

/** A message in the hand of a receiver. */
export interface ReceivedMessage {
  readonly id: string;
  /** Names this receipt: a later receipt of the same message has another one. */
  readonly receipt: string;
  readonly body: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receives: number;
}

export interface QueueDepth {
  readonly visible: number;
  /** Received, and neither deleted nor visible again. */
  readonly inFlight: number;
  /** Not visible yet. */
  readonly delayed: number;
  /** Left out because the queue was full. */
  readonly overflowed: number;
}

interface Message {
  readonly order: number;
  /** Made when it is received, since most of it is the mail, which is kept anyway. Null once it is deleted. */
  body: (() => string) | null;
  readonly sentAtMs: number;
  visibleAtMs: number;
  id: string | null;
  receipt: string | null;
  firstReceivedAtMs: number;
  receives: number;
}

/**
 * A standard queue of SQS: a message that was received is hidden for a while, and comes again where it is not deleted by
 * then. Bounded: where it is full, the message that would be received next makes room.
 */
export class MessageQueue {
  readonly #clock: Clock;
  readonly #messagesMax: number;
  /** By the time when they are visible (again). Deleted ones stay until they come to the top. */
  readonly #messages = new Heap<Message>((a, b) =>
    a.visibleAtMs === b.visibleAtMs ? a.order < b.order : a.visibleAtMs < b.visibleAtMs,
  );
  readonly #byReceipt = new Map<string, Message>();
  #alive = 0;
  #order = 0;
  #overflowed = 0;
  /** Aborted when something changes for those who wait. */
  #wake: AbortController | null = null;

  constructor(clock: Clock, messagesMax: number) {
    this.#clock = clock;
    this.#messagesMax = messagesMax;
  }

  push(body: () => string, delayMs: number): void {
    const now = this.#clock.now();
    if (this.#alive >= this.#messagesMax) this.#overflow();
    this.#order += 1;
    this.#alive += 1;
    this.#messages.push({
      order: this.#order,
      body,
      sentAtMs: now,
      visibleAtMs: now + delayMs,
      id: null,
      receipt: null,
      firstReceivedAtMs: 0,
      receives: 0,
    });
    this.#wakeAll();
  }

  /** Up to `max` messages; where there is none, waits for one as long as it is told to. */
  async receive(
    max: number,
    waitMs: number,
    visibilityMs: number,
    signal: AbortSignal,
  ): Promise<ReceivedMessage[]> {
    const deadline = this.#clock.now() + waitMs;
    for (;;) {
      if (signal.aborted) return [];
      const now = this.#clock.now();
      const received = this.#take(max, visibilityMs, now);
      if (received.length > 0 || now >= deadline) return received;
      const next = this.#next()?.visibleAtMs ?? Number.POSITIVE_INFINITY;
      await this.#sleep(Math.min(next, deadline) - now, signal);
    }
  }

  /** False where the receipt is not the message's last one: then nothing is deleted. */
  delete(receipt: string): boolean {
    const message = this.#byReceipt.get(receipt);
    if (!message) return false;
    this.#byReceipt.delete(receipt);
    message.body = null;
    this.#alive -= 1;
    return true;
  }

  /** Hides a message for another while from now on; 0 shows it at once. False where the receipt is not its last one. */
  hide(receipt: string, ms: number): boolean {
    const message = this.#byReceipt.get(receipt);
    if (!message?.body) return false;
    // The heap does not move what is in it, so a copy takes its place.
    const moved = { ...message, visibleAtMs: this.#clock.now() + ms };
    message.body = null;
    this.#byReceipt.set(receipt, moved);
    this.#messages.push(moved);
    this.#wakeAll();
    return true;
  }

  depth(): QueueDepth {
    const now = this.#clock.now();
    const counts = { visible: 0, inFlight: 0, delayed: 0 };
    for (const message of this.#messages.items()) {
      if (!message.body) continue;
      if (message.visibleAtMs <= now) counts.visible += 1;
      else if (message.receipt === null) counts.delayed += 1;
      else counts.inFlight += 1;
    }
    return { ...counts, overflowed: this.#overflowed };
  }

  #take(max: number, visibilityMs: number, now: number): ReceivedMessage[] {
    const received: ReceivedMessage[] = [];
    const taken: Message[] = [];
    for (let next = this.#next(); next && received.length < max; next = this.#next()) {
      if (next.visibleAtMs > now) break;
      this.#messages.pop();
      taken.push(next);
      received.push(this.#handOut(next, visibilityMs, now));
    }
    // Only now: with no time of invisibility the same message would come again in the same answer.
    for (const message of taken) this.#messages.push(message);
    return received;
  }

  #handOut(message: Message, visibilityMs: number, now: number): ReceivedMessage {
    if (message.receipt !== null) this.#byReceipt.delete(message.receipt);
    const receipt = randomUUID();
    message.id ??= randomUUID();
    message.receipt = receipt;
    message.receives += 1;
    message.visibleAtMs = now + visibilityMs;
    if (message.receives === 1) message.firstReceivedAtMs = now;
    this.#byReceipt.set(receipt, message);
    const { id, sentAtMs, firstReceivedAtMs, receives } = message;
    return { id, receipt, body: message.body?.() ?? '', sentAtMs, firstReceivedAtMs, receives };
  }

  /** The message that is visible first. */
  #next(): Message | undefined {
    for (;;) {
      const next = this.#messages.least();
      if (!next || next.body) return next;
      this.#messages.pop();
    }
  }

  #overflow(): void {
    const next = this.#next();
    if (!next) return;
    next.body = null;
    if (next.receipt !== null) this.#byReceipt.delete(next.receipt);
    this.#alive -= 1;
    this.#overflowed += 1;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.#wake ??= new AbortController();
    await this.#clock.sleep(ms, AbortSignal.any([signal, this.#wake.signal]));
  }

  #wakeAll(): void {
    this.#wake?.abort();
    this.#wake = null;
  }
}
