import { randomUUID } from 'node:crypto';
import { addressOf, domainOf } from './address.ts';
import type { PlannedEvent } from './event-plan.ts';
import { mergeHeaders } from './rules.ts';
import { type AcceptedMail, tagsOf } from './store.ts';
import { renderSubject } from './template.ts';

/** The account in everything that names one. */
export const ACCOUNT_ID = '000000000000';

const USER_AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36';
const READER_IP = '192.0.2.10';
const MTA = 'a8-50.smtp-out.amazonses.com';

/**
 * An event as SES publishes it ("Contents of event data that Amazon SES publishes to Amazon SNS"). The same event is the
 * same text, however often it is asked for.
 */
export function eventBody(mail: AcceptedMail, planned: PlannedEvent, region: string): string {
  const timestamp = new Date(mail.atMs + planned.afterMs).toISOString();
  return JSON.stringify({
    eventType: planned.kind,
    mail: mailObject(mail, region, planned.kind === 'Rendering Failure'),
    ...details(mail, planned, timestamp),
  });
}

/** What SNS makes of a message for a queue, where raw delivery is off. */
export function snsEnvelope(message: string, region: string, nowMs: number): string {
  const topic = `arn:aws:sns:${region}:${ACCOUNT_ID}:sluice-events`;
  return JSON.stringify({
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topic,
    Subject: 'Amazon SES Email Event Notification',
    Message: message,
    Timestamp: new Date(nowMs).toISOString(),
    SignatureVersion: '1',
    Signature: 'c2FuZGJveA==',
    SigningCertURL: `https://sns.${region}.amazonaws.com/SimpleNotificationService-sandbox.pem`,
    UnsubscribeURL: `https://sns.${region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${topic}:sandbox`,
  });
}

function mailObject(mail: AcceptedMail, region: string, isUnrendered: boolean): object {
  const { call } = mail;
  const subject = isUnrendered
    ? call.template.source.subject
    : renderSubject(call.template, call.defaults, mail.data);
  const own = mergeHeaders(call.headers, mail.headers).map(({ Name, Value }) => ({
    name: Name,
    value: Value,
  }));
  return {
    timestamp: new Date(mail.atMs).toISOString(),
    source: call.from,
    sourceArn: `arn:aws:ses:${region}:${ACCOUNT_ID}:identity/${domainOf(addressOf(call.from))}`,
    sendingAccountId: ACCOUNT_ID,
    messageId: mail.messageId,
    destination: [...mail.to, ...mail.cc, ...mail.bcc],
    headersTruncated: false,
    headers: [
      { name: 'From', value: call.from },
      { name: 'To', value: mail.to.join(', ') },
      { name: 'Subject', value: subject },
      { name: 'MIME-Version', value: '1.0' },
      ...own,
    ],
    commonHeaders: { from: [call.from], to: mail.to, messageId: mail.messageId, subject },
    tags: {
      'ses:source-ip': ['192.0.2.0'],
      'ses:from-domain': [domainOf(addressOf(call.from))],
      'ses:caller-identity': ['sandbox'],
      ...(call.configurationSet === null ? {} : { 'ses:configuration-set': [call.configurationSet] }),
      ...Object.fromEntries(Object.entries(tagsOf(mail)).map(([name, value]) => [name, [value]])),
    },
  };
}

/** The object of the event's own, under SES's name for it. */
function details(mail: AcceptedMail, { kind, afterMs, reason }: PlannedEvent, timestamp: string): object {
  const emailAddress = mail.to[0] ?? '';
  switch (kind) {
    case 'Send':
      return { send: {} };
    case 'Delivery':
      return {
        delivery: {
          timestamp,
          processingTimeMillis: afterMs,
          recipients: mail.to,
          smtpResponse: '250 2.6.0 Message received',
          reportingMTA: MTA,
        },
      };
    case 'DeliveryDelay':
      return {
        deliveryDelay: {
          timestamp,
          delayType: 'TransientCommunicationFailure',
          expirationTime: new Date(mail.atMs + 14 * 60 * 60_000).toISOString(),
          reportingMTA: MTA,
          delayedRecipients: [
            {
              emailAddress,
              status: '4.4.1',
              diagnosticCode: 'smtp; 421 4.4.1 Unable to connect to remote host',
            },
          ],
        },
      };
    case 'Bounce':
      return { bounce: bounceObject(mail, reason, timestamp) };
    case 'Complaint':
      return {
        complaint: {
          complainedRecipients: [{ emailAddress }],
          timestamp,
          feedbackId: feedbackId(mail, 'complaint'),
          complaintSubType: null,
          userAgent: 'Amazon SES Mailbox Simulator',
          complaintFeedbackType: reason,
          arrivalDate: timestamp,
        },
      };
    case 'Reject':
      return { reject: { reason } };
    case 'Open':
      return { open: { ipAddress: READER_IP, timestamp, userAgent: USER_AGENT } };
    case 'Click':
      return {
        click: {
          ipAddress: READER_IP,
          timestamp,
          userAgent: USER_AGENT,
          link: 'https://www.example.com/',
          linkTags: null,
        },
      };
    case 'Rendering Failure':
      return { failure: { errorMessage: reason, templateName: 'inline' } };
  }
}

function bounceObject(mail: AcceptedMail, reason: string, timestamp: string): object {
  const [bounceType, bounceSubType] = reason.split('/');
  const [status, diagnosticCode] =
    bounceType === 'Transient'
      ? ['4.2.2', 'smtp; 452 4.2.2 The mailbox is full']
      : bounceSubType === 'OnAccountSuppressionList'
        ? [
            '5.1.1',
            'Amazon SES did not send the message to this address because it is on the suppression list for your account.',
          ]
        : ['5.1.1', 'smtp; 550 5.1.1 user unknown'];
  return {
    feedbackId: feedbackId(mail, 'bounce'),
    bounceType,
    bounceSubType,
    bouncedRecipients: [{ emailAddress: mail.to[0] ?? '', action: 'failed', status, diagnosticCode }],
    timestamp,
    reportingMTA: `dns; ${MTA}`,
  };
}

/** Of the form of SES's, and always the same for the same mail. */
function feedbackId(mail: AcceptedMail, kind: string): string {
  return `${mail.messageId.slice(0, 16)}-${kind}-${mail.messageId.slice(17)}`;
}
