import type { FeedbackEvent } from './event.ts';
import { parseMessage } from './parse.ts';
import type { QueueMessage } from './sqs-queue.ts';

/** Messages by what is to be done with them. */
export interface Triage {
  readonly events: readonly { readonly message: QueueMessage; readonly event: FeedbackEvent }[];
  /** About mails that Sluice did not send: nothing to do. */
  readonly foreign: readonly QueueMessage[];
  /** What nobody can act upon, to be set aside. */
  readonly letters: readonly DeadLetter[];
}

export interface DeadLetter {
  readonly message: QueueMessage;
  /** Holds no address. */
  readonly reason: string;
  /** True for an event of a type that this version does not know. */
  readonly isUnknownType: boolean;
}

export function triage(messages: readonly QueueMessage[]): Triage {
  const events: Triage['events'][number][] = [];
  const foreign: QueueMessage[] = [];
  const letters: DeadLetter[] = [];
  for (const message of messages) {
    const said = parseMessage(message.body);
    switch (said.kind) {
      case 'event':
        events.push({ message, event: said.event });
        break;
      case 'foreign':
        foreign.push(message);
        break;
      case 'unknown':
        letters.push({ message, reason: `unknown type: ${said.type}`, isUnknownType: true });
        break;
      case 'unreadable':
        letters.push({ message, reason: said.reason, isUnknownType: false });
        break;
    }
  }
  return { events, foreign, letters };
}
