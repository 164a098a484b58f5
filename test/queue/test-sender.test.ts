import { Worker } from 'bullmq';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { ProfileBook } from '../../src/identity/profile.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';
import { CAMPAIGNS_QUEUE, TEST_JOB } from '../../src/queue/names.ts';
import { TestBook } from '../../src/queue/test-book.ts';
import { sendTest } from '../../src/queue/test-send.ts';
import { type TestJob, TestSender } from '../../src/queue/test-sender.ts';
import { Pace } from '../../src/send/pace.ts';
import { Strategy, type StrategySetting } from '../../src/send/strategy.ts';
import { createSealer } from '../../src/send/token.ts';
import type {
  BulkAnswer,
  BulkCall,
  SesTransport,
  SingleAnswer,
  SingleCall,
} from '../../src/send/transport.ts';
import { unsubscribeLinks } from '../../src/send/unsubscribe.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { silentLogger } from '../support/logger.ts';
import { NEWS } from '../support/profile-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const sealer = createSealer(['a secret that is long enough for anybody']);
const never = new AbortController().signal;
const stamp = { at: 1, source: 'test', detail: null };
const ID = 'e0c2';

/** An SES that answers as it is told, and notes what it was asked. */
class ScriptedSes implements SesTransport {
  readonly calls: BulkCall[] = [];
  readonly singles: SingleCall[] = [];
  answer: (call: BulkCall) => BulkAnswer = (call) => ({
    kind: 'results',
    results: call.entries.map(({ to }) => ({ status: 'SUCCESS', error: null, messageId: `id-${to}` })),
  });
  answerSingle: (call: SingleCall) => SingleAnswer = ({ to }) => ({
    kind: 'accepted',
    messageId: `id-${to}`,
  });

  async sendBulk(call: BulkCall): Promise<BulkAnswer> {
    this.calls.push(call);
    return this.answer(call);
  }

  async sendSingle(call: SingleCall): Promise<SingleAnswer> {
    this.singles.push(call);
    return this.answerSingle(call);
  }

  account(): Promise<never> {
    return Promise.reject(new Error('a test send asks nobody for the account'));
  }

  async close() {}
}

let ses: ScriptedSes;
let book: TestBook;
let runs = 0;

beforeEach(() => {
  ses = new ScriptedSes();
  book = new TestBook(server.redis, keys, 1_000);
});

function sender(
  options: {
    readonly perSecond?: number;
    readonly linked?: boolean;
    readonly strategy?: StrategySetting;
  } = {},
): TestSender {
  return new TestSender({
    book,
    profiles: new ProfileBook(server.redis, keys),
    pace: new Pace(server.redis, keys),
    transport: ses,
    strategy: new Strategy(options.strategy ?? 'bulk', systemClock),
    clock: systemClock,
    logger: silentLogger,
    token: () => `test-${++runs}`,
    accountPerSecond: () => options.perSecond ?? 100_000,
    links: options.linked === false ? null : unsubscribeLinks('https://mail.example.com', sealer),
  });
}

const definition = {
  id: 'autumn',
  sender: { from: 'News <news@example.com>' },
  content: { subject: 'For {{name}}', html: '<p>{{name}} <a href="{{unsubscribeUrl}}">stop {{email}}</a>' },
  audience: { kind: 'inline', recipients: [{ email: 'stand-in@example.com' }] },
  tags: { team: 'crm' },
} satisfies CampaignInput;

function job(addresses: readonly string[], change: Partial<CampaignInput> = {}): TestJob {
  const row = { seq: 12, data: { name: 'Anna' } };
  return { test: ID, campaign: { ...definition, ...change }, row, addresses: [...addresses] };
}

async function logged() {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries.flatMap(([, fields]) => {
    const { common, events } = decodeBlock(fields[1] ?? Buffer.alloc(0));
    return events.map((event) => ({ ...common, ...event }));
  });
}

test('the mail is the campaign’s own with the data of the row, and with a link of the tester’s own', async () => {
  await book.open(ID, 60_000);
  expect(await sender().run(job(['Me@example.com', 'you@example.com']), never)).toBe('done');
  const [call] = ses.calls;
  expect(ses.calls).toHaveLength(1);
  expect(call?.entries.map(({ to }) => to)).toEqual(['Me@example.com', 'you@example.com']);
  expect(call?.tags).toMatchObject({ team: 'crm', sluice_campaign: 'autumn', sluice_test: '1' });
  // The tag of an entry would name somebody of the audience.
  expect(call?.entries.map(({ tags }) => tags)).toEqual([{}, {}]);
  expect(call?.entries[0]?.slots[0]).toBe('Anna');
  const link = /<https:\/\/mail\.example\.com\/u\/(.+)>/.exec(call?.entries[0]?.headers[0]?.value ?? '')?.[1];
  expect(sealer.open(link ?? '')).toEqual({
    sender: 'news@example.com',
    campaign: 'autumn',
    seq: 0,
    address: 'me@example.com',
  });
});

test('its rows in the log say that it is a test, and nothing is counted', async () => {
  await book.open(ID, 60_000);
  await sender().run(job(['me@example.com']), never);
  expect(await logged()).toMatchObject([
    {
      event_type: 'accepted',
      test: true,
      campaign_id: 'autumn',
      recipient: 'me@example.com',
      ses_message_id: 'id-me@example.com',
      tags: { team: 'crm' },
      detail: { row: 12 },
    },
  ]);
  expect(await server.redis.keys('*campaign:*')).toEqual([]);
  expect(await server.redis.exists(keys.campaigns(), keys.open())).toBe(0);
});

test('who is suppressed gets no test, not even of a campaign that goes to unsubscribed people', async () => {
  const suppression = new SuppressionStore(server.redis, keys);
  await suppression.add({ kind: 'sender', sender: 'news@example.com' }, ['u@x.jp'], stamp);
  await suppression.add({ kind: 'everywhere', reason: 'bounced' }, ['b@x.jp'], stamp);
  await book.open(ID, 60_000);
  const override = { sendToUnsubscribed: true, override: { by: 'me', reason: 'a recall' } };
  await sender().run(job(['U@x.jp', 'ok@x.jp', 'b@x.jp'], override), never);
  expect(ses.calls.flatMap(({ entries }) => entries.map(({ to }) => to))).toEqual(['ok@x.jp']);
  expect(await book.read(ID, 3)).toEqual([
    { kind: 'skipped', rule: 'unsubscribed' },
    { kind: 'accepted', messageId: 'id-ok@x.jp' },
    { kind: 'skipped', rule: 'bounced' },
  ]);
  const events = await logged();
  expect(
    events.map(({ event_type, recipient, reason, test: isTest }) => [event_type, recipient, reason, isTest]),
  ).toEqual([
    ['skipped', 'U@x.jp', 'unsubscribed', true],
    ['skipped', 'b@x.jp', 'bounced', true],
    ['accepted', 'ok@x.jp', undefined, true],
  ]);
});

test('a test that is run again after its worker died asks SES about nobody a second time', async () => {
  await book.open(ID, 60_000);
  // What SIGKILL leaves in the middle of the call: the claims are there, the outcomes are not.
  await book.claim(ID, 'dead', 'news@example.com', [{ position: 0, normal: 'a@x.jp' }]);
  await sender().run(job(['a@x.jp', 'b@x.jp']), never);
  expect(ses.calls.flatMap(({ entries }) => entries.map(({ to }) => to))).toEqual(['b@x.jp']);
  const outcome = [{ kind: 'in_doubt' }, { kind: 'accepted', messageId: 'id-b@x.jp' }];
  expect(await book.read(ID, 2)).toMatchObject(outcome);
  await sender().run(job(['a@x.jp', 'b@x.jp']), never);
  expect(ses.calls).toHaveLength(1);
  expect(await book.read(ID, 2)).toMatchObject(outcome);
});

test('a claim that is sent again because its answer was lost is still its own', async () => {
  await book.open(ID, 60_000);
  const claim = (token: string) =>
    book.claim(ID, token, 'news@example.com', [{ position: 0, normal: 'a@x.jp' }]);
  expect([await claim('one'), await claim('one'), await claim('two')]).toEqual([
    [{ kind: 'claimed' }],
    [{ kind: 'claimed' }],
    [{ kind: 'lost' }],
  ]);
});

test('nobody gets a test that nobody waits for any more', async () => {
  await book.open(ID, 60_000);
  await book.close(ID);
  await sender().run(job(['a@x.jp']), never);
  expect(ses.calls).toEqual([]);
  expect(await logged()).toEqual([]);
});

test('a test goes out as the profile says at that moment, with the data that its URL reads', async () => {
  const profiles = new ProfileBook(server.redis, keys);
  const unsubscribe = 'https://example.com/stop?m={{email}}&n={{name}}';
  const named = { sender: { profile: 'news' } };
  await book.open(ID, 60_000);
  await sender().run(job(['a@x.jp'], named), never);
  expect(await book.read(ID, 1)).toMatchObject([
    { kind: 'not_sent', reason: expect.stringContaining('there is no profile "news"') },
  ]);
  await server.redis.flushall();
  await profiles.put({ ...NEWS, unsubscribe }, Buffer.from('a block'));
  await book.open(ID, 60_000);
  await sender({ linked: false }).run(job(['a@x.jp'], named), never);
  const [call] = ses.calls;
  expect(call).toMatchObject({ from: NEWS.from, replyTo: NEWS.replyTo });
  expect(call?.entries[0]?.headers[0]?.value).toBe('<https://example.com/stop?m=a%40x.jp&n=Anna>');
  await server.redis.flushall();
  await profiles.put({ ...NEWS, unsubscribe: `${unsubscribe}&c={{city}}` }, Buffer.from('a block'));
  await book.open(ID, 60_000);
  await sender().run(job(['a@x.jp'], named), never);
  expect(await book.read(ID, 1)).toMatchObject([
    { kind: 'not_sent', reason: expect.stringContaining('{{city}}') },
  ]);
  expect(ses.calls).toHaveLength(1);
});

test('calls are no larger than a second’s allowance', async () => {
  await book.open(ID, 60_000);
  await sender({ perSecond: 2.5 }).run(job(['a@x.jp', 'b@x.jp', 'c@x.jp']), never);
  expect(ses.calls.map(({ entries }) => entries.length)).toEqual([2, 1]);
});

test('a bad request that names nobody is made once for each, so that the others get theirs', async () => {
  const failure = { name: 'BadRequestException', message: 'no', httpStatus: 400, provablyUnsent: false };
  ses.answer = () => ({ kind: 'failure', failure });
  ses.answerSingle = ({ to }) =>
    to === 'bad@x.jp' ? { kind: 'failure', failure } : { kind: 'accepted', messageId: `id-${to}` };
  await book.open(ID, 60_000);
  await sender().run(job(['a@x.jp', 'bad@x.jp']), never);
  expect(await book.read(ID, 2)).toMatchObject([
    { kind: 'accepted' },
    { kind: 'rejected', code: 'BadRequestException' },
  ]);
  expect(ses.singles[0]).toMatchObject({
    subject: 'For Anna',
    tags: { sluice_test: '1', sluice_campaign: 'autumn' },
  });
});

test('where mail goes out one call a recipient, a test does too', async () => {
  await book.open(ID, 60_000);
  await sender({ strategy: 'single' }).run(job(['a@x.jp', 'b@x.jp']), never);
  expect([ses.calls.length, ses.singles.length]).toEqual([0, 2]);
  expect(ses.singles[0]?.html).toMatch(
    /^<p>Anna <a href="https:\/\/mail\.example\.com\/u\/[\w-]+">stop a@x\.jp/,
  );
});

test.each([
  ['a throttle', { name: 'TooManyRequestsException', httpStatus: 429 }, 'rejected'],
  ['a lost connection', { name: 'ECONNRESET', httpStatus: null }, 'in_doubt'],
] as const)('after %s a test is not tried again', async (_what, change, kind) => {
  ses.answer = () => ({ kind: 'failure', failure: { message: 'x', provablyUnsent: false, ...change } });
  await book.open(ID, 60_000);
  await sender().run(job(['a@x.jp']), never);
  await sender().run(job(['a@x.jp']), never);
  expect(ses.calls).toHaveLength(1);
  expect(await book.read(ID, 1)).toMatchObject([{ kind }]);
  expect((await logged()).map(({ event_type }) => event_type)).toEqual([kind]);
});

test('a worker that can make no unsubscribe links sends no marketing mail, and says why', async () => {
  await book.open(ID, 60_000);
  await sender({ linked: false }).run(job(['a@x.jp']), never);
  expect(await book.read(ID, 1)).toMatchObject([
    { kind: 'not_sent', reason: expect.stringContaining('SLUICE_PUBLIC_URL') },
  ]);
  await server.redis.flushall();
  await book.open(ID, 60_000);
  await sender({ linked: false }).run(job(['a@x.jp'], { category: 'transactional' }), never);
  expect(await book.read(ID, 1)).toMatchObject([{ kind: 'accepted' }]);
});

test('where the log is behind, tests wait as everything does', async () => {
  book = new TestBook(server.redis, keys, 1);
  await server.redis.xadd(keys.outbox(), '*', 'b', '{"common":{},"events":[]}');
  await book.open(ID, 60_000);
  await sender().run(job(['a@x.jp']), never);
  expect(ses.calls).toEqual([]);
  expect(await book.read(ID, 1)).toMatchObject([{ kind: 'not_sent' }]);
});

test('a worker that is told to stop leaves the rest to another', async () => {
  await book.open(ID, 60_000);
  expect(await sender().run(job(['a@x.jp']), AbortSignal.abort())).toBe('interrupted');
  expect(await book.read(ID, 1)).toEqual([{ kind: 'waiting' }]);
});

/* The other end: whoever asks for a test. */

function ask(addresses: readonly string[], waitMs: number) {
  const parsed = parseCampaign(definition);
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  return sendTest(
    { redis: server.redis, prefix: '{test}', book, clock: systemClock, onLook: () => {} },
    { id: ID, campaign: parsed.campaign, row: { seq: 12, data: { name: 'Anna' } }, addresses },
    waitMs,
  );
}

test('who asks hears what became of each address, and the job leaves no address behind', async () => {
  const worker = new Worker(
    CAMPAIGNS_QUEUE,
    async ({ name, data }) => {
      if (name === TEST_JOB) await sender().run(data, never);
    },
    { connection: server.redis, prefix: '{test}' },
  );
  onTestFinished(() => worker.close());
  expect(await ask(['a@secret.example', 'b@secret.example'], 20_000)).toEqual([
    { kind: 'accepted', messageId: 'id-a@secret.example' },
    { kind: 'accepted', messageId: 'id-b@secret.example' },
  ]);
  await expect.poll(() => server.redis.keys('{test}:campaigns:test.*')).toEqual([]);
  const queued = await server.redis.xrange('{test}:campaigns:events', '-', '+');
  expect(JSON.stringify(queued)).not.toContain('secret.example');
});

test('where no worker takes it, the job is taken back and nothing is sent later', async () => {
  expect(await ask(['a@x.jp'], 10)).toMatchObject([
    { kind: 'not_sent', reason: expect.stringContaining('no worker took it') },
  ]);
  expect(await server.redis.keys('{test}:campaigns:test.*')).toEqual([]);
});
