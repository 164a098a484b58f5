import type { LogEvent } from '../log/event.ts';
import type { FeedbackEvent, Happening } from './event.ts';

/** Diagnostics of servers and names of browsers: what is longer says nothing more. */
const TEXT_CHARACTERS_MAX = 2_000;

/**
 * The log row of an event, without what all mails of its campaign have in common. It says nothing of when or how often
 * it was read, so that a copy of the event has the same event id. The reader's IP address is left out on purpose.
 */
export function feedbackRow({ mail, atMs, happened }: FeedbackEvent): Partial<LogEvent> {
  return {
    event_type: happened.type,
    event_time: atMs,
    recipient: mail.recipient,
    ...(mail.entry ? { seq: mail.entry.seq } : {}),
    ses_message_id: mail.messageId,
    ...particulars(happened, mail.entry?.claim),
  };
}

function particulars(happened: Happening, claim: string | undefined): Partial<LogEvent> {
  switch (happened.type) {
    case 'send':
      return claim === undefined ? {} : { detail: { claim } };
    case 'delivery':
      return present({
        smtp_status: smtpStatus(happened.smtpResponse),
        diagnostic: happened.smtpResponse,
        detail: happened.processingMs === null ? null : { processingMs: happened.processingMs },
      });
    case 'delivery_delay':
      return present({
        reason: happened.delayType,
        smtp_status: happened.status,
        diagnostic: happened.diagnostic,
        detail: happened.expiresAt === null ? null : { expiresAt: happened.expiresAt },
      });
    case 'bounce':
      return present({
        reason: `${happened.bounceType}/${happened.bounceSubType}`,
        smtp_status: happened.status,
        diagnostic: happened.diagnostic,
        mark: happened.feedbackId,
      });
    case 'complaint':
      return present({
        reason: happened.complaintType,
        user_agent: happened.userAgent,
        mark: happened.feedbackId,
      });
    case 'reject':
      return present({ reason: happened.reason });
    case 'rendering_failure':
      return present({
        diagnostic: happened.error,
        detail: happened.template === null ? null : { template: happened.template },
      });
    case 'open':
      return present({ user_agent: happened.userAgent });
    case 'click':
      return present({ url: happened.link, user_agent: happened.userAgent });
    case 'subscription':
      return present({
        reason: happened.source,
        detail: happened.contactList === null ? null : { contactList: happened.contactList },
      });
  }
}

interface Particulars {
  readonly reason?: string | null;
  readonly smtp_status?: string | null;
  readonly diagnostic?: string | null;
  readonly url?: string;
  readonly user_agent?: string | null;
  readonly mark?: string;
  readonly detail?: Readonly<Record<string, unknown>> | null;
}

/** Without what SES did not say. */
function present({ reason, smtp_status, diagnostic, url, user_agent, mark, detail }: Particulars) {
  return {
    ...(reason ? { reason } : {}),
    ...(smtp_status ? { smtp_status } : {}),
    ...(diagnostic ? { diagnostic: cut(diagnostic) } : {}),
    ...(url ? { url } : {}),
    ...(user_agent ? { user_agent: cut(user_agent) } : {}),
    ...(mark ? { mark } : {}),
    ...(detail ? { detail } : {}),
  };
}

/** `2.6.0` of `250 2.6.0 Message received`, or `250` where the server gives no enhanced status (RFC 3463). */
function smtpStatus(response: string | null): string | null {
  const match = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3})\b)?/.exec(response ?? '');
  return match?.[2] ?? match?.[1] ?? null;
}

function cut(text: string): string {
  return text.length <= TEXT_CHARACTERS_MAX ? text : text.slice(0, TEXT_CHARACTERS_MAX);
}
