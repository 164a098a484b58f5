import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Guard } from '../../src/guard/guard.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { CanaryBook } from '../../src/queue/canary.ts';
import { Courier } from '../../src/queue/courier.ts';
import { GuardBook } from '../../src/queue/guard-book.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Steering } from '../../src/queue/steer.ts';
import { newLedger } from '../support/ledger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ID = 'autumn';
const ref = { campaign: ID, project: 'default', batch: 0, sender: 'news@example.com' };
const HANA = { by: 'Hana', reason: 'it is mended' };
let campaigns: Campaigns;
let steering: Steering;

beforeEach(async () => {
  const { redis } = server;
  campaigns = new Campaigns(redis, keys, systemClock);
  steering = new Steering({
    campaigns: campaigns,
    courier: new Courier(redis, keys.prefix),
    guard: new Guard(redis, keys),
    guardBook: new GuardBook(redis, keys, systemClock),
    canary: new CanaryBook(redis, keys, systemClock),
    clock: systemClock,
  });
  const parsed = parseCampaign({
    id: ID,
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x {{unsubscribeUrl}}' },
    audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  await campaigns.accept(parsed.campaign);
  await redis.hset(keys.campaign(ID), {
    phase: 'running',
    read: 2,
    planned: 2,
    pending: 2,
    planned_all: '1',
  });
  await redis.hset(keys.batch(ID, 0), {
    n: 2,
    a: 'a@example.com\nb@example.com',
    p: '[[1,0,0,{}],[2,0,0,{}]]',
  });
  await redis.zadd(keys.outstanding(ID), 1, '0');
});

const claim = async (number: string) =>
  newLedger(server.redis, keys, 1_000).claim(ref, number, [0, 1], false);
const jobs = async () => server.redis.exists('{test}:batches:autumn-0', '{test}:campaigns:autumn.0');

test('nobody is claimed when pause has returned, and everybody can be again after resume', async () => {
  expect(await steering.pause(ID, { by: 'test', reason: 'wrong price' })).toEqual({ kind: 'changed' });
  expect(await claim('w-1')).toEqual({ kind: 'standstill', why: 'paused' });
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'paused', reason: 'wrong price' });
  expect(await steering.resume(ID, HANA, false)).toEqual({ kind: 'changed' });
  expect(await claim('w-2')).toMatchObject({ kind: 'claimed', positions: [0, 1] });
});

test('resume puts the work back on the queue', async () => {
  await steering.pause(ID, { by: 'test', reason: null });
  expect(await jobs()).toBe(0);
  await steering.resume(ID, HANA, false);
  expect(await jobs()).toBe(1);
});

test('nobody is claimed when cancel has returned, and the outstanding batches come back to be accounted for', async () => {
  expect(await steering.cancel(ID, { by: 'test', reason: 'too late' })).toEqual({ kind: 'changed' });
  expect(await claim('w-1')).toEqual({ kind: 'standstill', why: 'ended' });
  expect(await jobs()).toBe(1);
  expect(await campaigns.receipt(ID)).toMatchObject({
    state: 'cancelled',
    reason: 'too late',
    finishedAt: null,
  });
});

test('no planner begins on a cancelled campaign', async () => {
  await steering.cancel(ID, { by: 'test', reason: null });
  expect(await new PlanBook(server.redis, keys, systemClock).begin(ID, 'default')).toEqual({ kind: 'ended' });
});

test('what is over can’t be steered, and what is not there neither', async () => {
  await steering.cancel(ID, { by: 'test', reason: null });
  expect(await steering.pause(ID, { by: 'test', reason: null })).toEqual({ kind: 'ended' });
  expect(await steering.resume(ID, HANA, true)).toEqual({ kind: 'ended' });
  expect(await steering.cancel('nobody', { by: 'test', reason: null })).toEqual({ kind: 'missing' });
});

test('doing it twice changes nothing the second time', async () => {
  await steering.pause(ID, { by: 'test', reason: 'once' });
  const rows = await server.redis.xlen(keys.outbox());
  expect(await steering.pause(ID, { by: 'test', reason: 'twice' })).toEqual({ kind: 'same' });
  expect(await server.redis.xlen(keys.outbox())).toBe(rows);
  expect(await campaigns.receipt(ID)).toMatchObject({ reason: 'once' });
});

test('a hold whose cause still stands is only lifted on purpose', async () => {
  const hold = { code: 'SES_QUOTA', reason: 'the quota is used up', until: Date.now() + 600_000 } as const;
  await campaigns.hold(ID, 'default', hold);
  expect(await steering.resume(ID, HANA, false)).toMatchObject({ kind: 'stands', hold });
  expect(await claim('w-1')).toEqual({ kind: 'standstill', why: 'held' });
  expect(await steering.resume(ID, HANA, true)).toEqual({ kind: 'changed' });
  expect(await claim('w-2')).toMatchObject({ kind: 'claimed' });
});

test('a hold that an operator has mended is lifted, and with it a pause', async () => {
  await campaigns.hold(ID, 'default', { code: 'SES_IDENTITY', reason: 'not verified', until: null });
  await steering.pause(ID, { by: 'test', reason: 'meanwhile' });
  expect(await steering.resume(ID, HANA, false)).toEqual({ kind: 'changed' });
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'running', reason: null });
});
