import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { DeadLetters, deadLetters } from '../../src/feedback/dead-letters.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';
import { CAMPAIGN, MINUTE, messageId, Stage } from './stage.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
const A = `w-1-${MINUTE}`;
let stage: Stage;
let letters: DeadLetters;

beforeEach(async () => {
  stage = new Stage(server.redis, keys, 2);
  await stage.plan();
  await stage.claim(A);
  letters = new DeadLetters(server.redis, keys);
});

const send = JSON.stringify({
  eventType: 'Send',
  mail: {
    timestamp: '2026-11-27T00:40:02.012Z',
    source: 'news@example.com',
    messageId: messageId(A, 0),
    destination: ['p0@example.com'],
    tags: { sluice_campaign: [CAMPAIGN], sluice_claim: [A], sluice_entry: ['0-0-1'] },
  },
});

test('a replay applies what can be read by now, and keeps the rest', async () => {
  await letters.setAside('sns', [
    { body: 'hello', reason: 'it is not JSON' },
    { body: send, reason: 'unknown type: Send' },
  ]);
  expect(await letters.replay(stage.book)).toEqual({ applied: 1, foreign: 0, kept: 1 });
  expect((await stage.counters())['accepted']).toBe(1);
  expect((await letters.list(10)).map(({ body }) => body)).toEqual(['hello']);
  expect(await letters.replay(stage.book)).toEqual({ applied: 0, foreign: 0, kept: 1 });
});

test('a replay goes through more of them than it reads at a time', async () => {
  await letters.setAside(
    'sqs',
    Array.from({ length: 250 }, (_, index) => ({ body: `no event ${index}`, reason: 'it is not JSON' })),
  );
  expect(await letters.replay(stage.book)).toEqual({ applied: 0, foreign: 0, kept: 250 });
});

test('the list is bounded in messages and in what it keeps of each', async () => {
  const many = Array.from({ length: 1_010 }, (_, index) => ({ body: `${index}`, reason: 'r' }));
  await letters.setAside('sqs', many);
  await letters.setAside('sqs', [{ body: 'x'.repeat(100_000), reason: 'r' }]);
  expect(await letters.count()).toBe(1_000);
  const [newest, before] = await letters.list(2);
  expect(newest).toMatchObject({ isCut: true });
  expect(newest?.body).toHaveLength(65_536);
  expect(before).toMatchObject({ isCut: false, body: '1009' });
});

test('operators list, replay and clear them', async () => {
  await letters.setAside('sns', [{ body: 'hello', reason: 'it is not JSON' }]);
  await letters.setAside('sqs', [{ body: send, reason: 'unknown type: Send' }]);
  const env = { REDIS_URL: server.url };
  const listed = await sluiceHere(['feedback', 'dead', 'list'], env);
  expect(listed.stdout).toMatch(/sqs +unknown type: Send\n.*sns +it is not JSON/);
  expect(listed.stdout).not.toContain('hello');
  const told = await sluiceHere(['feedback', 'dead', 'list', '--json'], env);
  expect(JSON.parse(told.stdout)).toMatchObject([{ source: 'sqs' }, { source: 'sns', body: 'hello' }]);
  const replayed = await sluiceHere(['feedback', 'dead', 'replay', '--json'], env);
  expect(JSON.parse(replayed.stdout)).toEqual({ applied: 1, foreign: 0, kept: 1 });
  for (const wrong of [[], ['nonsense'], ['1-0', '--all']])
    expect((await sluiceHere(['feedback', 'dead', 'clear', ...wrong], env)).code).toBe(2);
  const cleared = await sluiceHere(['feedback', 'dead', 'clear', '--all', '--json'], env);
  expect(JSON.parse(cleared.stdout)).toEqual({ cleared: 1 });
  expect(await server.redis.xlen(deadLetters(keys))).toBe(0);
});
