import { Queue, Worker } from 'bullmq';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { Courier } from '../../src/queue/courier.ts';
import { encodeSections, extendSections, type JobSection } from '../../src/queue/job-groups.ts';
import { BATCHES_QUEUE } from '../../src/queue/names.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ID = 'autumn';
let courier: Courier;
let queue: Queue;

beforeAll(() => {
  courier = new Courier(server.redis, keys.prefix);
  queue = new Queue(BATCHES_QUEUE, { connection: server.redis, prefix: keys.prefix });
});

afterAll(async () => {
  await courier.close();
  await queue.close();
});

async function liveJobs(): Promise<number[][]> {
  const jobs = await queue.getJobs(['wait', 'prioritized', 'delayed', 'active']);
  return jobs.map((job) => job.data.batches);
}

/** What may happen to batches, in any order. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('plan'),
    jobs: fc.integer({ min: 1, max: 3 }),
    size: fc.constantFrom(1, 2, 5, 10),
  }),
  fc.record({ kind: fc.constant('end'), pick: fc.nat(), settles: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('sweep', 'resume'), pick: fc.nat() }),
  fc.record({ kind: fc.constant('doubt'), pick: fc.nat() }),
);

test('whatever is planned, parked, swept and settled, no batch is ever in two live jobs, and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await server.redis.flushall();
      let sections: readonly JobSection[] = [];
      let next = 0;
      const outstanding = new Set<number>();
      for (const one of steps) {
        if ('size' in one) {
          const count = one.jobs * one.size;
          const planned = Array.from({ length: count }, (_unused, at) => next + at);
          sections = extendSections(sections, next, count, one.size);
          await server.redis.hset(keys.campaign(ID), 'jobs', encodeSections(sections));
          next += count;
          for (const batch of planned) outstanding.add(batch);
          await courier.planned(ID, 'marketing', sections, planned);
        } else if ('settles' in one) {
          // A job ends: its batches are settled, or parked since the campaign stands still.
          const jobs = await queue.getJobs(['prioritized']);
          const job = jobs[one.pick % Math.max(jobs.length, 1)];
          if (one.settles) for (const batch of job?.data.batches ?? []) outstanding.delete(batch);
          await job?.remove();
        } else if (one.kind === 'doubt' && next > 0) {
          outstanding.add(one.pick % next);
          await courier.batches(ID, 'marketing', [one.pick % next]);
        } else {
          const all = [...outstanding];
          await courier.batches(
            ID,
            'marketing',
            one.kind === 'sweep' ? all.slice(one.pick % (all.length + 1)) : all,
          );
        }
        const live = (await liveJobs()).flat();
        expect(new Set(live).size).toBe(live.length);
      }
      await courier.batches(ID, 'marketing', [...outstanding]);
      expect((await liveJobs()).flat()).toEqual(expect.arrayContaining([...outstanding]));
    }),
    { numRuns: 40 },
  );
});

test('transactional jobs are taken before all others, and each kind in its order', async () => {
  await courier.planned('slow', 'marketing', [], [0, 1]);
  await courier.planned('fast', 'transactional', [], [0, 1]);
  await courier.planned('slow', 'marketing', [], [2]);
  await courier.planned('fast', 'transactional', [], [2]);
  const taken: string[] = [];
  const worker = new Worker(BATCHES_QUEUE, null, {
    connection: server.redis,
    prefix: keys.prefix,
    drainDelay: 1,
  });
  for (let job = await worker.getNextJob('t'); job; job = await worker.getNextJob('t', { block: false })) {
    taken.push(job.id ?? '');
  }
  await worker.close();
  expect(taken).toEqual(['fast-0', 'fast-1', 'fast-2', 'slow-0', 'slow-1', 'slow-2']);
});

test('a job of one batch is understood by workers that know no others', async () => {
  await courier.planned(ID, 'marketing', [], [7]);
  expect((await queue.getJob('autumn-7'))?.data).toEqual({ campaign: ID, batch: 7, batches: [7] });
});

test('the plan side takes less than a tenth of a Redis command for each recipient where jobs are full', async () => {
  const sections: JobSection[] = [{ first: 0, end: 100, size: 10 }];
  await courier.planned(ID, 'marketing', sections, [0]);
  await server.redis.config('RESETSTAT');
  await courier.planned(
    ID,
    'marketing',
    sections,
    Array.from({ length: 90 }, (_unused, at) => at + 10),
  );
  const stats = await server.redis.info('commandstats');
  const calls = [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  expect(calls / (90 * 50)).toBeLessThan(0.05);
});
