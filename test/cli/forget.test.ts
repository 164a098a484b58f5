import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { ForgetBook } from '../../src/log/forget-book.ts';
import { deadLetters } from '../../src/log/outbox.ts';
import { logRows } from '../../src/log/row.ts';
import { useFolder } from '../log/support.ts';
import { CampaignStage } from '../support/campaign-stage.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
const newFolder = useFolder();
const ANNA = 'Anna@Example.com';
let stage: CampaignStage;

beforeEach(async () => {
  const emails = ['bob@example.com', ANNA, 'no address', 'anna@example.COM', 'eve@example.com'];
  stage = new CampaignStage(server.redis, keys, newFolder(), 'autumn', emails);
  await stage.accept();
});

const environment = () => ({ REDIS_URL: server.url, LOG_LEVEL: 'debug', SLUICE_LOG_DIR: stage.dir });
const forget = (...words: string[]) => sluiceHere(['forget', ANNA, ...words], environment());
const json = (text: string): Record<string, unknown> => JSON.parse(text);

async function sentAndShipped(): Promise<void> {
  await stage.plan();
  await stage.send();
  await stage.ship();
}

async function logText(): Promise<string> {
  const names = (await readdir(join(stage.dir, 'events'), { recursive: true })).filter((name) =>
    name.endsWith('.ndjson'),
  );
  return (await Promise.all(names.map((name) => readFile(join(stage.dir, 'events', name), 'utf8')))).join('');
}

async function redisText(): Promise<string> {
  const dump: string[] = [];
  for (const key of await server.redis.keys('*')) dump.push(key, JSON.stringify(await valueOf(key)));
  return dump.join('\n');
}

async function valueOf(key: string): Promise<unknown> {
  switch (await server.redis.type(key)) {
    case 'hash':
      return server.redis.hgetall(key);
    case 'stream':
      return server.redis.xrange(key, '-', '+');
    case 'string':
      return server.redis.get(key);
    default:
      return null;
  }
}

test('the person is nowhere afterwards but in the suppression, and the books still balance', async () => {
  await sentAndShipped();
  const bounced = { kind: 'everywhere', reason: 'bounced' } as const;
  await stage.suppression.add(bounced, ['anna@example.com'], { at: 1, source: 'event', detail: 'autumn' });
  const counted = await forget('--reason', 'ticket 812', '--dry-run', '--json');
  expect(json(counted.stdout)).toMatchObject({ alias: null, rows: 2, suppression: null, unread: [] });
  expect(await logText()).toContain('Anna');

  const done = await forget('--reason', 'ticket 812', '--by', 'Hana', '--json');
  expect([done.code, done.stderr]).toEqual([0, '']);
  const report = json(done.stdout);
  expect(report).toMatchObject({
    alias: expect.stringMatching(/^forgotten-[0-9a-f]{16}$/),
    rows: 2,
    places: [{ name: 'files', rows: 2 }],
    suppression: 1,
    deadLetters: { log: 0, feedback: 0 },
  });
  expect(await logText()).not.toMatch(/anna/i);
  const text = await redisText();
  expect(text.match(/anna/gi)).toHaveLength(1);
  expect(text).toContain('"anna@example.com":"b 1 event"');

  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  const rows = entries.flatMap(([, fields]) => logRows(decodeBlock(fields[1] ?? Buffer.alloc(0)), 0));
  expect(rows).toMatchObject([
    {
      event_type: 'person_forgotten',
      recipient: null,
      detail: { alias: report['alias'], rows: 2, suppression: 1, by: 'Hana', reason: 'ticket 812' },
    },
  ]);
  await stage.ship();
  expect((await sluiceHere(['audit', 'autumn'], environment())).code).toBe(0);
  const again = await forget('--reason', 'late events', '--json');
  expect(json(again.stdout)).toMatchObject({ rows: 0, suppression: 0 });
});

test('while a campaign has the address among those it is not done with, nothing is changed', async () => {
  const reading = await forget('--reason', 'ticket 812');
  expect([reading.code, reading.stdout]).toEqual([2, '']);
  expect(reading.stderr).toBe(
    'sluice: autumn is not done with this address: wait for its end, or cancel it, and run this again\n',
  );
  await stage.plan();
  await stage.ship();
  expect((await forget('--reason', 'ticket 812')).code).toBe(2);
  expect((await forget('--reason', 'ticket 812', '--dry-run')).code).toBe(2);
  expect(await server.redis.exists(keys.forgetting(), keys.forgetTurn())).toBe(0);
});

test('while rows are on their way, nothing is changed', async () => {
  await sentAndShipped();
  await stage.outbox.append({
    common: { event_type: 'open', event_time: 0, campaign_id: 'autumn' },
    events: [{ seq: 2, recipient: ANNA }],
  });
  const before = await logText();
  const { code, stdout, stderr } = await forget('--reason', 'ticket 812', '--timeout', '0.2');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('rows are still on their way');
  expect(stderr).not.toMatch(/anna/i);
  expect(await logText()).toBe(before);
});

test('a second run at a time is told to wait, and one that was cut off goes on with its alias', async () => {
  await sentAndShipped();
  const book = new ForgetBook(server.redis, keys);
  const begun = await book.begin('anna@example.com');
  const refused = await book.inTurn(() => forget('--reason', 'ticket 812'));
  expect(refused?.code).toBe(1);
  expect(refused?.stderr).toContain('another run of forget is at work');
  expect(json((await forget('--reason', 'ticket 812', '--json')).stdout)).toMatchObject({
    alias: begun.name,
  });
  expect(await server.redis.exists(keys.forgetting(), keys.forgetTurn())).toBe(0);
});

test('what nobody can read is counted', async () => {
  await sentAndShipped();
  await server.redis.xadd(deadLetters(keys), '*', 'b', '{"events": anna@example.com');
  await server.redis.xadd(deadLetters(keys), '*', 'b', 'johanna@example.com');
  const { stdout, stderr } = await forget('--reason', 'ticket 812', '--json');
  expect(json(stdout)).toMatchObject({ deadLetters: { log: 1, feedback: 0 } });
  expect(stderr).toContain('1 unread entries of the outbox name the address');
});

test('everything that is wrong is said at once, and the address is not', async () => {
  const wrong = await sluiceHere(['forget', 'anna@', '--timeout', 'soon'], environment());
  expect([wrong.code, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr.trimEnd().split('\n')).toEqual([
    'sluice: what is to be forgotten is no address: there is nothing after the @',
    'sluice: --reason: is missing; it is kept in the log',
    'sluice: --timeout: may be 0 to 86400 seconds',
  ]);
  const named = await forget('--reason', 'anna@example.com asked');
  expect(named.stderr).toBe('sluice: --reason: names the address, and is kept in the log; say it without\n');
});
