import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ParsedMessage, parseMessage } from '../../src/feedback/parse.ts';

/* Events in the form of "Examples of event data that Amazon SES publishes to Amazon SNS", with what we put into mails. */

const TAGS = {
  'ses:configuration-set': ['main'],
  'ses:from-domain': ['example.co.jp'],
  sluice_campaign: ['2026-11-early-access'],
  sluice_claim: ['0af3b2c1d4e5-1k-hn3q7'],
  sluice_entry: ['12-7-608'],
  team: ['crm'],
};

const MAIL = {
  timestamp: '2026-11-27T00:40:02.012Z',
  source: 'Example ニュース <News@Example.co.jp>',
  sourceArn: 'arn:aws:ses:ap-northeast-1:123456789012:identity/example.co.jp',
  sendingAccountId: '123456789012',
  messageId: '0106019a-7c191be4-02f9-4d12-a87d-dd0099a07f8a-000000',
  destination: ['Anna@example.com'],
  headersTruncated: false,
  headers: [{ name: 'From', value: 'Example <news@example.co.jp>' }],
  commonHeaders: { from: ['Example <news@example.co.jp>'], to: ['Anna@example.com'], subject: 'S' },
  tags: TAGS,
};

const RECIPIENT = {
  emailAddress: 'Anna@example.com',
  action: 'failed',
  status: '5.1.1',
  diagnosticCode: 'smtp; 550 5.1.1 user unknown',
};

const status = { status: '5.1.1', diagnostic: 'smtp; 550 5.1.1 user unknown' };

const EXAMPLES: readonly [type: string, object: Record<string, unknown>, happened: object, at: string][] = [
  ['Send', { send: {} }, { type: 'send' }, '2026-11-27T00:40:02.012Z'],
  [
    'Delivery',
    {
      delivery: {
        timestamp: '2026-11-27T00:41:03.814Z',
        processingTimeMillis: 11_893,
        recipients: ['Anna@example.com'],
        smtpResponse: '250 2.6.0 Message received',
        remoteMtaIp: '192.0.2.7',
        reportingMTA: 'mta.example.com',
      },
    },
    { type: 'delivery', smtpResponse: '250 2.6.0 Message received', processingMs: 11_893 },
    '2026-11-27T00:41:03.814Z',
  ],
  [
    'Bounce',
    {
      bounce: {
        bounceType: 'Permanent',
        bounceSubType: 'General',
        bouncedRecipients: [RECIPIENT],
        timestamp: '2026-11-27T00:41:02.669Z',
        feedbackId: '0106019a-61b59c11-9236-11e6-8f96-000000',
        reportingMTA: 'dsn; mta.example.com',
      },
    },
    {
      type: 'bounce',
      isHard: true,
      bounceType: 'Permanent',
      bounceSubType: 'General',
      feedbackId: '0106019a-61b59c11-9236-11e6-8f96-000000',
      ...status,
    },
    '2026-11-27T00:41:02.669Z',
  ],
  [
    'Complaint',
    {
      complaint: {
        complainedRecipients: [{ emailAddress: 'Anna@example.com' }],
        timestamp: '2026-11-28T00:41:02.669Z',
        feedbackId: '0106019a-c',
        complaintSubType: null,
        userAgent: 'Yahoo!-Mail-Feedback/2.0',
        complaintFeedbackType: 'abuse',
        arrivalDate: '2026-11-28T00:41:02.669Z',
      },
    },
    {
      type: 'complaint',
      feedbackId: '0106019a-c',
      complaintType: 'abuse',
      userAgent: 'Yahoo!-Mail-Feedback/2.0',
    },
    '2026-11-28T00:41:02.669Z',
  ],
  [
    'DeliveryDelay',
    {
      deliveryDelay: {
        timestamp: '2026-11-27T01:25:40.095Z',
        delayType: 'TransientCommunicationFailure',
        expirationTime: '2026-11-27T14:25:40.914Z',
        delayedRecipients: [RECIPIENT],
      },
    },
    {
      type: 'delivery_delay',
      delayType: 'TransientCommunicationFailure',
      expiresAt: '2026-11-27T14:25:40.914Z',
      ...status,
    },
    '2026-11-27T01:25:40.095Z',
  ],
  [
    'Reject',
    { reject: { reason: 'Bad content' } },
    { type: 'reject', reason: 'Bad content' },
    '2026-11-27T00:40:02.012Z',
  ],
  [
    'Rendering Failure',
    { failure: { errorMessage: "Attribute 's0' is not present in the rendering data.", templateName: 'T' } },
    {
      type: 'rendering_failure',
      error: "Attribute 's0' is not present in the rendering data.",
      template: 'T',
    },
    '2026-11-27T00:40:02.012Z',
  ],
  [
    'Open',
    {
      open: { ipAddress: '192.0.2.1', timestamp: '2026-11-27T09:00:19.652+09:00', userAgent: 'Mozilla/5.0' },
    },
    { type: 'open', userAgent: 'Mozilla/5.0' },
    '2026-11-27T00:00:19.652Z',
  ],
  [
    'Click',
    {
      click: {
        ipAddress: '192.0.2.1',
        link: 'https://www.example.com/?a=1#b',
        linkTags: { samplekey0: ['samplevalue0'] },
        timestamp: '2026-11-27T00:51:25.570Z',
        userAgent: 'Mozilla/5.0',
      },
    },
    { type: 'click', link: 'https://www.example.com/?a=1#b', userAgent: 'Mozilla/5.0' },
    '2026-11-27T00:51:25.570Z',
  ],
  [
    'Subscription',
    {
      subscription: {
        contactList: 'News',
        timestamp: '2026-11-27T01:00:14.340Z',
        source: 'UnsubscribeHeader',
        newTopicPreferences: { unsubscribeAll: true },
        oldTopicPreferences: { unsubscribeAll: false },
      },
    },
    { type: 'subscription', contactList: 'News', source: 'UnsubscribeHeader' },
    '2026-11-27T01:00:14.340Z',
  ],
];

const eventOf = (type: string, object: object, mail: object = MAIL) => ({ eventType: type, mail, ...object });
const inEnvelope = (message: string, type = 'Notification') =>
  JSON.stringify({ Type: type, MessageId: 'm', TopicArn: 'arn', Message: message, Timestamp: 't' });

describe.each(EXAMPLES)('%s', (type, object, happened, at) => {
  const expected: ParsedMessage = expect.objectContaining({ kind: 'event' });
  const raw = JSON.stringify(eventOf(type, object));

  test('is read with its mail, its entry and its time', () => {
    expect(parseMessage(raw)).toEqual(expected);
    expect(parseMessage(raw)).toMatchObject({
      event: {
        mail: {
          messageId: MAIL.messageId,
          campaign: '2026-11-early-access',
          entry: { claim: '0af3b2c1d4e5-1k-hn3q7', batch: 12, position: 7, seq: 608 },
          recipient: 'Anna@example.com',
          sender: 'news@example.co.jp',
          tags: { team: 'crm' },
        },
        atMs: Date.parse(at),
        happened,
      },
    });
  });

  test("is the same in SNS's envelope, and as a notification of an identity", () => {
    const { eventType, ...rest } = eventOf(type, object);
    expect(parseMessage(inEnvelope(raw))).toEqual(parseMessage(raw));
    expect(parseMessage(JSON.stringify({ notificationType: eventType, ...rest }))).toEqual(parseMessage(raw));
  });

  test('without its object is not read, and the reason says where', () => {
    if (type === 'Send') return;
    const [name = ''] = Object.keys(object);
    expect(parseMessage(JSON.stringify(eventOf(type, {})))).toEqual({
      kind: 'unreadable',
      reason: `${name}: invalid_type`,
    });
  });
});

test('only a permanent bounce is hard', () => {
  const bounce = (bounceType: string) => {
    const object = EXAMPLES.find(([type]) => type === 'Bounce')?.[1]['bounce'];
    const changed = { bounce: { ...Object(object), bounceType, bounceSubType: 'MailboxFull' } };
    return parseMessage(JSON.stringify(eventOf('Bounce', changed)));
  };
  for (const type of ['Transient', 'Undetermined'])
    expect(bounce(type)).toMatchObject({ event: { happened: { isHard: false, bounceType: type } } });
});

test('what SES leaves out is null', () => {
  const bare = eventOf('Bounce', {
    bounce: {
      bounceType: 'Undetermined',
      bounceSubType: 'Undetermined',
      bouncedRecipients: [{ emailAddress: 'Anna@example.com' }],
      timestamp: '2026-11-27T00:41:02Z',
      feedbackId: 'f',
    },
  });
  expect(parseMessage(JSON.stringify(bare))).toMatchObject({
    event: { happened: { status: null, diagnostic: null } },
  });
});

test('a test send is in no batch', () => {
  const tags = {
    sluice_campaign: ['c'],
    sluice_test: ['1'],
    sluice_claim: ['test-1'],
    sluice_entry: ['0-0-1'],
  };
  const parsed = parseMessage(JSON.stringify(eventOf('Send', { send: {} }, { ...MAIL, tags })));
  expect(parsed).toMatchObject({ kind: 'event', event: { mail: { campaign: 'c', entry: null, tags: {} } } });
});

test.each([
  ["somebody else's mail", JSON.stringify(eventOf('Send', { send: {} }, { ...MAIL, tags: { team: ['x'] } }))],
  ['a mail without tags', JSON.stringify(eventOf('Bounce', { bounce: {} }, { ...MAIL, tags: undefined }))],
  ['the greeting of SES', 'Successfully validated SNS topic for Amazon SES event publishing.'],
  [
    'the same in an envelope',
    inEnvelope('Successfully validated SNS topic for Amazon SES event publishing.'),
  ],
  [
    'the greeting of an identity',
    inEnvelope('{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have subscribed"}'),
  ],
  ['a question of SNS', inEnvelope('You have chosen to subscribe', 'SubscriptionConfirmation')],
])('%s is nothing of ours', (_name, body) => {
  expect(parseMessage(body)).toEqual({ kind: 'foreign' });
});

test.each([
  ['text', 'hello', 'it is not JSON'],
  ['nothing', '', 'it is not JSON'],
  ['an envelope with text', inEnvelope('hello anna@example.com'), 'it is not JSON'],
  ['another JSON', '{"Records":[]}', 'it has no eventType and no notificationType'],
  ['a list', '[]', 'it has no eventType and no notificationType'],
  ['an event without a mail', '{"eventType":"Send"}', 'mail: invalid_type'],
  [
    'a mail without recipients',
    JSON.stringify(eventOf('Send', {}, { ...MAIL, destination: [] })),
    'mail.destination: too_small',
  ],
  [
    'a time that is none',
    JSON.stringify(eventOf('Open', { open: { timestamp: 'yesterday' } })),
    'open.timestamp: invalid_format',
  ],
  [
    'a mail of ours without an entry',
    JSON.stringify(eventOf('Send', {}, { ...MAIL, tags: { ...TAGS, sluice_entry: undefined } })),
    'there is no tag sluice_entry, or it is no entry',
  ],
  [
    'an entry beyond a batch',
    JSON.stringify(eventOf('Send', {}, { ...MAIL, tags: { ...TAGS, sluice_entry: ['1-50-3'] } })),
    'there is no tag sluice_entry, or it is no entry',
  ],
  [
    'a claim that is none',
    JSON.stringify(eventOf('Send', {}, { ...MAIL, tags: { ...TAGS, sluice_claim: ['a,b'] } })),
    'there is no tag sluice_claim, or it is no claim',
  ],
  [
    'a campaign that is none',
    JSON.stringify(eventOf('Send', {}, { ...MAIL, tags: { ...TAGS, sluice_campaign: ['a:b'] } })),
    'the tag sluice_campaign is no campaign id',
  ],
])('%s is not to be read, and the reason quotes nothing', (_name, body, reason) => {
  expect(parseMessage(body)).toEqual({ kind: 'unreadable', reason });
});

test('an event of a type that SES adds later is known to be one', () => {
  expect(parseMessage(JSON.stringify(eventOf('Hologram', { hologram: {} })))).toEqual({
    kind: 'unknown',
    type: 'Hologram',
  });
  expect(parseMessage(JSON.stringify(eventOf('constructor', {})))).toEqual({
    kind: 'unknown',
    type: 'constructor',
  });
});

test('whatever a message holds, it is read as something', () => {
  const place = fc.constantFrom(
    'eventType',
    'mail',
    'tags',
    'timestamp',
    'destination',
    'bounce',
    'Message',
    'Type',
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.tuple(place, fc.jsonValue())), (given) => {
      const body =
        typeof given === 'string'
          ? given
          : JSON.stringify({ ...eventOf('Bounce', { bounce: {} }), [given[0]]: given[1] });
      expect(['event', 'foreign', 'unknown', 'unreadable']).toContain(parseMessage(body).kind);
      expect(['event', 'foreign', 'unknown', 'unreadable']).toContain(parseMessage(inEnvelope(body)).kind);
    }),
    { numRuns: 500 },
  );
});
