import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Guard } from '../../src/guard/guard.ts';
import { spamVerdict } from '../../src/guard/spam.ts';
import { dateOf, PostmasterBook } from '../../src/identity/postmaster-book.ts';
import { CanaryBook } from '../../src/queue/canary.ts';
import { Courier } from '../../src/queue/courier.ts';
import { GuardBook } from '../../src/queue/guard-book.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Steering } from '../../src/queue/steer.ts';
import { HARD_BOUNCE } from '../feedback/happenings.ts';
import { useRedis } from '../support/redis.ts';
import { GuardStage } from './stage.ts';

const server = useRedis();
const keys = new Keys('{test}');
const HANA = { by: 'Hana', reason: 'the list was mended' };
let stage: GuardStage;
let guard: Guard;
let postmaster: PostmasterBook;

beforeEach(() => {
  stage = new GuardStage(server.redis, keys);
  guard = new Guard(server.redis, keys);
  postmaster = new PostmasterBook(server.redis, keys);
});

const day = (ago: number) => dateOf(Date.now() - ago * 86_400_000);
const spam = (domain: string, rate: number, daysAgo = 1) =>
  postmaster.store(domain, [{ date: day(daysAgo), rate }], Date.now());
const running = (id: string, from = 'news@example.com') => stage.running(id, { sender: { from } });

describe('what Gmail says of a domain', () => {
  test('holds campaigns from 0.3 % on, with figure, day and source', async () => {
    await running('autumn');
    await spam('example.com', 0.003);
    expect(await guard.watch(1)).toEqual([{ campaign: 'autumn', reason: expect.any(String) }]);
    expect(await stage.held('autumn')).toMatchObject({
      code: 'GUARD',
      reason: `0.3 % of the mail from example.com to Gmail was called spam on ${day(1)} (Google Postmaster Tools), and campaigns are held from 0.3 % on`,
    });
    expect(await stage.rows('campaign_held')).toMatchObject([
      {
        detail: {
          rule: 'gmail',
          measure: 'spam',
          rate: 0.003,
          limit: 0.003,
          domain: 'example.com',
          date: day(1),
        },
      },
    ]);
  });

  test('is warned of from 0.1 % on, once, and holds nobody', async () => {
    await running('autumn');
    await spam('example.com', 0.001);
    await guard.watch(1);
    await server.redis.del(keys.guardWatch());
    await guard.watch(1);
    expect(await stage.held('autumn')).toBeNull();
    expect(await stage.rows('campaign_guard_warning')).toMatchObject([
      {
        campaign_id: 'autumn',
        detail: { rule: 'gmail', measure: 'spam', rate: 0.001, reason: expect.stringContaining('0.1 %') },
      },
    ]);
  });

  test('is nothing to speak of below that', async () => {
    await running('autumn');
    await spam('example.com', 0.00099);
    await guard.watch(1);
    expect(await stage.rows('campaign_guard_warning')).toEqual([]);
  });

  test('counts for its subdomains as well, and for no other domain', async () => {
    await running('sub', 'news@mail.shop.example.com');
    await running('other', 'news@example.org');
    await running('above', 'news@anotherexample.com');
    await spam('example.com', 0.01);
    await spam('mail.example.org', 0.01);
    expect((await guard.watch(1)).map(({ campaign }) => campaign)).toEqual(['sub']);
  });

  test('is the worst of the domain and those above it', async () => {
    await running('sub', 'news@mail.example.com');
    await spam('example.com', 0.0001);
    await spam('mail.example.com', 0.004);
    expect(await guard.ask('sub')).toMatchObject({ rule: 'gmail', domain: 'mail.example.com', rate: 0.004 });
  });

  test('of more than seven days ago counts no more', async () => {
    await running('autumn');
    await spam('example.com', 0.5, 8);
    expect(await guard.ask('autumn')).toBeNull();
    await spam('example.com', 0.5, 7);
    expect(await guard.ask('autumn')).toMatchObject({ measure: 'spam', rate: 0.5 });
  });

  test('holds a campaign before its first mail', async () => {
    await stage.accept('winter');
    await spam('example.com', 0.02);
    const begun = await new PlanBook(server.redis, keys, systemClock).begin('winter', 'default');
    expect(begun).toEqual({ kind: 'held' });
    expect(await stage.held('winter')).toMatchObject({ code: 'GUARD' });
  });

  test('is looked at when a bounce comes in, too', async () => {
    await running('autumn');
    await spam('example.com', 0.02);
    await stage.hear('autumn', HARD_BOUNCE);
    expect(await stage.held('autumn')).toMatchObject({ code: 'GUARD' });
  });

  test('says nothing of a campaign of an earlier version, whose sender is not on record yet', async () => {
    await running('autumn');
    await server.redis.hdel(keys.campaign('autumn'), 'sender');
    await spam('example.com', 0.02);
    expect(await guard.ask('autumn')).toBeNull();
  });

  test('can be overridden for one campaign, on the record, and then bounces are judged still', async () => {
    const { redis } = server;
    const steering = new Steering({
      campaigns: stage.campaigns,
      courier: new Courier(redis, keys.prefix),
      guard,
      guardBook: new GuardBook(redis, keys, systemClock),
      canary: new CanaryBook(redis, keys, systemClock),
      clock: systemClock,
    });
    await running('autumn');
    await running('winter');
    await spam('example.com', 0.02);
    await guard.watch(1);
    expect(await steering.resume('autumn', HANA, false)).toMatchObject({ kind: 'stands' });
    expect(await steering.resume('autumn', HANA, true)).toEqual({ kind: 'changed' });
    await server.redis.del(keys.guardWatch());
    expect(await guard.watch(1)).toEqual([]);
    expect(await stage.held('autumn')).toBeNull();
    expect(await stage.held('winter')).not.toBeNull();
    expect(await stage.rows('campaign_guard_lifted')).toMatchObject([
      { campaign_id: 'autumn', detail: { measure: 'spam', rate: 0.02, by: 'Hana', reason: HANA.reason } },
    ]);
    await stage.counted({ s: 10_000, b: 5_000 });
    expect(await guard.ask('autumn')).toMatchObject({ measure: 'bounces' });
  });
});

test('one judgement is shown to people and made by the scripts', () => {
  const now = Date.UTC(2026, 10, 29, 1);
  const of = (date: string, rate: number) => spamVerdict({ date, rate }, now);
  expect(spamVerdict(null, now)).toBe('none');
  expect(of('2026-11-22', 0.003)).toBe('over');
  expect(of('2026-11-21', 0.003)).toBe('old');
  expect(of('2026-11-28', 0.0029)).toBe('near');
  expect(of('2026-11-28', 0.00099)).toBe('under');
});
