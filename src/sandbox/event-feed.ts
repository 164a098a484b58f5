import type { Clock } from '../core/clock.ts';
import { addressOf } from './address.ts';
import { eventBody, snsEnvelope } from './event-body.ts';
import { type Engagement, type EventKind, type PlannedEvent, planEvents } from './event-plan.ts';
import { MessageQueue } from './message-queue.ts';
import { isSimulator } from './simulator.ts';
import { type AcceptedMail, tagsOf } from './store.ts';
import type { SuppressedReason, SuppressionList } from './suppression-list.ts';

/** Where nobody reads, the newest of them stay: 200 bytes each, and the mails that they are about. */
const EVENTS_MAX = 200_000;

export interface EventOptions {
  /** How SNS hands events to the queue: in its envelope (the default), or as they are (raw message delivery). */
  readonly envelope?: 'sns' | 'raw';
  readonly eventsMax?: number;
  readonly engagement?: Engagement;
  /** Each event, and each copy of it, comes up to so much later: the more, the less the order means. */
  readonly spreadMs?: number;
  /** Share of events that come twice, from 0 to 1. */
  readonly duplicates?: number;
  /** True where an event never comes. */
  readonly isLost?: (event: EventNotice) => boolean;
  /** From 0 to 1; Math.random where it is missing. */
  readonly random?: () => number;
}

/** What an event is about, before it is put into the queue. */
export interface EventNotice {
  readonly kind: EventKind;
  readonly messageId: string;
  readonly to: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes the events of the mails that are accepted, and puts them into a queue, as SES and SNS do. */
export class EventFeed {
  readonly queue: MessageQueue;
  readonly #options: EventOptions;
  readonly #region: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #suppressed: SuppressionList;

  constructor(options: EventOptions, region: string, clock: Clock, suppressed: SuppressionList) {
    this.queue = new MessageQueue(clock, options.eventsMax ?? EVENTS_MAX);
    this.#options = options;
    this.#region = region;
    this.#clock = clock;
    this.#suppressed = suppressed;
    this.#random = options.random ?? Math.random;
  }

  /** @param renderingError null where the mail could be rendered */
  publish(mail: AcceptedMail, renderingError: string | null): void {
    const { engagement = {}, duplicates = 0, isLost } = this.#options;
    for (const event of planEvents(mail, renderingError, engagement, this.#random)) {
      this.#suppress(mail, event);
      if (isLost?.(noticeOf(mail, event))) continue;
      this.#put(mail, event);
      if (duplicates > 0 && this.#random() < duplicates) this.#put(mail, event);
    }
  }

  /**
   * A hard bounce or a complaint puts the address on the account's list. Here it is there at once; SES has it when the
   * event comes.
   */
  #suppress(mail: AcceptedMail, event: PlannedEvent): void {
    const address = addressOf(mail.to[0] ?? '');
    const reason = suppressedReason(event);
    if (reason === null || isSimulator(address)) return;
    this.#suppressed.put(address, reason, mail.atMs + event.afterMs, mail.messageId);
  }

  #put(mail: AcceptedMail, event: PlannedEvent): void {
    const spreadMs = (this.#options.spreadMs ?? 0) * this.#random();
    this.queue.push(() => this.#body(mail, event), Math.floor(event.afterMs + spreadMs));
  }

  #body(mail: AcceptedMail, event: PlannedEvent): string {
    const body = eventBody(mail, event, this.#region);
    return this.#options.envelope === 'raw' ? body : snsEnvelope(body, this.#region, this.#clock.now());
  }
}

/** Null for what puts nobody on the list; a mail that was held back because of it changes nothing there. */
function suppressedReason({ kind, reason }: PlannedEvent): SuppressedReason | null {
  if (kind === 'Complaint') return 'COMPLAINT';
  return kind === 'Bounce' && reason === 'Permanent/General' ? 'BOUNCE' : null;
}

function noticeOf(mail: AcceptedMail, { kind }: PlannedEvent): EventNotice {
  return { kind, messageId: mail.messageId, to: mail.to[0] ?? '', tags: tagsOf(mail) };
}
