import { expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { NO_LIMITS, Pace } from '../../src/send/pace.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const LONG_MS = 3_600_000;
const pace = () => new Pace(server.redis, new Keys('{test}'));

/** Redis's clock, which is the one that counts. */
async function now(): Promise<number> {
  const [seconds, micros] = await server.redis.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

test('turns are given so that no more than the rate and one burst go out, however many ask at once', async () => {
  const account = [{ name: 'account', perSecond: 100 }];
  const started = await now();
  const turns = await Promise.all(Array.from({ length: 40 }, () => pace().take(50, account, LONG_MS)));
  const passed = (await now()) - started;
  const waits = turns.map((turn) => turn.waitMs).toSorted((a, b) => a - b);
  // Two thousand recipients at a hundred a second, less the first call, which goes at once.
  expect(waits[0]).toBe(0);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(19_500 - passed);
  expect(waits.at(-1)).toBeLessThanOrEqual(19_501);
  waits.forEach((wait, turn) => expect(wait).toBeGreaterThanOrEqual(500 * turn - passed));
});

test('the smallest of several rates decides, and each bucket is shared by its own name', async () => {
  const slow = [
    { name: 'account', perSecond: 1_000 },
    { name: 'campaign:a', perSecond: 10 },
  ];
  await pace().take(10, slow, LONG_MS);
  expect((await pace().take(10, slow, LONG_MS)).waitMs).toBeGreaterThan(500);
  const other = [
    { name: 'account', perSecond: 1_000 },
    { name: 'campaign:b', perSecond: 10 },
  ];
  expect((await pace().take(10, other, LONG_MS)).waitMs).toBeLessThan(500);
});

test('a turn that is too far away takes nothing from any bucket', async () => {
  const both = [
    { name: 'account', perSecond: 1_000 },
    { name: 'campaign:a', perSecond: 1 },
  ];
  await pace().take(100, both, LONG_MS);
  const refused = await pace().take(100, both, 1_000);
  expect(refused.taken).toBe(false);
  expect(refused.waitMs).toBeGreaterThan(1_000);
  expect((await pace().take(100, both, LONG_MS)).waitMs).toBeLessThanOrEqual(refused.waitMs);
});

test('a call that is larger than the burst still gets its turn', async () => {
  expect(await pace().take(50, [{ name: 'account', perSecond: 1 }], 0)).toEqual({
    taken: true,
    waitMs: 0,
    accountWaitMs: 0,
    usedUp: null,
  });
});

test('campaigns of one project keep its rate together, and each its own', async () => {
  const project = { name: 'project:shop', perSecond: 20 };
  const of = (campaign: string, perSecond: number) => [
    { name: 'account', perSecond: 10_000 },
    project,
    { name: `campaign:${campaign}`, perSecond },
  ];
  const started = await now();
  const asked = Array.from({ length: 10 }, (_, turn) => of(turn % 2 === 0 ? 'a' : 'b', 1_000));
  const turns = await Promise.all(asked.map((buckets) => pace().take(10, buckets, LONG_MS)));
  const passed = (await now()) - started;
  const waits = turns.map((turn) => turn.waitMs).toSorted((a, b) => a - b);
  // A hundred recipients at twenty a second, less the first call.
  expect(waits.at(-1)).toBeGreaterThanOrEqual(4_500 - passed);
  expect(waits.at(-1)).toBeLessThanOrEqual(4_501);
  // One that is slower still waits for itself.
  await pace().take(10, of('slow', 1), LONG_MS);
  expect((await pace().take(10, of('slow', 1), LONG_MS)).waitMs).toBeGreaterThan(9_000);
});

test('it is said how much of a wait is the account’s', async () => {
  const account = { name: 'account', perSecond: 100 };
  const slow = [account, { name: 'project:shop', perSecond: 10 }];
  await pace().take(50, slow, LONG_MS);
  const { waitMs, accountWaitMs } = await pace().take(50, slow, LONG_MS);
  expect(waitMs).toBeGreaterThan(4_000);
  expect(accountWaitMs).toBeGreaterThan(0);
  expect(accountWaitMs).toBeLessThanOrEqual(500);
  const alone = await pace().take(50, [account], LONG_MS);
  expect(alone.accountWaitMs).toBe(alone.waitMs);
});

test('a wait for the account may be longer than one for another bucket', async () => {
  const account = { name: 'account', perSecond: 100 };
  const both = [account, { name: 'project:shop', perSecond: 10 }];
  await pace().take(30, both, 60_000);
  expect(await pace().take(30, both, 60_000, NO_LIMITS, 2_000)).toMatchObject({ taken: false });
  await pace().take(2_000, [account], 60_000);
  // Now the account is further away than that, and the project's turn has come by then.
  expect(await pace().take(30, both, 60_000, NO_LIMITS, 2_000)).toMatchObject({ taken: true });
  expect(await pace().take(30, both, 5_000, NO_LIMITS, 2_000)).toMatchObject({ taken: false });
});
