import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { CourseBook } from '../../src/queue/course.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ID = 'autumn';
const LIMITS = { stepMs: 5, samplesMax: 8 };
let book: CourseBook;

beforeEach(async () => {
  book = new CourseBook(server.redis, keys, LIMITS);
  await server.redis.hset(keys.campaign(ID), { id: ID, startedAt: Date.now() - 1_000, accepted: 0 });
});

const add = (fields: Readonly<Record<string, number>>) => server.redis.hset(keys.campaign(ID), fields);

async function later(): Promise<void> {
  await sleep(2 * LIMITS.stepMs + 2);
  expect(await book.sample([ID], LIMITS.stepMs, 1)).toBe(true);
}

test('samples have every count, from nothing at the start on', async () => {
  await add({
    accepted: 7,
    'skipped:bounced': 1,
    'skipped:blocked': 2,
    rejected: 3,
    inDoubt: 4,
    delivered: 5,
    'bounced:hard': 6,
    'bounced:soft': 8,
    complained: 9,
    opened: 10,
    clicked: 11,
    unsubscribed: 12,
  });
  await later();
  const { samples } = await book.read(ID);
  expect(samples[0]).toMatchObject({ accepted: 0, unsubscribed: 0 });
  expect(samples.at(-1)).toEqual({
    at: expect.any(Number),
    accepted: 7,
    skipped: 3,
    rejected: 3,
    inDoubt: 4,
    delivered: 5,
    bouncedHard: 6,
    bouncedSoft: 8,
    complained: 9,
    opened: 10,
    clicked: 11,
    unsubscribed: 12,
  });
});

test('a standstill is flat: it ends where the counts go on, and writes nothing while it lasts', async () => {
  await add({ accepted: 1 });
  await later();
  const before = (await book.read(ID)).samples.length;
  for (let turn = 0; turn < 3; turn += 1) await later();
  expect((await book.read(ID)).samples).toHaveLength(before);
  await add({ accepted: 2 });
  await later();
  expect((await book.read(ID)).samples.slice(-3).map(({ accepted }) => accepted)).toEqual([1, 1, 2]);
});

test('many samples become half as many, twice as far apart, and the last stays', async () => {
  for (let turn = 1; turn <= 30; turn += 1) {
    await add({ accepted: turn });
    await sleep(LIMITS.stepMs + 1);
    await book.sample([ID], LIMITS.stepMs, 1);
  }
  const { stepMs, samples } = await book.read(ID);
  expect(samples.length).toBeLessThanOrEqual(LIMITS.samplesMax + 1);
  expect(stepMs).toBeGreaterThan(LIMITS.stepMs);
  const times = samples.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const counts = samples.map(({ accepted }) => accepted);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(samples[0]?.accepted).toBe(0);
});

test('one that has not begun has no course', async () => {
  await server.redis.hset(keys.campaign('waits'), { id: 'waits', phase: 'queued' });
  await book.sample(['waits', 'nobody'], LIMITS.stepMs, 1);
  expect((await book.read('waits')).samples).toEqual([]);
});

test('one process at a time samples, and all campaigns of it', async () => {
  const ids = Array.from({ length: 450 }, (_, index) => `c${index}`);
  for (const id of ids)
    await server.redis.hset(keys.campaign(id), { id, startedAt: Date.now() - 1_000, accepted: 1 });
  expect(await book.sample(ids, LIMITS.stepMs, 60_000)).toBe(true);
  expect((await book.read('c449')).samples.at(-1)?.accepted).toBe(1);
  await add({ accepted: 5 });
  expect(await book.sample([ID], LIMITS.stepMs, 60_000)).toBe(false);
  expect((await book.read(ID)).samples).toEqual([]);
});

test('of a campaign that is seldom looked at, growth is not put into the last moment', async () => {
  await add({ accepted: 1 });
  await later();
  await sleep(60);
  await add({ accepted: 100 });
  await book.sample([ID], 30, 1);
  const [still, last] = (await book.read(ID)).samples.slice(-2);
  expect([still?.accepted, last?.accepted]).toEqual([1, 100]);
  expect((last?.at ?? 0) - (still?.at ?? 0)).toBe(30);
});
