const HEADERS = [
  ['From', 'Example News <news@example.com>'],
  ['Subject', 'Autumn letter'],
  ['MIME-Version', '1.0'],
  ['Content-Type', 'multipart/alternative;  boundary="----=_Part_3_1"'],
  [
    'List-Unsubscribe',
    '<https://mail.example.com/u/AAABbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb>',
  ],
  ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
].map(([name, value]) => ({ name, value }));

/** What becomes of so many mails in a hundred; each of them has a Send event as well. */
const FATES: readonly (readonly [number, readonly string[]])[] = [
  [2, ['Bounce']],
  [1, ['SoftBounce']],
  [20, ['Delivery', 'Open']],
  [3, ['Delivery', 'Open', 'Click']],
  [74, ['Delivery']],
];

/** SES's events about a mail, each as SNS puts it into a queue: two to three kilobytes, as they really are. */
export function eventBodies(campaign: string, mail: number): string[] {
  const to = `user${mail}@example${mail % 97}.com`;
  const timestamp = new Date().toISOString();
  const entry = `${Math.floor(mail / 50)}-${mail % 50}-${mail + 1}`;
  const about = {
    timestamp,
    source: 'Example News <news@example.com>',
    sourceArn: 'arn:aws:ses:ap-northeast-1:123456789012:identity/example.com',
    sendingAccountId: '123456789012',
    messageId: `0100019abcdef012-${mail.toString(16).padStart(8, '0')}-6f2b-4c1d-9e8f-0123456789ab-000000`,
    destination: [to],
    headersTruncated: false,
    headers: [...HEADERS, { name: 'To', value: to }],
    commonHeaders: { from: ['Example News <news@example.com>'], to: [to], subject: 'Autumn letter' },
    tags: {
      'ses:operation': ['SendBulkEmail'],
      'ses:configuration-set': ['news'],
      'ses:source-ip': ['192.0.2.1'],
      'ses:from-domain': ['example.com'],
      'ses:caller-identity': ['sluice'],
      sluice_campaign: [campaign],
      sluice_claim: ['bench-1-abc'],
      sluice_entry: [entry],
      team: ['crm'],
    },
  };
  const lot = mail % 100;
  let upTo = 0;
  const [, happens] = FATES.find(([share]) => lot < (upTo += share)) ?? [0, []];
  return ['Send', ...happens].map((type) =>
    envelope(JSON.stringify({ ...partOf(type, to, timestamp), mail: about })),
  );
}

function partOf(type: string, to: string, timestamp: string): object {
  switch (type) {
    case 'Delivery':
      return {
        eventType: type,
        delivery: {
          timestamp,
          processingTimeMillis: 546,
          recipients: [to],
          smtpResponse: '250 2.6.0 Message received',
          reportingMTA: 'mta.example.com',
        },
      };
    case 'Bounce':
    case 'SoftBounce': {
      const isHard = type === 'Bounce';
      return {
        eventType: 'Bounce',
        bounce: {
          timestamp,
          bounceType: isHard ? 'Permanent' : 'Transient',
          bounceSubType: isHard ? 'General' : 'MailboxFull',
          feedbackId: '0100019abcdef013-0f0f',
          bouncedRecipients: [
            {
              emailAddress: to,
              action: 'failed',
              status: '5.1.1',
              diagnosticCode: 'smtp; 550 5.1.1 user unknown',
            },
          ],
          reportingMTA: 'dsn; mta.example.com',
        },
      };
    }
    case 'Open':
      return { eventType: type, open: { timestamp, userAgent: 'Mozilla/5.0', ipAddress: '192.0.2.2' } };
    case 'Click':
      return {
        eventType: type,
        click: {
          timestamp,
          userAgent: 'Mozilla/5.0',
          ipAddress: '192.0.2.2',
          link: 'https://shop.example.com/autumn?utm=letter',
          linkTags: null,
        },
      };
    default:
      return { eventType: type, send: {} };
  }
}

function envelope(message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
    TopicArn: 'arn:aws:sns:ap-northeast-1:123456789012:sluice-events',
    Subject: 'Amazon SES Email Event Notification',
    Message: message,
    Timestamp: '2026-11-29T00:00:00.000Z',
    SignatureVersion: '1',
    Signature:
      'EXAMPLEpH+DcEwjAPg8O9mY8dReBSwksfg2S7WKQcikcNKWLQjwu6A4VbeS0QHVCkhRS7fUQvi2egU3N858fiTDN6bkkOxYDVrY0Ad8L10Hs3zH81mtnPk5uvvolIC1CXGu43obcgFxeL3khZl8IKvO61GWB6jI9b5+gLPoBc1Q=',
    SigningCertURL:
      'https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0000000000000000000000.pem',
    UnsubscribeURL: 'https://sns.ap-northeast-1.amazonaws.com/?Action=Unsubscribe',
  });
}
