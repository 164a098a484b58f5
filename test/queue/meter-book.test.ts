import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { MemoryMeter } from '../../src/core/meter.ts';
import { MeterBook, type ThreadFigures } from '../../src/queue/meter-book.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
let book: MeterBook;

beforeEach(() => {
  book = new MeterBook(server.redis, keys);
});

const deltas = (accepted: number) => new Map([['sluice_recipients_accepted_total', accepted]]);
const accepted = async () =>
  (await book.counts()).find(({ of }) => of.name === 'sluice_recipients_accepted_total')?.value;

function figures(worker: string, thread = 'send'): ThreadFigures {
  return { worker, thread, startedAt: 1, residentBytes: 2, cpuSeconds: 3.5, heapBytes: 4, lagSeconds: 0.005 };
}

test('what several threads have counted adds up', async () => {
  await book.write('one', { number: 1, deltas: deltas(50), figures: null });
  await book.write('two', { number: 1, deltas: deltas(7), figures: null });
  await book.write('one', { number: 2, deltas: deltas(1), figures: null });
  expect(await accepted()).toBe(58);
});

test('a write that is sent again counts once', async () => {
  const write = { number: 1, deltas: deltas(50), figures: null };
  await book.write('one', write);
  await book.write('one', write);
  expect(await accepted()).toBe(50);
});

test('sums of seconds come back to the microsecond', async () => {
  const meter = new MemoryMeter();
  meter.observe('sluice_token_wait_seconds', {}, 0.123456);
  await book.write('one', { number: 1, deltas: meter.drain(), figures: null });
  expect((await book.counts()).find(({ of }) => of.part === 'sum')?.value).toBe(123_456);
});

test('what a newer version counts does not upset an older one', async () => {
  await server.redis.hset(keys.meter(), 'sluice_of_tomorrow_total|x', 5);
  await book.write('one', { number: 1, deltas: deltas(50), figures: null });
  expect(await book.counts()).toHaveLength(1);
});

test('a thread is told of while it is heard of, and leaves nothing behind', async () => {
  await book.write('one', { number: 1, deltas: new Map(), figures: figures('alive') });
  await book.write('two', { number: 1, deltas: new Map(), figures: figures('killed') });
  expect(await book.threads()).toEqual([figures('alive'), figures('killed')]);
  await server.redis.zadd(keys.meterThreads(), Date.now() - 60_000, 'killed/send');
  expect(await book.threads()).toEqual([figures('alive')]);
  await book.write('one', { number: 2, deltas: new Map(), figures: figures('alive') });
  expect(await server.redis.hkeys(keys.meterFigures())).toEqual(['alive/send']);
});

test('there are figures of six hundred threads and no more', async () => {
  const writes = Array.from({ length: 605 }, (_thread, n) =>
    book.write(`w${n}`, { number: 1, deltas: new Map(), figures: figures(`w${n}`) }),
  );
  await Promise.all(writes);
  expect(await book.threads()).toHaveLength(600);
});
