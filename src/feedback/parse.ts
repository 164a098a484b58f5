import type { z } from 'zod';
import { parseAddress } from '../core/address.ts';
import type { FeedbackEvent } from './event.ts';
import { happeningShape } from './happening.ts';
import { envelopeShape, eventShape, mailShape } from './shape.ts';
import { originOf, ownTags } from './tags.ts';

/** What a message of the queue is. */
export type ParsedMessage =
  | { readonly kind: 'event'; readonly event: FeedbackEvent }
  /** About a mail that Sluice did not send, or about no mail at all (SNS's and SES's own notices). */
  | { readonly kind: 'foreign' }
  /** An event of a type that this version does not know. */
  | { readonly kind: 'unknown'; readonly type: string }
  /** Nothing that SES says. The reason holds no address. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Types have names of a few words; what is longer is none, and must not fill the log. */
const TYPE_CHARACTERS_MAX = 60;

/** SES says so in a sentence, when an event destination is set up, and with an event about no mail. */
const GREETING = 'Successfully validated SNS topic';
const GREETING_TYPE = 'AmazonSnsSubscriptionSucceeded';

/** Reads a message as SNS puts it into the queue, with its envelope or without. Never throws. */
export function parseMessage(body: string): ParsedMessage {
  const envelope = envelopeShape.safeParse(parseJson(body));
  if (!envelope.success) return parseEvent(body);
  // The other types ask whoever set up the queue to confirm its subscription.
  return envelope.data.Type === 'Notification' ? parseEvent(envelope.data.Message) : { kind: 'foreign' };
}

function parseEvent(text: string): ParsedMessage {
  if (text.startsWith(GREETING)) return { kind: 'foreign' };
  const value = parseJson(text);
  if (value === undefined) return unreadable('it is not JSON');
  const event = eventShape.safeParse(value);
  const type = event.data?.eventType ?? event.data?.notificationType;
  if (!event.success || type === undefined) return unreadable('it has no eventType and no notificationType');
  if (type === GREETING_TYPE) return { kind: 'foreign' };
  const mail = mailShape.safeParse(event.data.mail);
  if (!mail.success) return unreadable(problemOf(['mail'], mail.error));
  const origin = originOf(mail.data.tags);
  if (origin.kind === 'foreign') return origin;
  if (origin.kind === 'wrong') return unreadable(origin.reason);
  const shape = happeningShape(type);
  if (!shape) return { kind: 'unknown', type: type.slice(0, TYPE_CHARACTERS_MAX) };
  const read = shape.safeParse(value);
  if (!read.success) return unreadable(problemOf([], read.error));
  const { messageId, destination, source, tags, timestamp } = mail.data;
  return {
    kind: 'event',
    event: {
      mail: {
        messageId,
        campaign: origin.campaign,
        entry: origin.entry,
        recipient: destination[0] ?? '',
        sender: source === null ? null : senderOf(source),
        tags: ownTags(tags),
      },
      atMs: read.data.atMs ?? timestamp,
      happened: read.data.happened,
    },
  };
}

/** SES gives the sender as the call had it: `Name <address>` or the address. */
function senderOf(source: string): string | null {
  const open = source.lastIndexOf('<');
  const bare = open >= 0 && source.trimEnd().endsWith('>') ? source.trimEnd().slice(open + 1, -1) : source;
  const parsed = parseAddress(bare);
  return parsed.kind === 'address' ? parsed.address.normal : null;
}

/** Undefined where it is none: JSON has no such value. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Where in the event, and what is missed there: never what is there instead, since that may be an address, and no names
 * but SES's own, which are the first two.
 */
function problemOf(place: readonly string[], error: z.ZodError): string {
  const [issue] = error.issues;
  const path = [...place, ...(issue?.path ?? []).map(String)].slice(0, 2);
  return `${path.join('.')}: ${issue?.code ?? 'wrong'}`;
}

function unreadable(reason: string): ParsedMessage {
  return { kind: 'unreadable', reason };
}
