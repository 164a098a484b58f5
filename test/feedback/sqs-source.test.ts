import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { FeedbackBook } from '../../src/feedback/apply.ts';
import { DeadLetters, deadLetters } from '../../src/feedback/dead-letters.ts';
import { Intake } from '../../src/feedback/intake.ts';
import { ReadingBook } from '../../src/feedback/reading.ts';
import { SqsQueue } from '../../src/feedback/sqs-queue.ts';
import { SqsSource, type SqsSourceParts } from '../../src/feedback/sqs-source.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';
import { CAMPAIGN, MINUTE, messageId, Stage } from './stage.ts';

const server = useRedis();
const keys = new Keys('{test}');
const A = `w-1-${MINUTE}`;
const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
const ends: (() => Promise<void>)[] = [];
let stage: Stage;
let sandbox: Sandbox;
let client: SQSClient;

beforeEach(async () => {
  stage = new Stage(server.redis, keys, 3);
  await stage.plan();
  await stage.claim(A);
});

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function open(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox(options);
  client = new SQSClient({ endpoint: sandbox.url, region: 'us-east-1', credentials });
  ends.push(
    () => sandbox.close(),
    async () => client.destroy(),
  );
}

function source({
  book = stage.book,
  logger = silentLogger,
  ...change
}: Partial<SqsSourceParts> & { readonly book?: FeedbackBook } = {}): SqsSource {
  const { redis } = server;
  const { reading = new ReadingBook(redis, keys) } = change;
  const queue = new SqsQueue({
    queueUrl: sandbox.queueUrl ?? '',
    region: 'us-east-1',
    credentials,
    waitSeconds: 1,
    visibilitySeconds: 1,
    receivers: 4,
  });
  const made = new SqsSource({
    queue,
    intake: new Intake({
      book,
      reading,
      dead: new DeadLetters(redis, keys),
      clock: systemClock,
      logger,
      source: 'sqs',
    }),
    reading,
    clock: systemClock,
    logger,
    random: () => 0,
    receivers: 4,
    backlogMax: 100_000,
    ...change,
  });
  ends.push(
    () => queue.close(),
    () => made.stop(),
  );
  return made;
}

const put = (body: string) =>
  client.send(new SendMessageCommand({ QueueUrl: sandbox.queueUrl ?? '', MessageBody: body }));

/** An event as SES and SNS put it into the queue. */
function bodyOf(eventType: string, position: number, object: object = {}): string {
  const message = {
    eventType,
    mail: {
      timestamp: '2026-11-27T00:40:02.012Z',
      source: 'news@example.com',
      messageId: messageId(A, position),
      destination: [`p${position}@example.com`],
      tags: {
        sluice_campaign: [CAMPAIGN],
        sluice_claim: [A],
        sluice_entry: [`0-${position}-${position + 1}`],
      },
    },
    ...object,
  };
  return JSON.stringify({ Type: 'Notification', Message: JSON.stringify(message) });
}

const emptied = () =>
  eventually(() => expect(sandbox.queueDepth()).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 }));
const states = async () => (await stage.ledger.open(stage.ref))?.states;
const feedback = () => server.redis.hgetall(keys.feedback());

/** Notes what is warned of. */
function noting(): { readonly logger: Logger; readonly said: string[] } {
  const said: string[] = [];
  const note = (message: string, fields?: object) => said.push(`${message} ${JSON.stringify(fields ?? {})}`);
  return { logger: { ...silentLogger, warn: note, info: note }, said };
}

test('events settle who was claimed, and are deleted', async () => {
  await open();
  for (const position of [0, 1]) await put(bodyOf('Send', position));
  await source().start();
  await emptied();
  expect(await states()).toEqual([`a${A}`, `a${A}`, `c${A}`]);
});

test('how late they are is known while they are, and no longer when the queue is found empty', async () => {
  await open();
  const noted: number[] = [];
  const reading = new ReadingBook(server.redis, keys);
  const note = reading.noteLag.bind(reading);
  reading.noteLag = (ms) => {
    noted.push(ms);
    return note(ms);
  };
  await put(bodyOf('Send', 0));
  await source({ reading }).start();
  await eventually(() => expect(noted.at(-1)).toBe(0));
  expect(noted[0]).toBe(Math.max(...noted));
  // The mails of these tests went out long ago.
  expect(noted[0]).toBeGreaterThan(3_600_000);
  expect(await reading.lagMs()).toBe(0);
  expect(await server.redis.pttl(keys.feedbackLag())).toBeGreaterThan(0);
});

test('an event that can not be stored is not called late', async () => {
  await open();
  await server.redis.hset(keys.seen(CAMPAIGN, 'send'), 'a', 'b');
  const { logger, said } = noting();
  await put(bodyOf('Send', 0));
  await source({ logger }).start();
  await eventually(() => expect(said.join()).toContain('failed'));
  expect(await new ReadingBook(server.redis, keys).lagMs()).toBeNull();
});

test('a message is not deleted before Redis has what it caused', async () => {
  await open();
  const { logger, said } = noting();
  // Somebody else's key under the name of the map: these events can't be stored.
  await server.redis.hset(keys.seen(CAMPAIGN, 'send'), 'a', 'b');
  await put(bodyOf('Send', 0));
  await source({ logger }).start();
  await eventually(() => expect(said.join()).toContain('WRONGTYPE'));
  expect(sandbox.queueDepth()).not.toMatchObject({ visible: 0, inFlight: 0 });
  expect(await states()).toEqual([`c${A}`, `c${A}`, `c${A}`]);
  await server.redis.del(keys.seen(CAMPAIGN, 'send'));
  await emptied();
  expect(await states()).toEqual([`a${A}`, `c${A}`, `c${A}`]);
});

test('what can not be read is set aside with the reason, and holds up nothing', async () => {
  await open();
  const { logger, said } = noting();
  await put('hello');
  await put(JSON.stringify({ eventType: 'Send', mail: {} }));
  await put(bodyOf('Hologram', 0));
  await put(bodyOf('Hologram', 1));
  await put(bodyOf('Send', 2));
  await source({ logger }).start();
  await emptied();
  expect(await states()).toEqual([`c${A}`, `c${A}`, `a${A}`]);
  const letters = await server.redis.xrange(deadLetters(keys), '-', '+');
  const reasons = letters.map(([, fields]) => fields[3]);
  expect(reasons.toSorted()).toEqual([
    'it is not JSON',
    'mail.timestamp: invalid_type',
    'unknown type: Hologram',
    'unknown type: Hologram',
  ]);
  expect(letters.map(([, fields]) => fields[5])).toContain('hello');
  expect(letters.map(([, fields]) => fields[1])).toEqual(['sqs', 'sqs', 'sqs', 'sqs']);
  expect(said.filter((line) => line.includes('Hologram'))).toHaveLength(1);
  expect(said.join()).not.toContain('@');
});

test("events of somebody else's mails are counted, and nothing more", async () => {
  await open();
  const foreign = { timestamp: '2026-11-27T00:40:02Z', messageId: 'm', destination: ['x@example.com'] };
  await put(JSON.stringify({ eventType: 'Send', mail: foreign }));
  await put('Successfully validated SNS topic for Amazon SES event publishing.');
  await source().start();
  await emptied();
  expect(await feedback()).toMatchObject({ foreign: '2' });
  expect(await server.redis.xlen(keys.outbox())).toBe(0);
  expect(await server.redis.exists(deadLetters(keys))).toBe(0);
});

test('the queue is noted as empty when nothing is in it, and nothing is in the hands of another reader', async () => {
  await open();
  await put(bodyOf('Send', 0));
  // A reader that is about to die.
  const QueueUrl = sandbox.queueUrl ?? '';
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
  const { redis } = server;
  const [before] = await redis.time();
  await source().start();
  await sleep(1_500);
  expect((await feedback())['emptyAt']).toBeUndefined();
  expect(await states()).toEqual([`c${A}`, `c${A}`, `c${A}`]);
  const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  await eventually(async () => expect((await feedback())['emptyAt']).toBeDefined());
  expect(await states()).toEqual([`a${A}`, `c${A}`, `c${A}`]);
  const emptyAt = Number((await feedback())['emptyAt']);
  expect(emptyAt).toBeGreaterThan(Number(before) * 1_000);
  expect(emptyAt).toBeLessThan(Date.now() + 1_000);
});

test('a reader that may not ask how much is in the queue reads all the same, and never calls it empty', async () => {
  await open({
    faults: ({ operation }) =>
      operation === 'GetQueueAttributes'
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'denied' }
        : null,
  });
  const { logger, said } = noting();
  await source({ logger }).start();
  await eventually(() => expect(said.join()).toContain('sqs:GetQueueAttributes'));
  await put(bodyOf('Send', 0));
  await emptied();
  expect(await states()).toEqual([`a${A}`, `c${A}`, `c${A}`]);
  await sleep(1_200);
  expect(said).toHaveLength(1);
  expect((await feedback())['emptyAt']).toBeUndefined();
});

test('while the log is full, events stay in their queue', async () => {
  await open();
  const { logger, said } = noting();
  await put(bodyOf('Send', 0));
  await server.redis.xadd(keys.outbox(), '*', 'b', '{}');
  await source({ logger, backlogMax: 1 }).start();
  await eventually(() => expect(said.join()).toContain('the log is behind'));
  await sleep(200);
  expect(sandbox.queueDepth()).toMatchObject({ visible: 1, inFlight: 0 });
  await server.redis.del(keys.outbox());
  await emptied();
  expect(await states()).toEqual([`a${A}`, `c${A}`, `c${A}`]);
});

test('a queue that is away, refuses or talks nonsense is asked again, and nothing is lost', async () => {
  let calls = 0;
  await open({
    faults: ({ operation }) => {
      if (operation === 'SendMessage') return null;
      calls += 1;
      switch (calls % 5) {
        case 1:
          return { kind: 'drop', taken: false };
        case 2:
          return { kind: 'status', taken: false, status: 503, name: 'ServiceUnavailable' };
        case 3:
          return { kind: 'garbage', taken: false, body: '<html>' };
        default:
          return null;
      }
    },
  });
  for (let n = 0; n < 25; n += 1) await put(bodyOf('Open', n % 3, openAt(n)));
  await source().start();
  await emptied();
  const opens = (await stage.rows()).filter(({ event_type }) => event_type === 'open');
  expect(new Set(opens.map(({ event_id }) => event_id)).size).toBe(25);
  expect(await stage.counters()).toMatchObject({ opened: 3, accepted: 3 });
});

test('a full queue is read by several receivers at a time, and an empty one by one', async () => {
  let receiving = 0;
  let most = 0;
  await open({
    faults: async ({ operation }) => {
      if (operation !== 'ReceiveMessage') return null;
      receiving += 1;
      most = Math.max(most, receiving);
      await sleep(20);
      receiving -= 1;
      return null;
    },
  });
  for (let n = 0; n < 300; n += 1) await put(bodyOf('Open', n % 3, openAt(n)));
  await source().start();
  await emptied();
  expect(most).toBe(4);
  expect((await stage.rows()).filter(({ event_type }) => event_type === 'open')).toHaveLength(300);
});

test('a reader that stops stores and deletes what it has in hand, and may start again', async () => {
  await open();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { book } = stage;
  const slow = source({
    book: Object.assign(Object.create(book), {
      apply: async (events: Parameters<typeof book.apply>[0]) => {
        await held;
        return book.apply(events);
      },
    }),
  });
  await put(bodyOf('Send', 0));
  await slow.start();
  await eventually(() => expect(sandbox.queueDepth()).toMatchObject({ inFlight: 1 }));
  const stopped = slow.stop();
  expect(await Promise.race([stopped.then(() => 'stopped'), sleep(200, 'waiting')])).toBe('waiting');
  release();
  await stopped;
  expect(sandbox.queueDepth()).toMatchObject({ visible: 0, inFlight: 0 });
  expect(await states()).toEqual([`a${A}`, `c${A}`, `c${A}`]);

  await put(bodyOf('Send', 1));
  await slow.start();
  await emptied();
  await slow.stop();
  await slow.stop();
  expect(await states()).toEqual([`a${A}`, `a${A}`, `c${A}`]);
});

function openAt(n: number): object {
  return { open: { timestamp: new Date(1_800_000_000_000 + n).toISOString(), userAgent: 'Mail/1.0' } };
}
