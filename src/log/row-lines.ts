import { jsonText } from '../core/json-text.ts';
import type { LogRow } from './event.ts';

/**
 * Rows as lines of NDJSON, the same as `JSON.stringify` gives. Rows that follow each other are alike but for recipient,
 * position and ids, so what stands between those is written once for all of them.
 */
export class RowLines {
  #last: LogRow | null = null;
  /** From event_type to campaign_id, with the comma before and the name of what comes next behind. */
  #head = '';
  #sender = '';
  #tail = '';

  line(row: LogRow): string {
    if (this.#last === null || !isAlike(this.#last, row)) this.#write(row);
    this.#last = row;
    return (
      `{"event_id":${quoted(row.event_id)}${this.#head}${quoted(row.recipient)},"recipient_domain":${quoted(row.recipient_domain)}` +
      `${this.#sender}${row.seq},"ses_message_id":${quoted(row.ses_message_id)}${this.#tail}\n`
    );
  }

  #write(row: LogRow): void {
    const { event_type, event_time, logged_at, project, campaign_id, sender } = row;
    const { reason, smtp_status, diagnostic, url, user_agent, override, test, tags, detail } = row;
    const head = JSON.stringify({ event_type, event_time, logged_at, project, campaign_id });
    const tail = { reason, smtp_status, diagnostic, url, user_agent, override, test, tags, detail };
    this.#head = `,${head.slice(1, -1)},"recipient":`;
    this.#sender = `,"sender":${JSON.stringify(sender)},"seq":`;
    this.#tail = `,${JSON.stringify(tail).slice(1)}`;
  }
}

/** Whether they differ in nothing but recipient, position and ids. Tags and details of one block are one object. */
function isAlike(a: LogRow, b: LogRow): boolean {
  return (
    a.event_type === b.event_type &&
    a.event_time === b.event_time &&
    a.logged_at === b.logged_at &&
    a.project === b.project &&
    a.campaign_id === b.campaign_id &&
    a.sender === b.sender &&
    a.reason === b.reason &&
    a.smtp_status === b.smtp_status &&
    a.diagnostic === b.diagnostic &&
    a.url === b.url &&
    a.user_agent === b.user_agent &&
    a.override === b.override &&
    a.test === b.test &&
    a.tags === b.tags &&
    a.detail === b.detail
  );
}

function quoted(text: string | null): string {
  return text === null ? 'null' : jsonText(text);
}
