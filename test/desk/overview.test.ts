import { beforeEach, describe, expect, test } from 'vitest';
import type { SesAccount } from '../../src/send/transport.ts';
import { campaignInput, type DeskStage, deskStage, HANA } from '../support/desk-stage.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
let stage: DeskStage;

beforeEach(() => {
  stage = deskStage(server);
});

test('of an installation in which nothing has happened there is an overview', async () => {
  expect(await stage.desk.overview()).toMatchObject({
    account: null,
    rateShare: 1,
    sent24Hours: 0,
    perSecond: 0,
    open: [],
    openCount: 0,
    states: {},
    log: { entries: 0, dead: 0 },
    feedbackLagMs: null,
    guard: [],
    workers: [],
  });
});

test('shows what is open, what stands still first, and what of it wants a person', async () => {
  const { desk, client } = stage;
  for (const id of ['a', 'b', 'c']) await desk.campaigns.submit(campaignInput(id));
  await client.redis.hset(client.keys.campaign('c'), 'phase', 'finished');
  await client.redis.srem(client.keys.open(), 'c');
  await client.campaigns.hold('a', 'default', { code: 'GUARD', reason: 'too much bounces', until: null });
  await client.roster.beat({ name: 'w', roles: ['plan', 'send'], ses: 'aws', marketingObstacle: null });
  await client.account.put({ perSecond: 14, perDay: 50_000, sentLast24Hours: 49_000, at: Date.now() });
  const overview = await desk.overview();
  expect(overview.open.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(overview).toMatchObject({ openCount: 2, states: { held: 1, queued: 1 } });
  expect(overview.account?.perSecond).toBe(14);
  expect(overview.workers.map(({ name }) => name)).toEqual(['w']);
  expect(overview.decisions.map(({ urgency, code }) => [urgency, code])).toEqual([
    ['now', 'NO_WORKER'],
    ['now', 'GUARD'],
    ['soon', 'QUOTA'],
  ]);
  expect(overview.decisions[1]).toMatchObject({ campaign: 'a', since: expect.stringMatching(/^\d{4}-.*Z$/) });
});

test('while SES throttles, the share of its rate that is used is shown', async () => {
  const { client, desk } = stage;
  await client.redis.hset(client.keys.throttle(), { share: 0.25, at: Date.now() + 60_000 });
  expect((await desk.overview()).rateShare).toBe(0.25);
  await client.redis.hset(client.keys.throttle(), { share: 0.25, at: 1 });
  expect((await desk.overview()).rateShare).toBe(1);
});

test('of the guard’s sums many overviews ask once in ten seconds, and never of limits; the guard itself is of now', async () => {
  let now = Date.now();
  const { desk, client } = deskStage(server, {}, { clock: { now: () => now, sleep: async () => {} } });
  const { redis, keys } = client;
  const base = `${keys.guards()}default:news@example.com`;
  const send = async () => {
    await redis.hincrby(`${base}:m:${Math.floor(Date.now() / 60_000)}`, 's', 100);
    await redis.zadd(keys.guarded(), Math.floor(Date.now() / 3_600_000), base);
  };
  const shown = async () =>
    (await desk.overview()).guard.map(({ hour, limits }) => [hour.sends, limits.bounceRate]);
  await send();
  expect(await shown()).toEqual([[100, 0.05]]);
  await send();
  await desk.senders.setProject('default', { bounceRate: 0.02 }, HANA);
  expect(await shown()).toEqual([[100, 0.02]]);
  expect((await desk.senders.guard()).rates).toMatchObject([{ hour: { sends: 200 } }]);
  now += 10_000;
  expect(await shown()).toEqual([[200, 0.02]]);
});

describe('obstacle', () => {
  const account: SesAccount = {
    perSecond: 14,
    perDay: 50_000,
    sentLast24Hours: 0,
    productionAccess: true,
    sendingEnabled: true,
    enforcement: 'HEALTHY',
  };
  const REGION = { AWS_REGION: 'eu-west-1' };

  test('there is none where Redis takes writes and the log is not behind', async () => {
    expect(await stage.desk.obstacle()).toBeNull();
  });

  test('a Redis that is full takes no writes', async () => {
    await server.redis.config('SET', 'maxmemory', '1');
    try {
      expect(await stage.desk.obstacle()).toBe('the memory of Redis is full, and it takes no writes');
    } finally {
      await server.redis.config('SET', 'maxmemory', '0');
    }
  });

  test('SES is asked where this process has settings for it, and only now and then', async () => {
    const clock = new MovableClock();
    let asked = 0;
    const answers = [
      async () => account,
      async () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3')),
    ];
    const askAccount = async () => (answers[asked++] ?? answers[1])?.() ?? account;
    const { desk } = deskStage(server, REGION, { askAccount, clock });
    expect(await desk.obstacle()).toBeNull();
    clock.move(2_000);
    expect(await desk.obstacle()).toBeNull();
    expect(asked).toBe(1);
    clock.move(60_000);
    expect(await desk.obstacle()).toBe('SES can’t be asked');
  });

  test('that SES throttles the question, or lets only workers ask, is no obstacle; that it has paused sending is', async () => {
    const throttled = async () => Promise.reject(new Error('TooManyRequestsException: Too many requests'));
    expect(await deskStage(server, REGION, { askAccount: throttled }).desk.obstacle()).toBeNull();
    const denied = async () => Promise.reject(new Error('AccessDeniedException: not authorized to perform'));
    expect(await deskStage(server, REGION, { askAccount: denied }).desk.obstacle()).toBeNull();
    const paused = async () => ({ ...account, sendingEnabled: false });
    expect(await deskStage(server, REGION, { askAccount: paused }).desk.obstacle()).toBe(
      'SES has paused sending for this account',
    );
  });

  test('without settings for SES the word of the workers counts', async () => {
    const { client } = stage;
    const old = { perSecond: 14, perDay: null, sentLast24Hours: 0, at: Date.now() - 20 * 60_000 };
    await client.account.put(old);
    expect(await deskStage(server).desk.obstacle()).toBeNull();
    await client.roster.beat({ name: 'w', roles: ['send'], ses: 'aws', marketingObstacle: null });
    expect(await deskStage(server).desk.obstacle()).toBe('the workers have not reached SES for 20 min');
  });
});
