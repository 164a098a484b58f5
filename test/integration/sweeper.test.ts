import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openClient } from '../../src/cli/wire.ts';
import { buildWorker } from '../../src/cli/wire-roles.ts';
import { WORKER_ROLES } from '../../src/cli/worker-card.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Service } from '../../src/core/service.ts';
import type { Client } from '../../src/desk/client.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { imbalances } from '../../src/queue/receipt.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

/* The queue is a courier: whatever happens to its jobs, every recipient gets the mail, once. */

const server = useRedis();
const PEOPLE = 1_000;
let folder = '';
let sandbox: Sandbox;
let client: Client;
const running: Service[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-sweeper-'));
  sandbox = await startSandbox({ account: { perSecond: 400 }, latencyMs: 20 });
  client = await openClient(config(), server.url, silentLogger);
  writeFileSync(
    join(folder, 'people.csv'),
    `email\n${Array.from({ length: PEOPLE }, (_unused, i) => `p${i}@example.com`).join('\n')}\n`,
  );
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
  await client.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function config() {
  return loadConfig('worker', {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    SLUICE_LOG_DIR: join(folder, 'log'),
    SLUICE_LOCK_MS: '2000',
    SLUICE_DOUBT_MS: '15000',
    SLUICE_PUBLIC_URL: 'https://mail.example.com',
    SLUICE_SECRET: 'x'.repeat(40),
  });
}

async function startWorker(): Promise<Service> {
  const worker = await buildWorker(
    config(),
    client,
    { endpoint: sandbox.url, queueUrl: null },
    WORKER_ROLES,
    silentLogger,
  );
  running.push(worker);
  await worker.start();
  return worker;
}

async function enqueue(id: string): Promise<void> {
  await enqueueCampaign(
    {
      id,
      sender: { from: 'news@example.com' },
      content: { subject: 'Hello', text: 'Hello {{email}} {{unsubscribeUrl}}' },
      audience: { kind: 'csv', path: join(folder, 'people.csv') },
    },
    { redis: client.redis },
  );
}

async function withQueues(act: (campaigns: Queue, batches: Queue) => Promise<void>): Promise<void> {
  const [campaigns, batches] = ['campaigns', 'batches'].map(
    (name) => new Queue(name, { connection: client.redis, prefix: '{sluice}' }),
  );
  if (!campaigns || !batches) throw new Error('unreachable');
  await act(campaigns, batches);
  await Promise.all([campaigns.close(), batches.close()]);
}

async function finishes(id: string): Promise<void> {
  await expect.poll(async () => (await client.campaigns.receipt(id))?.state).toBe('finished');
  const receipt = await client.campaigns.receipt(id);
  expect(receipt && imbalances(receipt.counts)).toEqual([]);
  expect(receipt?.counts).toMatchObject({ planned: PEOPLE, accepted: PEOPLE, pending: 0 });
  expect(sandbox.store.stats()).toMatchObject({ accepted: PEOPLE, distinctAddresses: PEOPLE, duplicates: 0 });
}

test('a campaign whose job was removed by hand before any worker saw it is still sent', async () => {
  await enqueue('removed');
  await withQueues(async (campaigns) => {
    await (await campaigns.getJob('removed'))?.remove();
  });
  await startWorker();
  await finishes('removed');
});

test('queues that are obliterated while a campaign runs lose nobody, and nobody gets two', async () => {
  await startWorker();
  await enqueue('obliterated');
  await expect.poll(() => sandbox.store.stats().accepted).toBeGreaterThan(200);
  await withQueues(async (campaigns, batches) => {
    await batches.obliterate({ force: true });
    await campaigns.obliterate({ force: true });
  });
  await finishes('obliterated');
});

test('a worker that is stopped in the middle hands the rest to another', async () => {
  const first = await startWorker();
  await enqueue('handed-over');
  await expect.poll(() => sandbox.store.stats().accepted).toBeGreaterThan(100);
  await first.stop();
  const before = sandbox.store.stats().accepted;
  expect(before).toBeLessThan(PEOPLE);
  await startWorker();
  await finishes('handed-over');
});

test('a campaign that is cancelled while it runs accounts for everybody who was planned', async () => {
  await startWorker();
  await enqueue('cancelled');
  await expect.poll(() => sandbox.store.stats().accepted).toBeGreaterThan(100);
  await client.steering.cancel('cancelled', { by: 'test', reason: 'wrong mail' });
  await expect
    .poll(async () => (await client.campaigns.receipt('cancelled'))?.finishedAt ?? null)
    .not.toBeNull();
  const receipt = await client.campaigns.receipt('cancelled');
  expect(receipt && imbalances(receipt.counts)).toEqual([]);
  expect(receipt).toMatchObject({ state: 'cancelled', counts: { pending: 0, inDoubt: 0 } });
  expect(receipt?.counts.accepted).toBe(sandbox.store.stats().accepted);
  expect(receipt?.counts.cancelled).toBeGreaterThan(0);
});

test('a Redis whose memory is full holds sending; with room again everything goes on', async () => {
  await startWorker();
  await enqueue('full');
  await expect.poll(() => sandbox.store.stats().accepted).toBeGreaterThan(100);
  await client.redis.config('SET', 'maxmemory', '1mb');
  // What was claimed may still arrive; after that nothing more does.
  let before = -1;
  await expect
    .poll(
      () => {
        const same = sandbox.store.stats().accepted === before;
        before = sandbox.store.stats().accepted;
        return same;
      },
      { interval: 1_500 },
    )
    .toBe(true);
  expect(before).toBeLessThan(PEOPLE);
  await client.redis.config('SET', 'maxmemory', '0');
  await finishes('full');
});
