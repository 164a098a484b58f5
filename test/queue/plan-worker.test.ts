import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { AudienceSource } from '../../src/audience/source.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Guard } from '../../src/guard/guard.ts';
import { ProfileBook } from '../../src/identity/profile.ts';
import { type Campaign, type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { CanaryBook } from '../../src/queue/canary.ts';
import { Courier } from '../../src/queue/courier.ts';
import { GuardBook } from '../../src/queue/guard-book.ts';
import { CAMPAIGNS_QUEUE } from '../../src/queue/names.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { PlanWorker, type PlanWorkerParts } from '../../src/queue/plan-worker.ts';
import { Steering } from '../../src/queue/steer.ts';
import { decodePayload } from '../../src/send/payload.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { NEWS } from '../support/profile-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
let campaigns: Campaigns;
let courier: Courier;
let worker: PlanWorker | null = null;
let blocking: Redis | null = null;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-plan-'));
  campaigns = new Campaigns(server.redis, keys, systemClock);
  courier = new Courier(server.redis, keys.prefix);
});

afterEach(async () => {
  await worker?.stop();
  worker = null;
  blocking?.disconnect();
  blocking = null;
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
  blocking = server.redis.duplicate({ maxRetriesPerRequest: null });
  worker = new PlanWorker({
    redis: blocking,
    prefix: keys.prefix,
    campaigns,
    profiles: new ProfileBook(server.redis, keys),
    book: new PlanBook(server.redis, keys, systemClock),
    canary: new CanaryBook(server.redis, keys, systemClock),
    courier,
    clock: systemClock,
    logger: silentLogger,
    openAudience: () => people(1_000_000),
    filesRoot: null,
    marketingObstacle: null,
    domainObstacle: async () => null,
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

const HANA = { by: 'Hana', reason: 'it is mended' };
const steering = () =>
  new Steering({
    campaigns,
    courier,
    guard: new Guard(server.redis, keys),
    guardBook: new GuardBook(server.redis, keys, systemClock),
    canary: new CanaryBook(server.redis, keys, systemClock),
    clock: systemClock,
  });

async function enqueue(
  id: string,
  category: Campaign['category'],
  change: Partial<CampaignInput> = {},
): Promise<void> {
  const parsed = parseCampaign({
    id,
    category,
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x {{unsubscribeUrl}}' },
    ...change,
    audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  await campaigns.accept(parsed.campaign);
  await courier.campaign(parsed.campaign);
}

/** A campaign whose profile says this. */
async function withProfile(unsubscribe: string): Promise<void> {
  const profile = { ...NEWS, unsubscribe };
  await new ProfileBook(server.redis, keys).put(profile, Buffer.from('a block'));
}
const profiled = { sender: { profile: 'news' } };
const heldFor = async (id: string) => (await campaigns.look(id))?.held;

const outstanding = (id: string) => server.redis.zcard(keys.outstanding(id));

test('a transactional campaign is planned at once behind as many long ones as the process plans', async () => {
  await startWorker({ plansMax: 3 });
  const long = ['one', 'two', 'three', 'four', 'five', 'six'];
  for (const id of long) await enqueue(id, 'marketing');
  await eventually(async () => {
    const planned = await Promise.all(long.map(outstanding));
    expect(planned.filter((count) => count > 0)).toHaveLength(3);
  });
  await enqueue('receipt', 'transactional');
  await eventually(async () => expect(await outstanding('receipt')).toBeGreaterThan(0));
});

test('six long campaigns are planned side by side, and share the window', async () => {
  await startWorker();
  const long = ['one', 'two', 'three', 'four', 'five', 'six'];
  for (const id of long) await enqueue(id, 'marketing');
  await eventually(async () => {
    for (const id of long) expect(await outstanding(id)).toBeGreaterThan(0);
    expect(await server.redis.zcard(keys.planning())).toBe(6);
  });
  // What was planned while there were fewer has been sent; now each refills to its share.
  for (const id of long) await server.redis.del(keys.outstanding(id));
  await eventually(async () => {
    for (const id of long) expect(await outstanding(id)).toBeGreaterThan(20);
  });
  const all = await Promise.all(long.map(outstanding));
  expect(all.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(210);
});

test('a campaign that stands still gives its place to another', async () => {
  await startWorker({ plansMax: 1 });
  await enqueue('one', 'marketing');
  await eventually(async () => expect(await outstanding('one')).toBeGreaterThan(0));
  await campaigns.pause('one', 'default', { by: 'test', reason: 'test' });
  await eventually(async () => expect(await server.redis.zcard(keys.planning())).toBe(0));
  await enqueue('two', 'marketing');
  await eventually(async () => expect(await outstanding('two')).toBeGreaterThan(0));
});

test('what was accepted before a rule came is planned, and what comes after it is refused', async () => {
  await enqueue('before', 'marketing', { content: { subject: 'x', text: 'no link' } });
  await startWorker();
  await eventually(async () => expect(await outstanding('before')).toBeGreaterThan(0));
  const queue = new Queue(CAMPAIGNS_QUEUE, { connection: server.redis, prefix: keys.prefix });
  onTestFinished(() => queue.close());
  const audience = { kind: 'inline', recipients: [{ email: 'a@example.com' }] };
  const after = { id: 'after', ...profiled, content: { subject: 'x', text: 'no link' }, audience };
  const job = await queue.add('campaign', after);
  await eventually(async () => expect(await job.isFailed()).toBe(true));
  const { failedReason } = (await Job.fromId(queue, job.id ?? '')) ?? {};
  expect(failedReason).toContain('sender.profile: there is no profile "news"');
  expect(failedReason).toContain('content.text: has no {{unsubscribeUrl}}');
  expect(await campaigns.look('after')).toBeNull();
});

test('a campaign whose profile is gone is held before it is planned, and goes on when it is there again', async () => {
  await enqueue('autumn', 'marketing', profiled);
  await startWorker();
  await eventually(async () =>
    expect(await heldFor('autumn')).toMatchObject({ code: 'PROFILE', until: null }),
  );
  expect(await outstanding('autumn')).toBe(0);
  await withProfile('sluice');
  await steering().resume('autumn', HANA, false);
  await eventually(async () => expect(await outstanding('autumn')).toBeGreaterThan(0));
});

test('marketing mail with an own URL needs no links of this installation', async () => {
  await withProfile('https://example.com/stop?m={{email}}');
  await enqueue('own', 'marketing', profiled);
  await enqueue('ours', 'marketing');
  await startWorker({ marketingObstacle: 'no links here' });
  await eventually(async () => expect(await heldFor('ours')).toMatchObject({ code: 'CONFIGURATION' }));
  await eventually(async () => expect(await outstanding('own')).toBeGreaterThan(0));
});

test('what is planned carries the columns of every URL that its profile has had', async () => {
  await withProfile('https://example.com/stop?c={{customer_id}}');
  await enqueue('autumn', 'marketing', profiled);
  await startWorker();
  await eventually(async () => expect(await outstanding('autumn')).toBeGreaterThan(0));
  await campaigns.pause('autumn', 'default', { by: 'test', reason: 'test' });
  await eventually(async () => expect(await server.redis.zcard(keys.planning())).toBe(0));
  const next = Number(await server.redis.hget(keys.campaign('autumn'), 'next'));
  await withProfile('https://example.com/stop?s={{shop}}');
  await server.redis.del(keys.outstanding('autumn'));
  await steering().resume('autumn', HANA, false);
  await eventually(async () => expect(await outstanding('autumn')).toBeGreaterThan(0));
  expect(await columnsOf(next - 1)).toEqual(['customer_id']);
  expect(await columnsOf(next)).toEqual(['customer_id', 'shop']);
});

/** Of the first recipient of a batch. */
async function columnsOf(batch: number): Promise<string[]> {
  const [a = '', p = ''] = await server.redis.hmget(keys.batch('autumn', batch), 'a', 'p');
  const [first] = decodePayload({ addresses: (a ?? '').split('\n'), payload: p ?? '' });
  return Object.keys(first?.data ?? {});
}
test('campaigns have no more outstanding than two seconds of what they and their project may send', async () => {
  const project = 400;
  await startWorker({ perSecondOf: (_mailing, sharers) => project / sharers });
  await enqueue('one', 'marketing');
  await eventually(async () => expect(await outstanding('one')).toBe(16));
  await enqueue('two', 'marketing');
  await eventually(async () => expect(await outstanding('two')).toBe(8));
  await server.redis.del(keys.outstanding('one'));
  await eventually(async () => expect(await outstanding('one')).toBeGreaterThan(4));
  expect(await outstanding('one')).toBeLessThanOrEqual(8);
});
