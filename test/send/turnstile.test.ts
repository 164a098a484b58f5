import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { type Bucket, type Limits, NO_LIMITS, Pace, type Turn } from '../../src/send/pace.ts';
import { type Asking, Turnstile, type TurnstileParts } from '../../src/send/turnstile.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const never = new AbortController().signal;
const marketing = (campaign: string, perSecond: number | null = null): Asking['mailing'] => ({
  campaign,
  project: 'default',
  category: 'marketing',
  perSecond,
  sender: 'news@example.com',
});
const ofProject = (campaign: string, project: string): Asking['mailing'] => ({
  ...marketing(campaign),
  project,
});
/** Limits of a mailing whose project is named here, and none for all others. */
const limitsOf =
  (...projects: readonly NonNullable<Limits['project']>[]): TurnstileParts['limitsOf'] =>
  ({ project }) => ({ ...NO_LIMITS, project: projects.find(({ name }) => name === project) ?? null });
const SHOP = { name: 'shop', perSecond: null, perDay: null, perMonth: null };
const urgent: Asking['mailing'] = { ...marketing('receipt'), category: 'transactional' };

/** A pace that gives turns when it is told to. */
class HandPace {
  readonly asked: number[] = [];
  readonly buckets: string[] = [];
  readonly #waiting: ((turn: Turn) => void)[] = [];

  take(recipients: number, buckets: readonly Bucket[]): Promise<Turn> {
    this.asked.push(recipients);
    this.buckets.push(buckets.map(({ name }) => name).join(' '));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async giveBack(): Promise<void> {}

  async give(turn: Partial<Turn> = {}): Promise<void> {
    this.#waiting.shift()?.({ taken: true, waitMs: 0, accountWaitMs: 0, usedUp: null, ...turn });
    // The answers, and the next asking, come in later turns of the loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A clock whose sleepers wake up when a test says that time has passed. */
class HandClock implements Clock {
  #sleepers: { readonly ms: number; readonly wake: () => void }[] = [];

  now(): number {
    return 0;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ ms, wake }));
  }

  /** Wakes up those who sleep for no longer than that. */
  async pass(ms: number): Promise<void> {
    const due = this.#sleepers.filter((sleeper) => sleeper.ms <= ms);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.ms > ms);
    for (const { wake } of due) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function turnstile(parts: Partial<TurnstileParts>): Turnstile {
  return new Turnstile({
    pace: new Pace(server.redis, keys),
    clock: systemClock,
    accountPerSecond: () => 500,
    limitsOf: () => NO_LIMITS,
    ...parts,
  });
}

describe('in one process', () => {
  let pace: HandPace;
  let served: string[];
  let stile: Turnstile;
  const ask = (mailing: Asking['mailing'], recipients = 50) =>
    stile.take({ recipients, mailing, signal: never }).then(() => served.push(mailing.campaign));

  beforeEach(() => {
    pace = new HandPace();
    served = [];
    stile = turnstile({ pace });
  });

  test('one call is ahead in the bucket at a time, however many wait', async () => {
    const all = Array.from({ length: 10 }, () => ask(marketing('a')));
    for (let given = 1; given <= 10; given += 1) {
      expect(pace.asked).toHaveLength(given);
      await pace.give();
      expect(served).toHaveLength(given);
    }
    await Promise.all(all);
  });

  test('a transactional mail stands behind the one that is ahead, and no other', async () => {
    const all = [...Array.from({ length: 5 }, () => ask(marketing('a'))), ask(urgent)];
    for (let given = 0; given < 6; given += 1) await pace.give();
    await Promise.all(all);
    expect(served).toEqual(['a', 'receipt', 'a', 'a', 'a', 'a']);
  });

  test('campaigns take turns, whoever came first with however much', async () => {
    const all = ['a', 'a', 'a', 'a', 'b', 'c', 'b'].map((campaign) => ask(marketing(campaign)));
    for (let given = 0; given < 7; given += 1) await pace.give();
    await Promise.all(all);
    expect(served).toEqual(['a', 'a', 'b', 'c', 'a', 'b', 'a']);
  });

  test('where the pace is open, all who wait are served by one asking', async () => {
    stile = turnstile({ pace, accountPerSecond: () => 100_000 });
    const all = Array.from({ length: 20 }, () => ask(marketing('a')));
    await pace.give();
    await pace.give();
    await Promise.all(all);
    expect(pace.asked).toEqual([50, 950]);
  });

  test('a campaign that waits for its own limit keeps no other waiting', async () => {
    const all = [ask(marketing('slow', 10)), ask(marketing('b'))];
    expect(pace.asked).toEqual([50]);
    await pace.give();
    await pace.give();
    await Promise.all(all);
    expect(served).toEqual(['slow', 'b']);
  });

  test('the slow bucket of a project keeps no other waiting, and the account’s does', async () => {
    const clock = new HandClock();
    stile = turnstile({ pace, clock, limitsOf: limitsOf({ ...SHOP, perSecond: 10 }) });
    const all = [
      ask(ofProject('slow', 'shop'), 5),
      ask(ofProject('slower', 'shop'), 5),
      ask(marketing('b')),
      ask(marketing('c')),
    ];
    await pace.give({ waitMs: 3_000 });
    expect(pace.asked).toEqual([5, 5]);
    await pace.give({ waitMs: 4_000, accountWaitMs: 20 });
    // The account asks for twenty milliseconds, and so long the next one waits.
    expect(pace.asked).toEqual([5, 5]);
    await clock.pass(20);
    expect(pace.asked).toEqual([5, 5, 50]);
    await pace.give();
    await pace.give();
    expect(served).toEqual(['b', 'c']);
    await clock.pass(3_000);
    expect(served).toEqual(['b', 'c', 'slow']);
    await clock.pass(4_000);
    await Promise.all(all);
    expect(served).toEqual(['b', 'c', 'slow', 'slower']);
  });

  test('a turn that was not given keeps nobody waiting', async () => {
    stile = turnstile({ pace, clock: new HandClock(), limitsOf: limitsOf({ ...SHOP, perSecond: 10 }) });
    const all = [ask(ofProject('slow', 'shop'), 5), ask(marketing('b'))];
    await pace.give({ taken: false, waitMs: 60_000, accountWaitMs: 5_000 });
    expect(pace.asked).toEqual([5, 50]);
    await pace.give();
    await Promise.all(all);
  });

  test('campaigns of one project are served by one asking, from its bucket', async () => {
    stile = turnstile({
      pace,
      accountPerSecond: () => 100_000,
      limitsOf: limitsOf({ ...SHOP, perSecond: 4_000 }),
    });
    const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((campaign) => ask(ofProject(campaign, 'shop')));
    await pace.give();
    await pace.give();
    await pace.give();
    await Promise.all(all);
    // A twentieth of a second of the project's rate, not of the account's.
    expect(pace.asked).toEqual([50, 200, 50]);
    expect(pace.buckets).toEqual(Array.from({ length: 3 }, () => 'account project:shop'));
  });

  test.each([
    ['one with a bucket and one without', [{ ...SHOP, perSecond: 90_000 }]],
    ['one that is counted and one that is not', [SHOP]],
    ['two that are counted', [SHOP, { ...SHOP, name: 'other' }]],
  ])('campaigns of different projects are asked for one by one: %s', async (_what, projects) => {
    stile = turnstile({ pace, accountPerSecond: () => 100_000, limitsOf: limitsOf(...projects) });
    const all = ['shop', 'shop', 'other', 'other', 'shop'].map((project, index) =>
      ask(ofProject(`${project}-${index}`, project)),
    );
    for (let given = 0; given < 5; given += 1) await pace.give();
    await Promise.all(all);
    expect(pace.asked).toEqual([50, 50, 100, 50]);
  });
});

test('who is to stop takes no tokens', async () => {
  const stile = turnstile({});
  const stopped = AbortSignal.abort();
  expect(await stile.take({ recipients: 50, mailing: marketing('a'), signal: stopped })).toMatchObject({
    taken: false,
  });
  expect(await server.redis.exists(keys.bucket('account'))).toBe(0);
});

test('a turn that is too far away is not waited for', async () => {
  await new Pace(server.redis, keys).take(10_000, [{ name: 'account', perSecond: 100 }], 1_000_000);
  const stile = turnstile({ accountPerSecond: () => 100 });
  const turn = await stile.take({ recipients: 50, mailing: marketing('a'), signal: never });
  expect(turn.taken).toBe(false);
  expect(turn.waitMs).toBeGreaterThan(60_000);
});

test('a turn of a project that is too far away holds nobody’s place, and takes nothing from the account', async () => {
  const pace = new Pace(server.redis, keys);
  const shop = { ...SHOP, perSecond: 10 };
  const stile = turnstile({ pace, limitsOf: limitsOf(shop) });
  const project = { ...NO_LIMITS, project: shop };
  await pace.take(30, [{ name: 'project:shop', perSecond: 10 }], 60_000, project);
  const turn = await stile.take({ recipients: 5, mailing: ofProject('a', 'shop'), signal: never });
  expect(turn).toMatchObject({ taken: false, source: null });
  expect(turn.waitMs).toBeGreaterThan(2_000);
  expect(await server.redis.exists(keys.bucket('account'))).toBe(0);
});

test('who was not sent to after all leaves the turn to others', async () => {
  const stile = turnstile({ accountPerSecond: () => 100 });
  const pace = new Pace(server.redis, keys);
  const buckets = [{ name: 'account', perSecond: 100 }];
  await pace.take(2_000, buckets, 60_000);
  await stile.giveBack('claim-1', 1_500, { buckets, limits: NO_LIMITS });
  const { waitMs } = await pace.take(100, buckets, 60_000);
  // 600 recipients at 100 a second, of which one call may be ahead; it would be 20 seconds without those that came back.
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(5_000);
});

test('what can not be asked fails those who asked, and nobody after them', async () => {
  const pace = new Pace(server.redis, keys);
  let isBroken = true;
  const stile = turnstile({
    pace: {
      giveBack: async () => {},
      take: (...args) => (isBroken ? Promise.reject(new Error('away')) : pace.take(...args)),
    },
  });
  await expect(stile.take({ recipients: 1, mailing: urgent, signal: never })).rejects.toThrow('away');
  isBroken = false;
  expect(await stile.take({ recipients: 1, mailing: urgent, signal: never })).toMatchObject({ taken: true });
});

describe('limits', () => {
  const account = [{ name: 'account', perSecond: 100_000 }];
  const take = (recipients: number, limits: object) =>
    new Pace(server.redis, keys).take(recipients, account, 60_000, { ...NO_LIMITS, ...limits });

  test('of a day and of a month are never exceeded, however many ask at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom('perDay', 'perMonth'),
        fc.boolean(),
        async (asked, limit, which, isProject) => {
          await server.redis.flushall();
          const limits = { [which]: limit };
          const turns = await Promise.all(
            asked.map((recipients) =>
              take(recipients, isProject ? { project: { ...SHOP, ...limits } } : limits),
            ),
          );
          const taken = asked.filter((_, at) => turns[at]?.taken).reduce((sum, one) => sum + one, 0);
          expect(taken).toBeLessThanOrEqual(limit);
          // Nobody was refused for whom there was room at the end.
          const refused = asked.filter((_, at) => !turns[at]?.taken);
          for (const one of refused) expect(taken + one).toBeGreaterThan(limit);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('are not used up by turns that were given back, and each claim gives back once', async () => {
    const limits = { ...NO_LIMITS, perDay: 100, perMonth: 100 };
    const pace = new Pace(server.redis, keys);
    expect(await take(100, limits)).toMatchObject({ taken: true });
    await pace.giveBack('claim-1', 30, account, limits);
    await pace.giveBack('claim-1', 30, account, limits);
    expect(await take(31, limits)).toMatchObject({ taken: false });
    expect(await take(30, limits)).toMatchObject({ taken: true });
  });

  test('of a project are not used up by turns that were given back, neither its windows nor its bucket', async () => {
    const limits = { ...NO_LIMITS, project: { ...SHOP, perSecond: 10, perDay: 100, perMonth: 100 } };
    const buckets = [...account, { name: 'project:shop', perSecond: 10 }];
    const pace = new Pace(server.redis, keys);
    expect(await pace.take(100, buckets, 60_000, limits)).toMatchObject({ taken: true });
    await pace.giveBack('claim-1', 60, buckets, limits);
    expect(await pace.take(61, buckets, 60_000, limits)).toMatchObject({ taken: false });
    const { taken, waitMs } = await pace.take(60, buckets, 60_000, limits);
    expect(taken).toBe(true);
    // 40 at ten a second before it; it would be ten seconds without those that came back.
    expect(waitMs).toBeLessThanOrEqual(4_000);
  });

  test('forget what cancels itself out: what comes after it is counted once, and is over in its time', async () => {
    const limits = { ...NO_LIMITS, perDay: 100 };
    const key = keys.sentIn('day');
    await take(50, limits);
    const slot = Number((await server.redis.hkeys(key)).find((field) => /^\d+$/.test(field)));
    // As if the turn had been taken five minutes ago, and is given back now.
    await server.redis.del(key);
    await server.redis.hset(key, { total: 50, oldest: slot - 1, [slot - 1]: 50 });
    await new Pace(server.redis, keys).giveBack('claim-1', 50, account, limits);
    expect(await take(80, limits)).toMatchObject({ taken: true });
    expect(await server.redis.hgetall(key)).toEqual({ total: '80', oldest: String(slot), [slot]: '80' });
  });

  test('of projects are counted for each alone, from the moment when it is set up', async () => {
    const shop = (perDay: number | null) => ({ project: { ...SHOP, perDay } });
    expect(await take(70, shop(null))).toMatchObject({ taken: true });
    expect(await take(50, { project: { ...SHOP, name: 'other', perDay: 60 } })).toMatchObject({
      taken: true,
    });
    expect(await take(31, shop(100))).toMatchObject({
      taken: false,
      usedUp: { what: 'project-day', used: 70 },
    });
    expect(await take(30, shop(100))).toMatchObject({ taken: true });
    expect(await take(1, { project: { ...SHOP, perMonth: 100 } })).toMatchObject({
      usedUp: { what: 'project-month', used: 100 },
    });
    // Nobody else pays for it.
    expect(await take(1_000, {})).toMatchObject({ taken: true });
    expect((await server.redis.keys('*sent:*')).toSorted()).toEqual(
      ['day:other', 'day:shop', 'month:other', 'month:shop'].map((name) => `{test}:sent:${name}`),
    );
  });

  test('of a project hold where the account has room, and the other way round', async () => {
    const limits = { perDay: 100, perMonth: 1_000, project: { ...SHOP, perDay: 40 } };
    expect(await take(41, limits)).toMatchObject({ usedUp: { what: 'project-day', used: 0 } });
    expect(await take(40, limits)).toMatchObject({ taken: true });
    expect(await take(61, { ...limits, project: { ...SHOP, perDay: 1_000 } })).toMatchObject({
      usedUp: { what: 'day', used: 40 },
    });
    // What was refused is counted nowhere.
    expect(await server.redis.hget(keys.sentIn('day'), 'total')).toBe('40');
    expect(await server.redis.hget(keys.sentIn('day', 'shop'), 'total')).toBe('40');
  });

  test('give their room back when the time is over', async () => {
    expect(await take(100, { perDay: 100 })).toMatchObject({ taken: true });
    const full = await take(1, { perDay: 100 });
    expect(full).toMatchObject({ taken: false, usedUp: { what: 'day', used: 100 } });
    const slot = (await server.redis.hkeys(keys.sentIn('day'))).find((field) => /^\d+$/.test(field));
    // As if it had been taken 24 hours ago.
    const then = Number(slot) - 289;
    await server.redis.hdel(keys.sentIn('day'), String(slot));
    await server.redis.hset(keys.sentIn('day'), { [then]: 100, oldest: then });
    expect(await take(100, { perDay: 100 })).toMatchObject({ taken: true });
    expect(await take(1, { perDay: 100 })).toMatchObject({ taken: false });
  });

  test('say when there is room again', async () => {
    await take(100, { perDay: 100 });
    const { usedUp } = await take(1, { perDay: 100 });
    const [seconds] = await server.redis.time();
    const hours = ((usedUp?.roomAt ?? 0) / 1000 - Number(seconds)) / 3600;
    expect(hours).toBeGreaterThan(23.5);
    expect(hours).toBeLessThanOrEqual(24.1);
  });

  test('of a domain that is warmed up count for its day, and for no other domain', async () => {
    const warmUp = { domain: 'new.example', day: 0, allowance: 60 };
    expect(await take(50, { warmUp })).toMatchObject({ taken: true });
    expect(await take(50, { warmUp })).toMatchObject({ taken: false, usedUp: { what: 'warm-up', used: 50 } });
    expect(await take(10, { warmUp })).toMatchObject({ taken: true });
    expect(await take(50, { warmUp: { ...warmUp, day: 1 } })).toMatchObject({ taken: true });
    expect(await take(50, { warmUp: { ...warmUp, domain: 'other.example' } })).toMatchObject({ taken: true });
  });
});

describe('where SES throttles', () => {
  const account = [{ name: 'account', perSecond: 100 }];
  const waitOf = async () => {
    await server.redis.del(keys.bucket('account'));
    await new Pace(server.redis, keys).take(25, account, 60_000);
    return (await new Pace(server.redis, keys).take(100, account, 60_000)).waitMs;
  };

  test('the rate falls for everybody, once for a burst of refusals, and not to nothing', async () => {
    const whole = await waitOf();
    const pace = new Pace(server.redis, keys);
    const said = await Promise.all(Array.from({ length: 20 }, () => pace.throttled()));
    expect(said.filter((share) => share !== null)).toEqual([0.7]);
    expect(await waitOf()).toBeGreaterThan(whole * 1.3);
    for (let burst = 0; burst < 20; burst += 1) {
      const at = Number(await server.redis.hget(keys.throttle(), 'at'));
      await server.redis.hset(keys.throttle(), 'at', at - 1_000);
      await pace.throttled();
    }
    expect(Number(await server.redis.hget(keys.throttle(), 'share'))).toBeGreaterThanOrEqual(0.05);
  });

  test('the rate comes back with time', async () => {
    const whole = await waitOf();
    const pace = new Pace(server.redis, keys);
    await pace.throttled();
    const at = Number(await server.redis.hget(keys.throttle(), 'at'));
    await server.redis.hset(keys.throttle(), 'at', at - 30_000);
    expect(await waitOf()).toBeLessThanOrEqual(whole + 20);
  });
});
