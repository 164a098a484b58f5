import { readerOf } from './simulator.ts';
import type { AcceptedMail } from './store.ts';

/** What happens to a mail, in SES's names of event types. */
export type EventKind =
  | 'Send'
  | 'Delivery'
  | 'DeliveryDelay'
  | 'Bounce'
  | 'Complaint'
  | 'Reject'
  | 'Open'
  | 'Click'
  | 'Rendering Failure';

/** Something that will happen to a mail. */
export interface PlannedEvent {
  readonly kind: EventKind;
  /** After SES has accepted the mail. */
  readonly afterMs: number;
  /** Bounces: the type and subtype, such as `Permanent/General`. Rendering failures: the error. */
  readonly reason: string;
}

/** What people do who play no part, as shares from 0 to 1. All of them are 0 where nobody says otherwise. */
export interface Engagement {
  readonly opens?: number;
  readonly clicks?: number;
  /** Hard bounces. */
  readonly bounces?: number;
  readonly complaints?: number;
}

/** Quick enough that nobody has to wait for it, and in the order in which things happen. */
const AFTER_MS = { delay: 50, delivery: 100, bounce: 150, complaint: 300, open: 400, click: 500 };

/** The events that a mail leads to, each once. */
export function planEvents(
  mail: AcceptedMail,
  renderingError: string | null,
  engagement: Engagement,
  random: () => number,
): PlannedEvent[] {
  if (renderingError !== null) return [event('Rendering Failure', 0, renderingError)];
  // A mail that is not going to be sent has no Send event.
  if (mail.outcome === 'virus') return [event('Reject', 0, 'Bad content')];
  return [event('Send', 0), ...fate(mail, engagement, random)];
}

function fate(mail: AcceptedMail, engagement: Engagement, random: () => number): PlannedEvent[] {
  const happens = (share: number | undefined) => share !== undefined && random() < share;
  switch (mail.outcome) {
    case 'bounce':
      return [bounce('Permanent/General')];
    case 'soft bounce':
      return [bounce('Transient/MailboxFull')];
    case 'suppressed':
      return [bounce('Permanent/OnAccountSuppressionList')];
    case 'complaint':
      return [...delivered(mail, engagement, random), event('Complaint', AFTER_MS.complaint, 'abuse')];
    case 'delay':
      return [event('DeliveryDelay', AFTER_MS.delay), ...delivered(mail, engagement, random)];
    case 'delivery': {
      const isPart = readerOf(mail.to[0] ?? '') !== null;
      if (!isPart && happens(engagement.bounces)) return [bounce('Permanent/General')];
      const complains = !isPart && happens(engagement.complaints);
      return [
        ...delivered(mail, engagement, random),
        ...(complains ? [event('Complaint', AFTER_MS.complaint, 'abuse')] : []),
      ];
    }
    case 'automatic reply':
      return delivered(mail, engagement, random);
    case 'virus':
      return [];
  }
}

function delivered(mail: AcceptedMail, engagement: Engagement, random: () => number): PlannedEvent[] {
  const { tracking } = mail.call;
  const played = readerOf(mail.to[0] ?? '');
  const clicks = played ? played.clicks : random() < (engagement.clicks ?? 0);
  const opens = played ? played.opens : clicks || random() < (engagement.opens ?? 0);
  return [
    event('Delivery', AFTER_MS.delivery),
    ...(opens && tracking.opens !== 'DISABLED' ? [event('Open', AFTER_MS.open)] : []),
    ...(clicks && tracking.clicks !== 'DISABLED' ? [event('Click', AFTER_MS.click)] : []),
  ];
}

function bounce(reason: string): PlannedEvent {
  return event('Bounce', AFTER_MS.bounce, reason);
}

function event(kind: EventKind, afterMs: number, reason = ''): PlannedEvent {
  return { kind, afterMs, reason };
}
