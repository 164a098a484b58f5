import {
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { EventOptions } from '../../src/sandbox/event-feed.ts';
import { eventually } from '../support/eventually.ts';
import { useSandbox } from './client.ts';

const open = useSandbox();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const Envelope = z.object({ Type: z.literal('Notification'), Message: z.string() });
const Event = z.looseObject({
  eventType: z.string(),
  mail: z.looseObject({
    messageId: z.string(),
    destination: z.array(z.string()),
    tags: z.record(z.string(), z.array(z.string())),
  }),
});
type Event = z.infer<typeof Event>;

/** A sandbox, and a way to read its events until so many have come. */
async function openWithEvents(events: EventOptions = {}) {
  const opened = await open({ events, configurationSets: ['main'] });
  const QueueUrl = opened.sandbox.queueUrl ?? '';
  const sqs = new SQSClient({
    endpoint: opened.sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  ends.push(() => sqs.destroy());
  const receive = async (change: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, ...change }),
    );
    return Messages;
  };
  const readMessages = async (count: number): Promise<Message[]> => {
    const all: Message[] = [];
    while (all.length < count) all.push(...(await receive({ WaitTimeSeconds: 5 })));
    // None is left that would be one too many.
    expect(opened.sandbox.queueDepth()).toMatchObject({ visible: 0, delayed: 0 });
    return all;
  };
  return {
    ...opened,
    readMessages,
    read: async (count: number): Promise<Event[]> =>
      (await readMessages(count)).map(({ Body = '' }) =>
        Event.parse(JSON.parse(Envelope.parse(JSON.parse(Body)).Message)),
      ),
  };
}

const types = (events: readonly Event[]) => events.map(({ eventType }) => eventType);

test.each([
  ['anna@example.com', ['Send', 'Delivery']],
  ['success+7@simulator.amazonses.com', ['Send', 'Delivery']],
  ['ooto@simulator.amazonses.com', ['Send', 'Delivery']],
  ['bounce@simulator.amazonses.com', ['Send', 'Bounce']],
  ['suppressionlist@simulator.amazonses.com', ['Send', 'Bounce']],
  ['complaint@simulator.amazonses.com', ['Send', 'Delivery', 'Complaint']],
  ['success+clicks+7@simulator.amazonses.com', ['Send', 'Delivery', 'Open', 'Click']],
  ['success+opens@simulator.amazonses.com', ['Send', 'Delivery', 'Open']],
  ['anna+opens@example.com', ['Send', 'Delivery']],
  ['softbounce@sandbox.sluice.example', ['Send', 'Bounce']],
  ['delayed@sandbox.sluice.example', ['Send', 'DeliveryDelay', 'Delivery']],
  ['virus@sandbox.sluice.example', ['Reject']],
])('a mail to %s leads to %j', async (to, expected) => {
  const { send, read } = await openWithEvents();
  await send({ to: [to] });
  expect(types(await read(expected.length))).toEqual(expected);
});

test('an event says whose it is, in the form that SES gives it', async () => {
  const { send, read } = await openWithEvents();
  const [result] = await send({
    to: ['anna@example.com'],
    campaign: 'autumn',
    configurationSet: 'main',
    data: { name: '山田' },
  });
  const [sent, delivered] = await read(2);
  expect(sent).toMatchObject({
    eventType: 'Send',
    mail: {
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
      source: 'News <news@example.com>',
      messageId: result?.MessageId,
      destination: ['anna@example.com'],
      headersTruncated: false,
      commonHeaders: { from: ['News <news@example.com>'], to: ['anna@example.com'], subject: 'For 山田' },
      tags: {
        sluice_campaign: ['autumn'],
        sluice_entry: ['0'],
        'ses:configuration-set': ['main'],
        'ses:from-domain': ['example.com'],
      },
    },
    send: {},
  });
  expect(delivered).toMatchObject({
    delivery: { recipients: ['anna@example.com'], smtpResponse: expect.stringMatching(/^250 /) },
  });
});

test('bounces name their type, their status, and an id that stays the same', async () => {
  const { send, read } = await openWithEvents({ duplicates: 1 });
  await send({ to: ['bounce@simulator.amazonses.com'] });
  await send({ to: ['suppressionlist@simulator.amazonses.com'] });
  await send({ to: ['softbounce@sandbox.sluice.example'] });
  const bounces = (await read(12)).filter(({ eventType }) => eventType === 'Bounce');
  const Bounce = z.object({ bounceType: z.string(), bounceSubType: z.string(), feedbackId: z.string() });
  const said = bounces.map((event) => Bounce.parse(event['bounce']));
  const kinds = said.map(({ bounceType, bounceSubType }) => `${bounceType}/${bounceSubType}`);
  expect(kinds.toSorted()).toEqual([
    'Permanent/General',
    'Permanent/General',
    'Permanent/OnAccountSuppressionList',
    'Permanent/OnAccountSuppressionList',
    'Transient/MailboxFull',
    'Transient/MailboxFull',
  ]);
  expect(new Set(said.map(({ feedbackId }) => feedbackId)).size).toBe(3);
});

test('a mail that cannot be rendered has an event that says so, and no other', async () => {
  const { send, read } = await openWithEvents();
  await send({ to: ['anna@example.com'], html: '{{missing}}' });
  expect(await read(1)).toMatchObject([
    { eventType: 'Rendering Failure', failure: { errorMessage: expect.stringContaining("'missing'") } },
  ]);
});

test('what is delivered raw has no envelope', async () => {
  const { send, readMessages } = await openWithEvents({ envelope: 'raw' });
  await send({ to: ['bounce@simulator.amazonses.com'] });
  const messages = await readMessages(2);
  expect(messages.map(({ Body = '' }) => Event.parse(JSON.parse(Body)).eventType)).toEqual([
    'Send',
    'Bounce',
  ]);
});

test('events come twice, out of order, or never, as they are told to', async () => {
  const { send, read } = await openWithEvents({
    duplicates: 1,
    spreadMs: 800,
    isLost: ({ kind, tags }) => kind === 'Send' && tags['sluice_entry'] === '1',
  });
  await send({ to: Array.from({ length: 10 }, (_, n) => `p${n}@example.com`) });
  const events = await read(38);
  expect(types(events).filter((type) => type === 'Send')).toHaveLength(18);
  expect(types(events).filter((type) => type === 'Delivery')).toHaveLength(20);
  expect(types(events)).not.toEqual(types(events).toSorted().toReversed());
});

test('ordinary people open, click, bounce and complain as often as they are told to', async () => {
  const { send, read } = await openWithEvents({ engagement: { opens: 1, clicks: 1, complaints: 1 } });
  await send({ to: ['anna@example.com', 'success@simulator.amazonses.com'] });
  expect(types(await read(7)).toSorted()).toEqual([
    'Click',
    'Complaint',
    'Delivery',
    'Delivery',
    'Open',
    'Send',
    'Send',
  ]);
  const other = await openWithEvents({ engagement: { bounces: 1 } });
  await other.send({ to: ['anna@example.com'] });
  expect(types(await other.read(2))).toEqual(['Send', 'Bounce']);
});

test('where nobody reads, the oldest events make room, and are counted', async () => {
  const { send, sandbox, read } = await openWithEvents({ eventsMax: 3 });
  await send({ to: ['a@example.com', 'b@example.com', 'c@example.com'] });
  expect(sandbox.queueDepth()?.overflowed).toBe(3);
  await eventually(() => expect(sandbox.queueDepth()?.visible).toBe(3));
  expect(await read(3)).toHaveLength(3);
});

test('without events there is no queue', async () => {
  const { sandbox, read } = await open({ events: false });
  expect(sandbox.queueUrl).toBeNull();
  expect((await read('/stats')).body).toMatchObject({ events: null });
});
