import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { NO_LIMITS, Pace, type Turn } from '../../src/send/pace.ts';
import { type Asking, Turnstile, type TurnstileParts } from '../../src/send/turnstile.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const never = new AbortController().signal;
const marketing = (campaign: string, perSecond: number | null = null): Asking['mailing'] => ({
  campaign,
  category: 'marketing',
  perSecond,
  sender: 'news@example.com',
});
const urgent: Asking['mailing'] = { ...marketing('receipt'), category: 'transactional' };

/** A pace that gives turns when it is told to. */
class HandPace {
  readonly asked: number[] = [];
  readonly #waiting: ((turn: Turn) => void)[] = [];

  take(recipients: number): Promise<Turn> {
    this.asked.push(recipients);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async giveBack(): Promise<void> {}

  async give(): Promise<void> {
    this.#waiting.shift()?.({ taken: true, waitMs: 0, usedUp: null });
    // The answers, and the next asking, come in later turns of the loop.
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
        async (asked, limit, which) => {
          await server.redis.flushall();
          const turns = await Promise.all(asked.map((recipients) => take(recipients, { [which]: limit })));
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
