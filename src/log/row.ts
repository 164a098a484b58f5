import { domainToASCII } from 'node:url';
import { Fault } from '../core/fault.ts';
import type { EventBlock, EventType, LogEvent, LogRow } from './event.ts';
import { eventId } from './event-id.ts';

/**
 * The rows that a block stands for, complete: what is common, the domain, the id, and the times as text.
 *
 * @param loggedAt milliseconds since 1970
 * @throws Fault LOG_EVENT when an event has no type or no time
 */
export function logRows(block: EventBlock, loggedAt: number): LogRow[] {
  const logged = isoTime(loggedAt);
  const { common } = block;
  // Rows of a block nearly always have one time, and there are fifty of them.
  let time = 0;
  let timeText = '';
  return block.events.map((said, index) => {
    const event_type = said.event_type ?? common.event_type;
    const event_time = said.event_time ?? common.event_time;
    if (event_type === undefined || event_time === undefined) {
      throw new Fault(
        'LOG_EVENT',
        `events[${index}] has no ${event_type === undefined ? 'event_type' : 'event_time'}`,
      );
    }
    if (timeText === '' || event_time !== time) {
      time = event_time;
      timeText = isoTime(time);
    }
    return row(common, said, event_type, event_time, timeText, logged);
  });
}

/** Field by field: copies of fifty events would cost more than the rows. */
function row(
  common: Partial<LogEvent>,
  said: Partial<LogEvent>,
  event_type: EventType,
  event_time: number,
  time: string,
  logged: string,
): LogRow {
  const recipient = said.recipient ?? common.recipient;
  const campaign_id = said.campaign_id ?? common.campaign_id;
  const sender = said.sender ?? common.sender;
  const seq = said.seq ?? common.seq;
  const ses_message_id = said.ses_message_id ?? common.ses_message_id;
  const reason = said.reason ?? common.reason;
  const url = said.url ?? common.url;
  const test = said.test ?? common.test;
  const mark = said.mark ?? common.mark;
  return {
    event_id: eventId({
      event_type,
      event_time,
      campaign_id,
      recipient,
      sender,
      seq,
      ses_message_id,
      reason,
      url,
      test,
      mark,
    }),
    event_type,
    event_time: time,
    logged_at: logged,
    project: said.project ?? common.project ?? null,
    campaign_id: campaign_id ?? null,
    recipient: recipient ?? null,
    recipient_domain: recipient === undefined ? null : domainOf(recipient),
    sender: sender ?? null,
    seq: seq ?? null,
    ses_message_id: ses_message_id ?? null,
    reason: reason ?? null,
    smtp_status: said.smtp_status ?? common.smtp_status ?? null,
    diagnostic: said.diagnostic ?? common.diagnostic ?? null,
    url: url ?? null,
    user_agent: said.user_agent ?? common.user_agent ?? null,
    override: said.override ?? common.override ?? false,
    test: test ?? false,
    tags: said.tags ?? common.tags ?? null,
    detail: said.detail ?? common.detail ?? null,
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * In lower case and punycode; null where there is none. Of any text, also one that is no address: rows say why it is
 * not, and SES's events have forms that an audience may not have (quoted local parts).
 */
function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  if (at < 0) return null;
  const domain = address
    .slice(at + 1)
    .trim()
    .toLowerCase();
  // The check spares nearly every address the way through the URL parser, which would also read 1.2.3 as an IP.
  if (/^[a-z0-9._-]*$/.test(domain)) return domain || null;
  return domainToASCII(domain) || null;
}
