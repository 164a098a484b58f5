import { Queue } from 'bullmq';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { CanaryBook } from '../../src/queue/canary.ts';
import { CanarySweep } from '../../src/queue/canary-sweep.ts';
import { Courier } from '../../src/queue/courier.ts';
import { DoubtSweep } from '../../src/queue/doubt-sweep.ts';
import { BATCHES_QUEUE, batchJobId } from '../../src/queue/names.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Sweeper } from '../../src/queue/sweeper.ts';
import { DoubtBook } from '../../src/send/doubt.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ID = 'autumn';
let campaigns: Campaigns;
let courier: Courier;
let sweeper: Sweeper;

/** A campaign that runs, with one batch that is planned and has no job. */
beforeEach(async () => {
  const { redis } = server;
  campaigns = new Campaigns(redis, keys, systemClock);
  courier = new Courier(redis, keys.prefix);
  const doubt = new DoubtBook(redis, keys);
  sweeper = new Sweeper({
    campaigns,
    courier,
    book: new PlanBook(redis, keys, systemClock),
    clock: systemClock,
    logger: silentLogger,
    doubt: new DoubtSweep({ campaigns, doubt, courier, logger: silentLogger, doubtMs: 60_000 }),
    canary: new CanarySweep({
      canary: new CanaryBook(redis, keys, systemClock),
      campaigns,
      courier,
      logger: silentLogger,
    }),
    intervalMs: 60_000,
    overdueMs: 0,
  });
  const parsed = parseCampaign({
    id: ID,
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x {{unsubscribeUrl}}' },
    audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  await campaigns.accept(parsed.campaign);
  await redis.hset(keys.campaign(ID), { phase: 'running', planned: 1, pending: 1, planned_all: '1' });
  await redis.hset(keys.batch(ID, 0), { n: 1, a: 'a@example.com', p: '[[1,0,0,{}]]' });
  await redis.zadd(keys.outstanding(ID), 1, '0');
});

afterEach(() => courier.close());

async function hasJob(): Promise<boolean> {
  const queue = new Queue(BATCHES_QUEUE, { connection: server.redis, prefix: keys.prefix });
  const job = await queue.getJob(batchJobId(ID, 0));
  await queue.close();
  return job !== undefined;
}

const stands = {
  paused: () => campaigns.pause(ID, 'default', { by: 'test', reason: 'test' }),
  held: () => campaigns.hold(ID, 'default', { code: 'SES_ACCESS', reason: 'test', until: null }),
};

test('a batch that lost its job gets it back', async () => {
  await sweeper.sweep();
  expect(await hasJob()).toBe(true);
});

test.each(['paused', 'held'] as const)('the batches of a campaign that is %s stay parked', async (flag) => {
  await stands[flag]();
  await sweeper.sweep();
  expect(await hasJob()).toBe(false);
});

test.each(['paused', 'held'] as const)(
  'a campaign that was %s when it was cancelled still accounts for its recipients',
  async (flag) => {
    await stands[flag]();
    await campaigns.cancel(ID, 'default', { by: 'test', reason: 'test' });
    await sweeper.sweep();
    expect(await hasJob()).toBe(true);
  },
);
