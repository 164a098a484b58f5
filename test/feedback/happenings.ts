import type { Happening } from '../../src/feedback/event.ts';

const status = { status: '5.1.1', diagnostic: 'smtp; 550 5.1.1 user unknown' };

export const SEND: Happening = { type: 'send' };
export const DELIVERY: Happening = {
  type: 'delivery',
  smtpResponse: '250 2.6.0 Message received',
  processingMs: 546,
};
export const DELAY: Happening = {
  type: 'delivery_delay',
  delayType: 'MailboxFull',
  expiresAt: '2026-11-28T00:00:00.000Z',
  ...status,
};
export const hardBounce = (bounceSubType: string): Happening => ({
  type: 'bounce',
  isHard: true,
  bounceType: 'Permanent',
  bounceSubType,
  feedbackId: 'f-hard',
  ...status,
});
export const HARD_BOUNCE: Happening = hardBounce('General');
export const softBounce = (bounceSubType: string): Happening => ({
  type: 'bounce',
  isHard: false,
  bounceType: 'Transient',
  bounceSubType,
  feedbackId: 'f-soft',
  ...status,
});
export const SOFT_BOUNCE: Happening = softBounce('MailboxFull');
export const complaint = (complaintType: string): Happening => ({
  type: 'complaint',
  feedbackId: 'f-complaint',
  complaintType,
  userAgent: null,
});
export const COMPLAINT: Happening = complaint('abuse');
export const REJECT: Happening = { type: 'reject', reason: 'Bad content' };
export const RENDERING_FAILURE: Happening = {
  type: 'rendering_failure',
  error: "Attribute 's0' is not present",
  template: null,
};
export const OPEN: Happening = { type: 'open', userAgent: 'Mail/1.0' };
export const CLICK: Happening = { type: 'click', link: 'https://example.com/?a=1', userAgent: 'Mail/1.0' };
const SUBSCRIPTION: Happening = {
  type: 'subscription',
  source: 'UnsubscribeHeader',
  contactList: 'news',
};

export const ALL: readonly Happening[] = [
  SEND,
  DELIVERY,
  DELAY,
  HARD_BOUNCE,
  SOFT_BOUNCE,
  COMPLAINT,
  REJECT,
  RENDERING_FAILURE,
  OPEN,
  CLICK,
  SUBSCRIPTION,
];
