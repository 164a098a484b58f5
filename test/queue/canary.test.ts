import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DuplicateFilter } from '../../src/audience/filter.ts';
import type { AudienceSource } from '../../src/audience/source.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Guard } from '../../src/guard/guard.ts';
import { type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { CanaryBook } from '../../src/queue/canary.ts';
import { CanarySweep } from '../../src/queue/canary-sweep.ts';
import { Courier } from '../../src/queue/courier.ts';
import { GuardBook } from '../../src/queue/guard-book.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Planner } from '../../src/queue/planner.ts';
import { prepareMailing } from '../../src/queue/prepare.ts';
import { Steering } from '../../src/queue/steer.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ID = 'autumn';
const HANA = { by: 'Hana', reason: 'watched by hand' };
let campaigns: Campaigns;
let book: PlanBook;
let courier: Courier;
let canary: CanaryBook;
let guardBook: GuardBook;
let steering: Steering;

beforeEach(() => {
  const { redis } = server;
  campaigns = new Campaigns(redis, keys, systemClock);
  book = new PlanBook(redis, keys, systemClock);
  courier = new Courier(redis, keys.prefix);
  canary = new CanaryBook(redis, keys, systemClock);
  const guard = new Guard(redis, keys);
  guardBook = new GuardBook(redis, keys, systemClock);
  steering = new Steering({ campaigns, courier, guard, guardBook, canary, clock: systemClock });
});

afterEach(() => courier.close());

function campaignOf(change: Partial<CampaignInput>) {
  const parsed = parseCampaign({
    id: ID,
    category: 'transactional',
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x' },
    audience: { kind: 'csv', path: '/lists/people.csv' },
    ...change,
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  return parsed.campaign;
}

const people = (count: number): AudienceSource => ({
  fingerprint: async () => 'f',
  rows: async function* () {
    for (let from = 0; from < count; from += 100) {
      yield Array.from({ length: Math.min(100, count - from) }, (_unused, index) => ({
        seq: from + index + 1,
        email: `p${from + index}@example.com`,
        data: {},
      }));
    }
  },
});

/** Begins as a plan worker does, and plans as far as may be. */
async function plan(source: AudienceSource): Promise<string> {
  const campaign = campaignOf({});
  const start = await book.begin(ID, 'default');
  if (start.kind !== 'plan') return start.kind;
  const prepared = prepareMailing(campaign);
  if (prepared.kind === 'problems') throw new Error(prepared.problems.join());
  const peopleMax =
    start.peopleMax === 'unknown'
      ? ((await canary.measure(campaignOf(SHARE), source, async () => true)) ?? 0)
      : start.peopleMax;
  const parts = {
    book,
    clock: systemClock,
    dispatch: async () => {},
    allowance: () => ({ window: 10_000, jobBatches: 7, perSecond: 100_000 }),
    mayStay: () => true,
    backlogMax: 1_000,
    peopleMax,
  };
  return new Planner(parts, prepared.mailing, start, new DuplicateFilter()).run(
    source,
    new AbortController().signal,
  );
}

const SHARE: Partial<CampaignInput> = { canary: { share: 0.01, waitSeconds: 1 } };
const planned = async () => (await campaigns.receipt(ID))?.counts.planned;

/** What the sender and SES's events would write: everybody who is planned is sent to, and heard of. */
async function play(figures: {
  readonly bounces?: number;
  readonly complaints?: number;
  readonly agoMs?: number;
}) {
  const { bounces = 0, complaints = 0, agoMs = 60_000 } = figures;
  const sends = Number(await server.redis.hget(keys.campaign(ID), 'planned'));
  await server.redis.hset(keys.campaign(ID), {
    pending: 0,
    accepted: sends,
    rateAt: Date.now() - agoMs,
    delivered: sends - bounces,
    'guard:b': bounces,
    'bounced:hard': bounces,
    'guard:c': complaints,
  });
}

async function sweep(): Promise<void> {
  const sweeper = new CanarySweep({ canary, campaigns, courier, logger: silentLogger });
  const campaign = await campaigns.look(ID);
  if (campaign) await sweeper.sweep(campaign);
}

describe('the planner', () => {
  test('plans the first of a long list, and no more until the canary is home', async () => {
    await campaigns.accept(campaignOf({ canary: { recipients: 600, waitSeconds: 1 } }));
    expect(await plan(people(20_000))).toBe('canary');
    expect(await planned()).toBe(600);
    expect(await plan(people(20_000))).toBe('canary');
    expect(await planned()).toBe(600);
    expect(await campaigns.receipt(ID)).toMatchObject({ state: 'running' });
  });

  test('plans all of a list that is no longer than that', async () => {
    await campaigns.accept(campaignOf({ canary: { recipients: 600, waitSeconds: 1 } }));
    expect(await plan(people(600))).toBe('planned');
    expect(await planned()).toBe(600);
  });

  test('counts a list of which a share is to be sent to, once', async () => {
    await campaigns.accept(campaignOf(SHARE));
    expect(await plan(people(20_000))).toBe('canary');
    expect(await planned()).toBe(200);
    expect(await canary.measure(campaignOf(SHARE), people(90_000), async () => true)).toBe(200);
  });

  test('goes on behind the first where the canary has passed, with everybody once', async () => {
    await campaigns.accept(campaignOf({ canary: { recipients: 6_000, waitSeconds: 1 } }));
    await plan(people(20_000));
    await play({});
    await sweep();
    expect(await plan(people(20_000))).toBe('planned');
    expect(await planned()).toBe(20_000);
  });

  test('goes on by twice as many where too few have told', async () => {
    await campaigns.accept(campaignOf({ canary: { recipients: 1_000, waitSeconds: 1 } }));
    await plan(people(20_000));
    await play({});
    await sweep();
    await sweep();
    expect(await plan(people(20_000))).toBe('canary');
    expect(await planned()).toBe(2_000);
    await play({});
    await sweep();
    expect(await plan(people(20_000))).toBe('canary');
    expect(await planned()).toBe(4_000);
  });

  test('counts people, not rows: a list that repeats itself fills its batches slowly', async () => {
    await campaigns.accept(campaignOf({ canary: { recipients: 100, waitSeconds: 1 } }));
    const once = people(120);
    const again: AudienceSource = {
      ...once,
      rows: async function* () {
        let seq = 0;
        for await (const some of once.rows())
          for (const row of some)
            yield Array.from({ length: 900 }, () => {
              seq += 1;
              return { ...row, seq };
            });
      },
    };
    expect(await plan(again)).toBe('canary');
    expect(await planned()).toBeGreaterThanOrEqual(100);
  });

  test('leaves the counting of a list to whoever plans it by now', async () => {
    await campaigns.accept(campaignOf(SHARE));
    expect(await canary.measure(campaignOf(SHARE), people(20_000), async () => false)).toBeNull();
    expect(await server.redis.hexists(keys.campaign(ID), 'canary:upTo')).toBe(0);
  });
});

describe('a canary that does not come home', () => {
  beforeEach(async () => {
    await campaigns.accept(campaignOf({ canary: { recipients: 1_000, waitSeconds: 900 } }));
    await plan(people(1_000_000));
    await play({ bounces: 200, agoMs: 0 });
    await sweep();
  });

  test('holds the campaign after a thousand of a million', async () => {
    expect(await campaigns.look(ID)).toMatchObject({
      held: { code: 'CANARY', reason: expect.stringContaining('200 of the first 1000 mails bounced hard') },
    });
    expect(await plan(people(1_000_000))).toBe('held');
    expect(await planned()).toBe(1_000);
  });

  test('holds it until somebody says who and why', async () => {
    expect(await steering.resume(ID, HANA, false)).toMatchObject({
      kind: 'stands',
      hold: { code: 'CANARY' },
    });
    expect(await steering.resume(ID, HANA, true)).toEqual({ kind: 'changed' });
    await sweep();
    expect(await campaigns.look(ID)).toMatchObject({ held: null, hasCanary: false });
    expect(await plan(people(5_000))).toBe('planned');
  });

  test('lets it go on by the test where the limit was raised', async () => {
    const campaign = await campaigns.look(ID);
    if (!campaign) throw new Error('it is gone');
    await guardBook.setLimits(campaign, { bounceRate: 0.5 }, HANA);
    expect(await steering.resume(ID, HANA, false)).toEqual({ kind: 'changed' });
    expect(await campaigns.look(ID)).toMatchObject({ held: null, hasCanary: true });
    expect(await plan(people(5_000))).toBe('canary');
  });
});

test('a share of a list that nobody has counted is not judged, nor is a campaign whose time has not come', async () => {
  await campaigns.accept(campaignOf({ ...SHARE, sendAt: '2099-01-01T00:00:00Z' }));
  await sweep();
  expect(await campaigns.look(ID)).toMatchObject({ held: null, hasCanary: true });
  await server.redis.hset(keys.campaign(ID), { phase: 'running' });
  await sweep();
  expect(await campaigns.look(ID)).toMatchObject({ held: null, waitsForCanary: false });
});

test('only one of several processes moves a canary on', async () => {
  await campaigns.accept(campaignOf({ canary: { recipients: 1_000 } }));
  await server.redis.hset(keys.campaign(ID), { phase: 'running' });
  const campaign = { id: ID, project: 'default' };
  const moved = await Promise.all([1, 2, 3].map(() => canary.extend(campaign, 1_000, 2_000)));
  expect(moved.filter(Boolean)).toHaveLength(1);
  expect(await canary.pass(campaign, 1_000)).toBe(false);
  expect(await canary.pass(campaign, 2_000)).toBe(true);
  expect(await canary.judge(campaign)).toBeNull();
});
