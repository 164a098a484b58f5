import { createHash } from 'node:crypto';
import type { EventType, LogEvent } from './event.ts';

/** What an event's id is made of. */
type Identity = Pick<LogEvent, 'event_type' | 'event_time'> & {
  readonly [Name in keyof LogEvent]?: LogEvent[Name] | undefined;
};

/**
 * The id of an event, made from what it says and from nothing else, so that the same event has the same id
 * whoever writes it and however often.
 *
 * ```
 * spring/12/accepted/id=0100018f-…        campaign, position in the audience, type, SES's message id
 * spring/12/skipped/reason=bounced
 * spring/12/in_doubt/mark=3               the mark: a claim's number, SES's feedback id
 * spring/12/click/id=0100018f-…/url=#5f…/at=2026-11-27T00:00:00.000Z
 * spring/campaign_paused/at=2026-11-27T00:00:00.000Z
 * spring/to=a@example.jp/accepted/test/id=0100018f-…
 * ~/to=a@example.jp/from=news@example.jp/unsubscribe/at=2026-11-27T00:00:00.000Z
 * ```
 *
 * In order: the campaign (`~`: none), the position, or the recipient and sender where there is no position, the
 * type, `test`, then each that the event has of message id, reason, mark, and url (clicks only).
 *
 * The time is part of the id only where one thing can happen to one recipient more than once and somebody else's
 * clock says when (an open, a click, an unsubscribe, a change of the campaign). For the others it is not: a
 * settled batch that is settled again by another worker is the same event, seen a moment later. The time of
 * logging, details, diagnostics and tags are never part of it.
 *
 * Two different sets of these parts never share an id: `/`, `=`, `~`, `#`, `%`, blanks and control characters
 * in a value are written as `%XX`, so a separator is always a separator; long values are replaced by their hash.
 */
export function eventId(event: Identity): string {
  let id = event.campaign_id === undefined ? '~' : part(event.campaign_id);
  if (event.seq !== undefined) id += `/${event.seq}`;
  if (event.seq === undefined || event.campaign_id === undefined) {
    if (event.recipient !== undefined) id += `/to=${part(event.recipient)}`;
    if (event.sender !== undefined) id += `/from=${part(event.sender)}`;
  }
  id += `/${event.event_type}`;
  if (event.test) id += '/test';
  if (event.ses_message_id !== undefined) id += `/id=${part(event.ses_message_id)}`;
  if (event.reason !== undefined) id += `/reason=${part(event.reason)}`;
  if (event.mark !== undefined) id += `/mark=${part(event.mark)}`;
  if (event.url !== undefined && event.event_type === 'click') id += `/url=${part(event.url)}`;
  if (canHappenAgain(event.event_type)) id += `/at=${new Date(event.event_time).toISOString()}`;
  return id;
}

function canHappenAgain(type: EventType): boolean {
  switch (type) {
    case 'delivery_delay':
    case 'open':
    case 'click':
    case 'subscription':
    case 'unsubscribe':
    case 'resubscribe':
    case 'project_set':
    case 'guard_set':
    case 'profile_set':
    case 'profile_removed':
    case 'domain_added':
    case 'domain_removed':
    case 'domain_moved':
    case 'person_forgotten':
      return true;
    default:
      return type.startsWith('campaign_');
  }
}

/** An address may have 320 characters; what is longer (a link, a diagnostic as the reason) need not be read here. */
const PART_CHARACTERS_MAX = 320;

function part(text: string): string {
  // Nearly every value is plain, and the test is far cheaper than the replacement.
  if (/^[\w@.+:-]{0,320}$/.test(text)) return text;
  if (text.length > PART_CHARACTERS_MAX)
    return `#${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  return text.replaceAll(/[\p{Cc} /=~#%]/gu, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
