import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AudienceSource } from '../../src/audience/source.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { type Campaign, parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { Courier } from '../../src/queue/courier.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { PlanWorker, type PlanWorkerParts } from '../../src/queue/plan-worker.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
let campaigns: Campaigns;
let courier: Courier;
let worker: PlanWorker | null = null;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-plan-'));
  campaigns = new Campaigns(server.redis, keys, systemClock);
  courier = new Courier(server.redis, keys.prefix);
});

afterEach(async () => {
  await worker?.stop();
  worker = null;
  await courier.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A list that has no end while the test runs: its planner fills the window, and waits. */
function people(count: number): AudienceSource {
  return {
    fingerprint: async () => 'f',
    rows: async function* () {
      for (let from = 0; from < count; from += 500) {
        yield Array.from({ length: Math.min(500, count - from) }, (_unused, index) => ({
          seq: from + index + 1,
          email: `p${from + index}@example.com`,
          data: {},
        }));
      }
    },
  };
}

async function startWorker(options: Partial<PlanWorkerParts> = {}): Promise<void> {
  worker = new PlanWorker({
    redis: server.redis.duplicate({ maxRetriesPerRequest: null }),
    prefix: keys.prefix,
    campaigns,
    book: new PlanBook(server.redis, keys, systemClock),
    courier,
    clock: systemClock,
    logger: silentLogger,
    openAudience: () => people(1_000_000),
    filesRoot: null,
    marketingObstacle: null,
    accountPerSecond: () => 5_000,
    perSecondOf: () => null,
    windowMax: 200,
    backlogMax: 10_000,
    plansMax: 50,
    filterBytesMax: 1 << 28,
    lockMs: 30_000,
    testSender: { run: async () => 'done' },
    ...options,
  });
  await worker.start();
}

async function enqueue(id: string, category: Campaign['category']): Promise<void> {
  const parsed = parseCampaign({
    id,
    category,
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x' },
    audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  await campaigns.accept(parsed.campaign);
  await courier.campaign(parsed.campaign);
}

const outstanding = (id: string) => server.redis.zcard(keys.outstanding(id));

test('a transactional campaign is planned at once behind as many long ones as the process plans', async () => {
  await startWorker({ plansMax: 3 });
  const long = ['one', 'two', 'three', 'four', 'five', 'six'];
  for (const id of long) await enqueue(id, 'marketing');
  await vi.waitFor(async () => {
    const planned = await Promise.all(long.map(outstanding));
    expect(planned.filter((count) => count > 0)).toHaveLength(3);
  });
  await enqueue('receipt', 'transactional');
  await vi.waitFor(async () => expect(await outstanding('receipt')).toBeGreaterThan(0));
});

test('six long campaigns are planned side by side, and share the window', async () => {
  await startWorker();
  const long = ['one', 'two', 'three', 'four', 'five', 'six'];
  for (const id of long) await enqueue(id, 'marketing');
  await vi.waitFor(async () => {
    for (const id of long) expect(await outstanding(id)).toBeGreaterThan(0);
    expect(await server.redis.zcard(keys.planning())).toBe(6);
  });
  // What was planned while there were fewer has been sent; now each refills to its share.
  for (const id of long) await server.redis.del(keys.outstanding(id));
  await vi.waitFor(
    async () => {
      for (const id of long) expect(await outstanding(id)).toBeGreaterThan(20);
    },
    { timeout: 5_000 },
  );
  const all = await Promise.all(long.map(outstanding));
  expect(all.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(210);
});

test('a campaign that stands still gives its place to another', async () => {
  await startWorker({ plansMax: 1 });
  await enqueue('one', 'marketing');
  await vi.waitFor(async () => expect(await outstanding('one')).toBeGreaterThan(0));
  await campaigns.pause('one', 'default', 'test');
  await vi.waitFor(async () => expect(await server.redis.zcard(keys.planning())).toBe(0), { timeout: 5_000 });
  await enqueue('two', 'marketing');
  await vi.waitFor(async () => expect(await outstanding('two')).toBeGreaterThan(0), { timeout: 10_000 });
});

test('campaigns have no more outstanding than two seconds of what they and their project may send', async () => {
  const project = 400;
  await startWorker({ perSecondOf: (_mailing, sharers) => project / sharers });
  await enqueue('one', 'marketing');
  await vi.waitFor(async () => expect(await outstanding('one')).toBe(16));
  await enqueue('two', 'marketing');
  await vi.waitFor(async () => expect(await outstanding('two')).toBe(8));
  await server.redis.del(keys.outstanding('one'));
  await vi.waitFor(async () => expect(await outstanding('one')).toBeGreaterThan(4), { timeout: 5_000 });
  expect(await outstanding('one')).toBeLessThanOrEqual(8);
});
