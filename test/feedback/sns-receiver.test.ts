import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { DeadLetters } from '../../src/feedback/dead-letters.ts';
import { Intake } from '../../src/feedback/intake.ts';
import { ReadingBook } from '../../src/feedback/reading.ts';
import { SnsCertificates } from '../../src/feedback/sns-certificate.ts';
import type { Fetched } from '../../src/feedback/sns-fetch.ts';
import { isSnsHost } from '../../src/feedback/sns-place.ts';
import { SnsReceiver, type SnsReceiverParts } from '../../src/feedback/sns-receiver.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';
import { CERTIFICATE, confirmation, HOST, newSigner, notification, type Signer, TOPIC } from './sns.ts';
import { CAMPAIGN, MINUTE, messageId, Stage } from './stage.ts';

const server = useRedis();
const keys = new Keys('{test}');
const A = `w-1-${MINUTE}`;
let signer: Signer;
let stage: Stage;
let asked: string[];
let pages: Map<string, Fetched | Error>;

beforeAll(async () => {
  signer = await newSigner();
});

beforeEach(async () => {
  stage = new Stage(server.redis, keys, 3);
  await stage.plan();
  await stage.claim(A);
  asked = [];
  pages = new Map([[CERTIFICATE, { status: 200, text: signer.certificate }]]);
});

function receiver(change: Partial<SnsReceiverParts> & { readonly clock?: Clock } = {}): SnsReceiver {
  const { redis } = server;
  const fetch = async (url: URL) => {
    asked.push(url.href);
    const page = pages.get(url.href) ?? { status: url.pathname === '/' ? 200 : 404, text: '' };
    if (page instanceof Error) throw page;
    return page;
  };
  const reading = new ReadingBook(redis, keys);
  const dead = new DeadLetters(redis, keys);
  return new SnsReceiver({
    topics: [TOPIC],
    intake: new Intake({
      book: stage.book,
      reading,
      dead,
      clock: systemClock,
      logger: silentLogger,
      source: 'sns',
    }),
    reading,
    certificates: new SnsCertificates(fetch, change.clock ?? systemClock),
    fetch,
    isHost: (host) => host === HOST,
    logger: silentLogger,
    backlogMax: 100_000,
    ...change,
  });
}

const post = (fields: unknown, to = receiver(), isRaw = false) => to.receive(JSON.stringify(fields), isRaw);
const states = async () => (await stage.ledger.open(stage.ref))?.states;

function event(type: string, position: number, object: object = {}, name = 'eventType'): string {
  return JSON.stringify({
    [name]: type,
    mail: {
      timestamp: '2026-11-27T00:40:02.012Z',
      source: 'news@example.com',
      messageId: messageId(A, position),
      destination: [`P${position}@example.com`],
      tags: {
        sluice_campaign: [CAMPAIGN],
        sluice_claim: [A],
        sluice_entry: [`0-${position}-${position + 1}`],
      },
    },
    ...object,
  });
}

describe('an event that SNS has signed is applied', () => {
  test.each(['1', '2'])('with signature version %s', async (SignatureVersion) => {
    expect(await post(notification(signer, event('Send', 0), { SignatureVersion }))).toEqual({
      kind: 'taken',
    });
    expect(await states()).toEqual([`a${A}`, `c${A}`, `c${A}`]);
  });

  test('with a subject, which is signed too', async () => {
    const answer = await post(notification(signer, event('Send', 0), { Subject: 'Amazon SES 通知' }));
    expect(answer).toEqual({ kind: 'taken' });
  });

  test('as a notification of an identity', async () => {
    const delivery = { delivery: { timestamp: '2026-11-27T00:40:03Z', smtpResponse: '250 ok' } };
    const answer = await post(notification(signer, event('Delivery', 1, delivery, 'notificationType')));
    expect(answer).toEqual({ kind: 'taken' });
    expect((await stage.counters())['delivered']).toBe(1);
  });

  test('once, however often it is posted', async () => {
    const to = receiver();
    const open = event('Open', 0, { open: { timestamp: '2026-11-27T01:00:00Z', userAgent: 'x' } });
    for (let i = 0; i < 3; i += 1)
      expect(await post(notification(signer, open), to)).toEqual({ kind: 'taken' });
    expect((await stage.counters())['opened']).toBe(1);
  });

  test('with a certificate that is fetched once', async () => {
    const to = receiver();
    await Promise.all([0, 1, 2].map((position) => post(notification(signer, event('Send', position)), to)));
    await post(notification(signer, event('Send', 0)), to);
    expect(asked).toEqual([CERTIFICATE]);
    expect(await states()).toBeUndefined();
  });
});

describe('nothing is believed', () => {
  async function refuses(fields: unknown, reason: RegExp, to = receiver()): Promise<void> {
    expect(await post(fields, to)).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) });
    expect(await states()).toEqual([`c${A}`, `c${A}`, `c${A}`]);
    expect(await server.redis.xlen(keys.outbox())).toBe(0);
  }
  const good = () => notification(signer, event('Send', 0));

  test('without a list of topics', async () => {
    await refuses(good(), /no topic is allowed/, receiver({ topics: [] }));
    expect(asked).toEqual([]);
  });

  test('of another topic, and nothing is fetched for it', async () => {
    const TopicArn = 'arn:aws:sns:ap-northeast-1:999999999999:sluice-events';
    await refuses(notification(signer, event('Send', 0), { TopicArn }), /this topic/);
    expect(asked).toEqual([]);
  });

  test('that comes raw, since nobody signs that', async () => {
    expect(await post(good(), receiver(), true)).toMatchObject({ kind: 'refused' });
    expect(asked).toEqual([]);
  });

  test.each([
    ['Message', event('Send', 1)],
    ['MessageId', 'another'],
    ['Timestamp', '2026-11-28T00:00:00.000Z'],
    ['Subject', 'added'],
    ['SignatureVersion', '1'],
    ['Signature', Buffer.alloc(256).toString('base64')],
    ['Signature', Buffer.from('short').toString('base64')],
  ])('whose %s was changed', (field, value) => refuses({ ...good(), [field]: value }, /signature is wrong/));

  test('that is signed by version 1 and says it is 2', async () => {
    const old = notification(signer, event('Send', 0), { SignatureVersion: '1' });
    await refuses({ ...old, SignatureVersion: '2' }, /signature is wrong/);
  });

  test('that another key has signed', async () => {
    await refuses(notification(await newSigner(), event('Send', 0)), /signature is wrong/);
  });

  test('whose subject moved into its message', async () => {
    const honest = notification(signer, 'a', { Subject: 'b\nTimestamp\nc' });
    await refuses({ ...honest, Subject: undefined, Message: 'a\nSubject\nb' }, /signature is wrong/);
  });

  test.each([
    `http://${HOST}/SimpleNotificationService-0123456789abcdef.pem`,
    `https://${HOST}:8443/SimpleNotificationService-0123456789abcdef.pem`,
    `https://${HOST}.example.com/SimpleNotificationService-0123456789abcdef.pem`,
    `https://${HOST}/x/../SimpleNotificationService-0123456789abcdef.pem`,
    'https://example.com/SimpleNotificationService-0123456789abcdef.pem',
  ])('whose certificate is at %s, and it is not fetched', async (SigningCertURL) => {
    await refuses({ ...good(), SigningCertURL }, /SigningCertURL/);
    expect(asked).toEqual([]);
  });

  test('by the trust of these tests where the real rule is in place', async () => {
    await refuses(good(), /SigningCertURL/, receiver({ isHost: isSnsHost }));
    expect(asked).toEqual([]);
  });

  test.each([
    ['is over', { notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2021-01-01') }],
    ['has not begun', { notBeforeDate: new Date('2090-01-01'), notAfterDate: new Date('2091-01-01') }],
  ])('by a certificate whose time %s', async (_what, validity) => {
    const other = await newSigner(validity);
    pages.set(CERTIFICATE, { status: 200, text: other.certificate });
    await refuses(notification(other, event('Send', 0)), /not valid at this time/);
  });

  test('by a certificate that ended after it was kept', async () => {
    const validTo = Date.now() + 3_600_000;
    const other = await newSigner({ notAfterDate: new Date(validTo) });
    pages.set(CERTIFICATE, { status: 200, text: other.certificate });
    let now = Date.now();
    const to = receiver({ clock: { ...systemClock, now: () => now } });
    expect(await post(notification(other, 'no event'), to)).toEqual({ kind: 'taken' });
    now = validTo + 60_000;
    await refuses(notification(other, event('Send', 0)), /not valid at this time/, to);
  });

  test('by a page that is no certificate, which is not asked for again at once', async () => {
    pages.set(CERTIFICATE, { status: 200, text: '<html>' });
    const to = receiver();
    await refuses(good(), /no certificate/, to);
    await refuses(good(), /no certificate/, to);
    expect(asked).toHaveLength(1);
  });

  test('by a certificate that is not there', async () => {
    pages.delete(CERTIFICATE);
    await refuses(good(), /no certificate there/);
  });
});

test.each([
  ['no JSON', 'hello'],
  ['an array', '[]'],
  ['an event of SES without its envelope', event('Send', 0)],
  ['another type', JSON.stringify({ Type: 'Other' })],
])('%s is malformed', async (_what, text) => {
  expect(await receiver().receive(text, false)).toMatchObject({ kind: 'malformed' });
});

test.each([
  'MessageId',
  'TopicArn',
  'Message',
  'Timestamp',
  'SignatureVersion',
  'Signature',
  'SigningCertURL',
])('a message without %s is malformed', async (field) => {
  const { [field]: _left, ...rest } = notification(signer, event('Send', 0));
  expect(await post(rest)).toMatchObject({ kind: 'malformed' });
});

describe('SNS is to come again', () => {
  test('while the certificate can not be had, and then it is taken', async () => {
    const to = receiver();
    pages.set(CERTIFICATE, new Error('timeout'));
    expect(await post(notification(signer, event('Send', 0)), to)).toMatchObject({ kind: 'off' });
    pages.set(CERTIFICATE, { status: 200, text: signer.certificate });
    expect(await post(notification(signer, event('Send', 0)), to)).toEqual({ kind: 'taken' });
  });

  test('while the log has no room', async () => {
    await server.redis.xadd(keys.outbox(), '*', 'b', '{}');
    expect(await post(notification(signer, event('Send', 0)), receiver({ backlogMax: 1 }))).toEqual({
      kind: 'off',
      reason: 'the log is behind',
    });
    expect(await states()).toEqual([`c${A}`, `c${A}`, `c${A}`]);
  });

  test('where Redis failed', async () => {
    await server.redis.set(keys.outbox(), 'no stream');
    expect(await post(notification(signer, event('Send', 0)))).toMatchObject({ kind: 'off' });
  });
});

describe('what SNS has signed and is no event', () => {
  test('is set aside with the reason and taken, so that it holds up nothing', async () => {
    const to = receiver();
    for (const message of ['hello', event('Hologram', 0), JSON.stringify({ eventType: 'Send', mail: {} })])
      expect(await post(notification(signer, message), to)).toEqual({ kind: 'taken' });
    const letters = await new DeadLetters(server.redis, keys).list(10);
    expect(letters.map(({ source, reason }) => [source, reason])).toEqual([
      ['sns', 'mail.timestamp: invalid_type'],
      ['sns', 'unknown type: Hologram'],
      ['sns', 'it is not JSON'],
    ]);
    expect(await states()).toEqual([`c${A}`, `c${A}`, `c${A}`]);
  });
});

describe('a subscription', () => {
  test('to an allowed topic is confirmed', async () => {
    expect(await post(confirmation(signer))).toEqual({ kind: 'taken' });
    expect(asked).toEqual([CERTIFICATE, expect.stringContaining('/?Action=ConfirmSubscription&')]);
  });

  test('to a foreign topic is not, and nothing is fetched', async () => {
    const TopicArn = 'arn:aws:sns:us-east-1:999999999999:theirs';
    expect(await post(confirmation(signer, { TopicArn }))).toMatchObject({ kind: 'refused' });
    expect(asked).toEqual([]);
  });

  test.each([
    ['at another host', `https://example.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=x`],
    ['for another topic', `https://${HOST}/?Action=ConfirmSubscription&TopicArn=${TOPIC}2&Token=x`],
    ['that deletes the topic', `https://${HOST}/?Action=DeleteTopic&TopicArn=${TOPIC}&Token=x`],
  ])('is not confirmed %s', async (_what, SubscribeURL) => {
    const answer = await post(confirmation(signer, { SubscribeURL, Token: 'x' }));
    expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining('SubscribeURL') });
    expect(asked).toEqual([CERTIFICATE]);
  });

  test('whose URL was changed after it was signed is not confirmed', async () => {
    const changed = { ...confirmation(signer), SubscribeURL: `https://${HOST}/?Action=ConfirmSubscription` };
    expect(await post(changed)).toMatchObject({ kind: 'refused', reason: 'the signature is wrong' });
    expect(asked).toEqual([CERTIFICATE]);
  });

  test('that can not be confirmed now is asked for again', async () => {
    const message = confirmation(signer);
    pages.set(String(message['SubscribeURL']), { status: 500, text: '' });
    expect(await post(message)).toMatchObject({ kind: 'off' });
  });

  test('that ended is noted, and not renewed', async () => {
    const ended = confirmation(signer, { Type: 'UnsubscribeConfirmation' });
    expect(await post(ended)).toEqual({ kind: 'taken' });
    expect(asked).toEqual([CERTIFICATE]);
  });
});
