import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Guard } from '../../src/guard/guard.ts';
import { ProfileBook } from '../../src/identity/profile.ts';
import { ProjectBook } from '../../src/identity/project.ts';
import { CanaryBook } from '../../src/queue/canary.ts';
import { Courier } from '../../src/queue/courier.ts';
import { GuardBook } from '../../src/queue/guard-book.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Settings } from '../../src/queue/settings.ts';
import { Steering } from '../../src/queue/steer.ts';
import {
  COMPLAINT,
  complaint,
  DELIVERY,
  HARD_BOUNCE,
  hardBounce,
  SOFT_BOUNCE,
} from '../feedback/happenings.ts';
import { newLedger } from '../support/ledger.ts';
import { useRedis } from '../support/redis.ts';
import { GuardStage, SENDER } from './stage.ts';

const server = useRedis();
const keys = new Keys('{test}');
const HANA = { by: 'Hana', reason: 'an old list, known to be' };
let stage: GuardStage;
let guard: Guard;
let steering: Steering;
let settings: Settings;

beforeEach(async () => {
  const { redis } = server;
  stage = new GuardStage(redis, keys);
  guard = new Guard(redis, keys);
  steering = new Steering({
    campaigns: stage.campaigns,
    courier: new Courier(redis, keys.prefix),
    guard,
    guardBook: new GuardBook(redis, keys, systemClock),
    canary: new CanaryBook(redis, keys, systemClock),
    clock: systemClock,
  });
  settings = new Settings(new ProjectBook(redis, keys), new ProfileBook(redis, keys), systemClock);
  await stage.running('autumn');
});

describe('the last hour, while campaigns are sending', () => {
  test('a hard bounce over the limit holds the campaign in the step that applies it, with the figures', async () => {
    await stage.counted({ s: 10_000, b: 500 });
    await stage.hear('autumn', SOFT_BOUNCE);
    expect(await stage.held('autumn')).toBeNull();
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toMatchObject({
      code: 'GUARD',
      reason:
        "5.01 % of the last hour's mail of project default from news@example.com bounced hard: 501 of 10,000, and the limit is 5 %",
      until: null,
    });
    expect(await stage.rows('campaign_held')).toMatchObject([
      {
        campaign_id: 'autumn',
        project: 'default',
        detail: { code: 'GUARD', rule: 'hour', measure: 'bounces', count: 501, sends: 10_000, limit: 0.05 },
      },
    ]);
  });

  test('nobody of it is claimed from then on', async () => {
    const ref = { campaign: 'autumn', project: 'default', batch: 30_000, sender: SENDER };
    await server.redis.hset(keys.batch('autumn', ref.batch), { n: 1, a: 'z@example.com', p: '[[1,0,0,{}]]' });
    await stage.counted({ s: 10_000, c: 10 });
    await stage.hear('autumn', COMPLAINT);
    const claim = await newLedger(server.redis, keys, 1_000).claim(ref, 'w-1', [0], false);
    expect(claim).toEqual({ kind: 'standstill', why: 'held' });
  });

  test('a rate at its limit is kept', async () => {
    await stage.counted({ s: 10_000, b: 499, c: 9 });
    await stage.hear('autumn', HARD_BOUNCE);
    await stage.hear('autumn', COMPLAINT);
    expect(await stage.held('autumn')).toBeNull();
  });

  test('fewer than ten thousand sends are not judged', async () => {
    await stage.counted({ s: 9_999, b: 9_000 });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toBeNull();
    // The ten thousandth brings no event.
    await stage.counted({ s: 1 });
    expect(await guard.watch(1)).toMatchObject([{ campaign: 'autumn' }]);
    expect(await stage.held('autumn')).toMatchObject({ code: 'GUARD' });
  });

  test('what is older than an hour does not count', async () => {
    await stage.counted({ s: 10_000, b: 5_000 }, { minutesAgo: 62 });
    await stage.counted({ s: 10_000 });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toBeNull();
    await stage.counted({ b: 500 }, { minutesAgo: 58 });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toMatchObject({ code: 'GUARD' });
  });

  test('a copy of a bounce counts once', async () => {
    await stage.counted({ s: 10_000, b: 499 });
    const event = await stage.hear('autumn', HARD_BOUNCE);
    for (let again = 0; again < 5; again += 1) await stage.book.apply([event, event]);
    expect(await stage.held('autumn')).toBeNull();
  });

  test('all campaigns of the project and sender are held, and no other', async () => {
    await stage.running('same');
    await stage.running('other-sender', { sender: { from: 'shop@example.com' } });
    await stage.running('other-project', { project: 'shop' });
    await stage.accept('not-yet', { sendAt: '2099-01-01T00:00:00Z' });
    await stage.counted({ s: 10_000, b: 500 });
    await stage.hear('autumn', HARD_BOUNCE);
    const held = [];
    for (const id of ['autumn', 'same', 'other-sender', 'other-project', 'not-yet'])
      if (await stage.held(id)) held.push(id);
    expect(held).toEqual(['autumn', 'same']);
  });

  test('a campaign that is paused is held as well, so that resume alone does not let it go', async () => {
    await stage.campaigns.pause('autumn', 'default', { by: 'test', reason: 'lunch' });
    await stage.counted({ s: 10_000, b: 500 });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await steering.resume('autumn', HANA, false)).toMatchObject({ kind: 'stands' });
  });

  test('a hold that would lift itself gives way, and one that waits for an operator stays', async () => {
    await stage.running('waits');
    await stage.running('doubts');
    const hold = { code: 'LOG_BACKLOG', reason: 'the log is behind', until: Date.now() + 1_000 } as const;
    await stage.campaigns.hold('autumn', 'default', hold);
    await stage.campaigns.hold('waits', 'default', { ...hold, code: 'SES_IDENTITY', until: null });
    // Doubt is decided without a look at the guard.
    await stage.campaigns.hold('doubts', 'default', { ...hold, code: 'DOUBT', until: null });
    await stage.counted({ s: 10_000, b: 500 });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toMatchObject({ code: 'GUARD' });
    expect(await stage.held('doubts')).toMatchObject({ code: 'GUARD' });
    expect(await stage.held('waits')).toMatchObject({ code: 'SES_IDENTITY' });
    // But the guard has its say when that is mended.
    expect(await steering.resume('waits', HANA, false)).toMatchObject({
      kind: 'stands',
      hold: { code: 'GUARD' },
    });
  });
});

describe('what counts', () => {
  const counted = async () => (await guard.figures())[0]?.hour;

  test('a mail to the simulator counts on neither side, and suppresses nobody', async () => {
    await stage.hear('autumn', HARD_BOUNCE, 'bounce+1@simulator.amazonses.com');
    await stage.hear('autumn', COMPLAINT, 'Complaint@Simulator.amazonses.com');
    expect(await counted()).toBeUndefined();
    expect(await server.redis.exists(keys.suppressedEverywhere())).toBe(0);
  });

  test('what SES did not send since it is on its own list says nothing of the rate', async () => {
    await stage.hear('autumn', hardBounce('OnAccountSuppressionList'));
    await stage.hear('autumn', complaint('OnAccountSuppressionList'));
    expect(await counted()).toBeUndefined();
    await stage.hear('autumn', hardBounce('NoEmail'));
    expect(await counted()).toMatchObject({ bounces: 1, complaints: 0 });
  });

  test('a reader who says that it is no spam has not complained', async () => {
    await stage.hear('autumn', complaint('not-spam'));
    expect(await counted()).toBeUndefined();
  });
});

describe('the last seven days, at the start', () => {
  const begin = async (id: string) => new PlanBook(server.redis, keys, systemClock).begin(id, 'default');

  test('a rate over the limit holds a campaign before its first mail', async () => {
    await stage.counted({ s: 1_000, b: 60 }, { minutesAgo: 6 * 24 * 60 });
    await stage.accept('new');
    expect(await begin('new')).toEqual({ kind: 'held' });
    expect(await stage.held('new')).toMatchObject({
      reason:
        "6 % of the last 7 days' mail of project default from news@example.com bounced hard: 60 of 1,000, and the limit is 5 %",
    });
    expect(await stage.campaigns.receipt('new')).toMatchObject({ state: 'held', startedAt: null });
    // One that is sending already is judged by the hour.
    expect(await guard.watch(1)).toEqual([]);
    expect(await stage.held('autumn')).toBeNull();
  });

  test('a handful of mails is not judged: ten bounces must be expected at the limit', async () => {
    await stage.counted({ s: 199, b: 100, c: 100 }, { minutesAgo: 100 });
    await stage.accept('new');
    expect(await begin('new')).toMatchObject({ kind: 'plan' });
  });

  test('what is older does not count', async () => {
    await stage.counted({ s: 1_000, b: 900 }, { minutesAgo: 8 * 24 * 60 });
    await stage.accept('new');
    expect(await begin('new')).toMatchObject({ kind: 'plan' });
  });
});

describe('limits', () => {
  test('a project has its own', async () => {
    await settings.project('default', { bounceRate: 0.2 }, HANA, 'guard_set');
    await stage.counted({ s: 10_000, b: 1_999 });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toBeNull();
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toMatchObject({ code: 'GUARD' });
  });

  test('a campaign has its own, for the hour and for its own figures', async () => {
    await stage.running('strict', { limits: { bounceRate: 0.01 } });
    await stage.sent('strict', 999);
    for (let bounce = 0; bounce < 20; bounce += 1) await stage.hear('strict', HARD_BOUNCE);
    expect(await stage.held('strict')).toBeNull();
    await stage.sent('strict', 1_000);
    await stage.hear('strict', HARD_BOUNCE);
    expect(await stage.held('strict')).toMatchObject({
      reason: expect.stringMatching(
        /^2\.1 % of this campaign's mail bounced hard: 21 of 1,0\d\d, and the limit is 1 %$/,
      ),
    });
    expect(await stage.held('autumn')).toBeNull();
  });

  test('a campaign without one is not judged by its own figures', async () => {
    await stage.sent('autumn', 5_000);
    for (let bounce = 0; bounce < 300; bounce += 1) await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toBeNull();
  });

  test('a warning comes at four fifths of a limit, once', async () => {
    await stage.counted({ s: 10_000, b: 398 });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.rows('campaign_guard_warning')).toEqual([]);
    await stage.hear('autumn', HARD_BOUNCE);
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.rows('campaign_guard_warning')).toMatchObject([
      { campaign_id: 'autumn', detail: { rule: 'hour', measure: 'bounces', count: 400, sends: 10_000 } },
    ]);
  });
});

test('a limit that is near is told though another one is near as well', async () => {
  await stage.counted({ s: 10_000, b: 450, c: 8 });
  await stage.hear('autumn', COMPLAINT);
  const told = (await stage.rows('campaign_guard_warning')).map(({ detail }) => detail?.['measure']);
  expect(told).toEqual(['bounces', 'complaints']);
});

describe('going on', () => {
  beforeEach(async () => {
    await stage.counted({ s: 10_000, b: 600 });
    await stage.hear('autumn', HARD_BOUNCE);
  });

  test('resume alone does not do it while the rate is over the limit', async () => {
    expect(await steering.resume('autumn', HANA, false)).toMatchObject({
      kind: 'stands',
      hold: { code: 'GUARD' },
    });
    expect(await stage.held('autumn')).toMatchObject({ code: 'GUARD' });
  });

  test('it does after the limit was raised, and the next bounce changes nothing', async () => {
    await settings.project('default', { bounceRate: 0.1 }, HANA, 'guard_set');
    expect(await steering.resume('autumn', HANA, false)).toEqual({ kind: 'changed' });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toBeNull();
    expect(await stage.rows('guard_set')).toMatchObject([
      { project: 'default', detail: { after: { bounceRate: 0.1 }, by: 'Hana', reason: HANA.reason } },
    ]);
  });

  test('the override lifts the rule for this campaign, on record, and no other rule', async () => {
    await stage.running('same');
    await guard.watch(1);
    expect(await steering.resume('autumn', HANA, true)).toEqual({ kind: 'changed' });
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toBeNull();
    expect(await stage.held('same')).toMatchObject({ code: 'GUARD' });
    expect(await stage.rows('campaign_guard_lifted')).toMatchObject([
      {
        campaign_id: 'autumn',
        detail: { rule: 'hour', measure: 'bounces', by: 'Hana', reason: HANA.reason },
      },
    ]);
    await stage.counted({ c: 11 });
    await stage.hear('autumn', COMPLAINT);
    expect(await stage.held('autumn')).toMatchObject({ reason: expect.stringContaining('were called spam') });
  });

  test('a campaign that is over is neither held nor resumed', async () => {
    await server.redis.hset(keys.campaign('autumn'), { phase: 'finished' });
    await server.redis.hdel(keys.campaign('autumn'), 'held');
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await server.redis.hexists(keys.campaign('autumn'), 'held')).toBe(0);
    expect(await steering.resume('autumn', HANA, true)).toEqual({ kind: 'ended' });
  });
});

test('the figures of every project and sender can be looked at', async () => {
  await stage.counted({ s: 200, b: 3, c: 1 }, { minutesAgo: 3 * 60 });
  await stage.counted({ s: 50 }, { project: 'shop', sender: 'shop@example.com' });
  await stage.hear('autumn', DELIVERY);
  expect(await guard.figures()).toEqual([
    {
      project: 'default',
      sender: SENDER,
      hour: { sends: 0, bounces: 0, complaints: 0 },
      week: { sends: 200, bounces: 3, complaints: 1 },
    },
    {
      project: 'shop',
      sender: 'shop@example.com',
      hour: { sends: 50, bounces: 0, complaints: 0 },
      week: { sends: 50, bounces: 0, complaints: 0 },
    },
  ]);
});

test('one process watches at a time', async () => {
  await stage.counted({ s: 10_000, b: 600 });
  const all = await Promise.all(Array.from({ length: 5 }, () => guard.watch(60_000)));
  expect(all.flat()).toHaveLength(1);
});
