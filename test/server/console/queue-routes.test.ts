import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectRedis } from '../../../src/core/redis.ts';
import { queueRoutes } from '../../../src/server/console/queue-routes.ts';
import { openBoard } from '../../../src/server/console/queues/board.ts';
import { languageOf } from '../../../src/server/language.ts';
import { silentLogger } from '../../support/logger.ts';
import { useRedis } from '../../support/redis.ts';

const PREFIX = '{test}';
const server = useRedis();
let app: FastifyInstance;

beforeEach(async () => {
  app = fastify();
  await queueRoutes(app, {
    redis: server.redis,
    prefix: PREFIX,
    logger: silentLogger,
    languageOf: ({ headers }) => languageOf(headers['accept-language']),
  });
});
afterEach(() => app.close());

/** Words that stand for what nobody may see on the board, wherever a client of BullMQ puts them. */
const ADDRESS = 'hanako@example.co.jp';
const MAIL = 'Tulip bulbs are here';

const CAMPAIGN = {
  id: 'autumn',
  project: 'shop',
  name: `For ${ADDRESS}`,
  category: 'marketing',
  sender: { from: `Hanako <${ADDRESS}>` },
  content: { subject: MAIL, html: `<p>${MAIL}</p>` },
  audience: { kind: 'inline', recipients: [{ email: ADDRESS, data: { note: MAIL } }, { email: ADDRESS }] },
  tags: { to: ADDRESS },
};

/** A queue in which every state has a job, all of them full of addresses and mail. */
async function fill(name: string): Promise<void> {
  const connection = connectRedis(server.url);
  const workerConnection = connectRedis(server.url);
  const queue = new Queue(name, { connection, prefix: PREFIX });
  const worker = new Worker(
    name,
    async (job) => {
      await job.updateProgress({ to: ADDRESS, said: MAIL });
      await job.log(`sent ${MAIL} to ${ADDRESS}`);
      if (job.name !== 'campaign') return { to: ADDRESS, said: MAIL };
      throw Object.assign(new Error(`recipients.0.email: "${ADDRESS}" says ${MAIL}`), {
        stack: `Error: ${MAIL}\n    at ${ADDRESS}\n    at send (/home/${ADDRESS}/deliver.ts:12:3)\n    at ${MAIL} (x.ts:1:1)`,
      });
    },
    { connection: workerConnection, prefix: PREFIX },
  );
  await queue.add('campaign', CAMPAIGN, { jobId: 'broken' });
  await queue.add(`send ${ADDRESS}`, CAMPAIGN, { jobId: 'gone', deduplication: { id: ADDRESS } });
  await expect
    .poll(async () => [await queue.getFailedCount(), await queue.getCompletedCount()])
    .toEqual([1, 1]);
  await worker.close();
  await queue.add('campaign', CAMPAIGN, { jobId: 'new' });
  await queue.add('campaign', CAMPAIGN, { jobId: `of ${ADDRESS}` });
  await queue.add('campaign', CAMPAIGN, { jobId: 'later', delay: 900_000, attempts: 3 });
  await queue.add(ADDRESS, { campaign: ADDRESS, batches: [1, ADDRESS] }, { jobId: 'last', priority: 2 });
  await queue.upsertJobScheduler(`for ${ADDRESS}`, { every: 900_000 }, { name: MAIL, data: CAMPAIGN });
  await queue.close();
  connection.disconnect();
  workerConnection.disconnect();
}

/** Of Bull Board itself, so that a route of a later version is among them. */
function boardRoutes() {
  const folder = dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'));
  return openBoard([], folder);
}

const filled = (path: string, queue: string, job: string) =>
  `/queues${path}`
    .replace(':queueName', queue)
    .replace(':jobId', job)
    .replace(':queueStatus', 'failed')
    .replace(':schedulerId', encodeURIComponent(`for ${ADDRESS}`));

describe('what the board shows', () => {
  test('no answer of Bull Board has an address, a mail or a key of a job in it', async () => {
    for (const name of ['campaigns', 'batches', 'notices']) await fill(name);
    const jobs = ['broken', 'gone', 'new', 'later', 'last', encodeURIComponent(`of ${ADDRESS}`)];
    const states = ['latest', 'active', 'waiting', 'prioritized', 'completed', 'failed', 'delayed', 'paused'];
    const urls = new Set(
      boardRoutes().questions.flatMap(({ path }) =>
        ['campaigns', 'batches', 'notices'].flatMap((queue) =>
          jobs.flatMap((job) => [
            filled(path, queue, job),
            `${filled(path, queue, job)}?root=node&queueName=${queue}`,
          ]),
        ),
      ),
    );
    for (const queue of ['campaigns', 'batches', 'notices'])
      for (const state of states)
        urls.add(`/queues/api/queues?activeQueue=${queue}&status=${state}&page=1&jobsPerPage=300`);
    for (const url of urls) {
      const { statusCode, body } = await app.inject(url);
      expect([200, 403, 404], url).toContain(statusCode);
      expect(body, url).not.toMatch(/hanako|example\.co\.jp|tulip|@/i);
    }
  });

  test('a job says whose it is, how often it was tried, where it failed, and how much is in it', async () => {
    await fill('campaigns');
    const { job, status } = (await app.inject('/queues/api/queues/campaigns/broken')).json();
    expect(status).toBe('failed');
    expect(job).toMatchObject({
      id: 'broken',
      name: 'campaign',
      attempts: 1,
      failedReason: 'recipients.0.email: …',
      stacktrace: ['    at send (deliver.ts:12:3)'],
      data: { campaign: 'autumn', project: 'shop', category: 'marketing', audience: 'inline', recipients: 2 },
      isFailed: true,
    });
  });

  test('a queue shows its counts, and the jobs of the state that is asked for', async () => {
    await fill('batches');
    const url = '/queues/api/queues?activeQueue=batches&status=delayed&page=1&jobsPerPage=10';
    const { queues } = (await app.inject(url)).json();
    expect(queues.map(({ name }: { name: string }) => name)).toEqual(['campaigns', 'batches', 'notices']);
    expect(queues[1]).toMatchObject({
      counts: { failed: 1, completed: 1, waiting: 3, prioritized: 1, delayed: 1 },
      readOnlyMode: true,
    });
    expect(queues[1].jobs.map(({ id }: { id: string }) => id)).toContain('later');
  });

  test('a list that is too long to be read for a page is counted in bytes', async () => {
    const queue = new Queue('campaigns', { connection: server.redis, prefix: PREFIX });
    await queue.add('campaign', { ...CAMPAIGN, content: 'x'.repeat(100_000) }, { jobId: 'long' });
    const { job } = (await app.inject('/queues/api/queues/campaigns/long')).json();
    expect(Object.keys(job.data)).toEqual(['bytes']);
    expect(job.data.bytes).toBeGreaterThan(100_000);
    await queue.close();
  });
});

describe('what the board does', () => {
  test('every route of Bull Board that changes something is refused, and nothing is changed', async () => {
    await fill('campaigns');
    const refused = boardRoutes().refused;
    expect(refused.length).toBeGreaterThan(20);
    const before = await contents();
    for (const { method, path } of refused) {
      for (const job of ['broken', 'new', 'later']) {
        const answer = await app.inject({
          url: filled(path, 'campaigns', job),
          // Every method that inject knows and Bull Board uses.
          method: method === 'POST' ? 'POST' : method === 'PATCH' ? 'PATCH' : 'PUT',
          payload: { name: 'campaign', data: {}, options: {}, jobData: {}, priority: 1, force: true },
        });
        expect(answer.statusCode, `${method} ${path}`).toBe(405);
        expect(answer.headers['allow']).toBe('GET, HEAD');
      }
    }
    expect(await contents()).toEqual(before);
  });

  test('to look writes nothing into Redis', async () => {
    const before = await contents();
    await app.inject('/queues/api/queues?activeQueue=campaigns');
    await app.inject('/queues/api/queues/campaigns/nothing');
    expect(await contents()).toEqual(before);
  });
});

/** Everything in Redis, as it is written. */
async function contents(): Promise<Record<string, Buffer | null>> {
  const keys = (await server.redis.keys('*')).toSorted();
  return Object.fromEntries(
    await Promise.all(keys.map(async (key) => [key, await server.redis.dumpBuffer(key)])),
  );
}

describe('the page of the board', () => {
  test('loads nothing but what this server has, and has no script or style within', async () => {
    const { body, headers } = await app.inject('/queues');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU='; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'self'; frame-ancestors 'none'",
    );
    expect(body).not.toMatch(/https?:\/\/|<style| style=|onload|onclick/);
    expect([...body.matchAll(/<script(?![^>]*(src=|application\/json))/g)]).toEqual([]);
    const loaded = [...body.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => path);
    expect(loaded.length).toBeGreaterThan(4);
    for (const path of loaded) {
      const { statusCode, headers: sent } = await app.inject(`/queues/${path}`);
      expect([path, statusCode]).toEqual([path, 200]);
      expect(sent['content-type']).toMatch(/javascript|css|svg/);
    }
  });

  test.each(['/queues/queue/campaigns', '/queues/queue/campaigns/autumn'])(
    '%s leads to it as well',
    async (url) => {
      expect((await app.inject(url)).body).toBe((await app.inject('/queues')).body);
    },
  );

  test('speaks Japanese to who reads Japanese', async () => {
    const { body } = await app.inject({ url: '/queues', headers: { 'accept-language': 'ja' } });
    expect(body).toContain('"lng":"ja-JP"');
    expect(body).toContain('Sluice コンソール');
  });

  test.each(['../package.json', '..%2f..%2fpackage.json', '%2e%2e/index.ejs', 'js/nothing.js', ''])(
    'a path beside its files finds nothing: %s',
    async (path) => {
      expect((await app.inject(`/queues/static/${path}`)).statusCode).toBe(404);
    },
  );
});
