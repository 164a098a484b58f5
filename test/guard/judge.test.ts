import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { type Finding, Guard } from '../../src/guard/guard.ts';
import { judgeFigures } from '../../src/guard/judge.ts';
import { GUARD_RULES } from '../../src/guard/rules.ts';
import { useRedis } from '../support/redis.ts';
import { GuardStage, SENDER } from './stage.ts';

const server = useRedis();
const keys = new Keys('{test}');
const RATES = [0.0005, 0.001, 0.003, 0.02, 0.05, 0.1, 1 / 3];

/** Figures near the thresholds, where the two could differ. */
const period = (rates: readonly [number, number]) =>
  fc
    .record({
      sends: fc.oneof(
        fc.nat(400),
        fc.integer({ min: GUARD_RULES.hourSendsMin - 2, max: GUARD_RULES.hourSendsMin + 2 }),
        fc.constantFrom(...RATES.map((rate) => Math.round(GUARD_RULES.expectedMin / rate))),
        fc.nat(3_000_000),
      ),
      off: fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 })),
      share: fc.constantFrom(0, 0.5, 1, 1),
    })
    .map(({ sends, off, share }) => ({
      sends,
      bounces: Math.max(0, Math.floor(sends * rates[0] * share) + off[0]),
      complaints: Math.max(0, Math.floor(sends * rates[1] * share) + off[1]),
    }));

const scene = fc.tuple(fc.constantFrom(...RATES), fc.constantFrom(...RATES)).chain((rates) =>
  fc.record({
    limits: fc.constant({ bounceRate: rates[0], complaintRate: rates[1] }),
    hour: period(rates),
    week: period(rates),
  }),
);

test('what is judged here from figures is what the guard finds of a campaign at its start', async () => {
  const { redis } = server;
  const stage = new GuardStage(redis, keys);
  const guard = new Guard(redis, keys);
  await stage.accept('autumn');
  const base = `${keys.guards()}default:${SENDER}`;
  await fc.assert(
    fc.asyncProperty(scene, async ({ limits, hour, week }) => {
      const now = Date.now();
      const letters = ({ sends, bounces, complaints }: typeof hour) => ({
        s: sends,
        b: bounces,
        c: complaints,
      });
      await redis
        .multi()
        .hset(keys.campaign('autumn'), limits)
        .hset(`${base}:m:${Math.floor(now / 60_000)}`, letters(hour))
        .hset(`${base}:h:${Math.floor(now / 3_600_000)}`, letters(week))
        .exec();
      const found = await guard.ask('autumn');
      await redis.del(`${base}:m:${Math.floor(now / 60_000)}`, `${base}:h:${Math.floor(now / 3_600_000)}`);
      const [first = null] = judgeFigures({ hour, week }, limits);
      expect(first).toEqual(found && nearly(found));
    }),
    { numRuns: 300 },
  );
});

/** The script writes shares with 14 digits. */
function nearly({ rule, measure, count, sends, rate, limit }: Finding) {
  return { rule, measure, count, sends, rate: expect.closeTo(rate, 12), limit: expect.closeTo(limit, 12) };
}

test('a rule that is nearly broken is found from four fifths of its limit on', () => {
  const limits = { bounceRate: 0.05, complaintRate: 0.001 };
  const hour = { sends: 0, bounces: 0, complaints: 0 };
  const near = (bounces: number) =>
    judgeFigures({ hour, week: { sends: 1_000, bounces, complaints: 0 } }, limits, GUARD_RULES.warnShare);
  expect(near(39)).toEqual([]);
  expect(near(40)).toEqual([
    { rule: 'week', measure: 'bounces', count: 40, sends: 1_000, rate: 0.04, limit: 0.05 },
  ]);
});
