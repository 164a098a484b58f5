import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import type { Logger } from '../../src/core/logger.ts';
import { ProfileBook } from '../../src/identity/profile.ts';
import { type Project, ProjectBook } from '../../src/identity/project.ts';
import { Settings } from '../../src/queue/settings.ts';
import { SendingLimits, type SendingLimitsParts } from '../../src/send/sending-limits.ts';
import { WarmUpBook } from '../../src/send/warm-up.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const shop = { sender: 'news@example.com', project: 'shop', perSecond: null };
let limits: SendingLimits | null = null;

afterEach(async () => {
  await limits?.stop();
  limits = null;
});

async function start(change: Partial<SendingLimitsParts> = {}): Promise<SendingLimits> {
  const { redis } = server;
  limits = new SendingLimits({
    warmUps: new WarmUpBook(redis, keys),
    projects: new ProjectBook(redis, keys),
    feedbackLagMs: async () => null,
    doubtMs: 900_000,
    clock: systemClock,
    logger: silentLogger,
    perDayMax: null,
    perMonthMax: null,
    accountPerDay: () => null,
    ...change,
  });
  await limits.start();
  return limits;
}

async function set(name: string, change: Partial<Project>): Promise<void> {
  const settings = new Settings(
    new ProjectBook(server.redis, keys),
    new ProfileBook(server.redis, keys),
    systemClock,
  );
  await settings.project(name, change, { by: 'test', reason: null });
}

test('a project that nobody has set up has no limits, and is not counted', async () => {
  await set('other', { perDay: 5 });
  expect((await start()).of(shop).project).toBeNull();
});

test('a change of a project is known soon, and so is one that takes a limit away', async () => {
  const known = await start();
  await set('shop', { perSecond: 7, perDay: 100 });
  await eventually(() =>
    expect(known.of(shop).project).toMatchObject({ name: 'shop', perSecond: 7, perDay: 100 }),
  );
  await set('shop', { perSecond: null });
  await eventually(() => expect(known.of(shop).project).toMatchObject({ perSecond: null, perDay: 100 }));
});

test('the lower rate of a campaign and its project counts', async () => {
  await set('shop', { perSecond: 7 });
  const known = await start();
  expect(known.perSecondOf(shop)).toBe(7);
  expect(known.perSecondOf(shop, 2)).toBe(3.5);
  expect(known.perSecondOf({ ...shop, perSecond: 5 }, 1)).toBe(5);
  expect(known.perSecondOf({ ...shop, perSecond: 5 })).toBe(5);
  expect(known.perSecondOf({ ...shop, perSecond: 9 })).toBe(7);
  expect(known.perSecondOf({ project: 'other', perSecond: null })).toBeNull();
});

test('what can not be read keeps nobody from the rest', async () => {
  await set('shop', { perDay: 100 });
  await server.redis.hset(keys.warmUps(), 'example.com', 'a schedule of another version');
  const said: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message) => void said.push(message) };
  const known = await start({ logger, feedbackLagMs: async () => 900_000 });
  expect(known.of(shop).project).toMatchObject({ perDay: 100 });
  expect(known.accountShare()).toBe(0.05);
  expect(said).toContain('the warm-up schedules could not be read; what was known last counts');
});

test('the account’s rate follows how late events are, looked at once a second', async () => {
  let lagMs = 0;
  const known = await start({ feedbackLagMs: async () => lagMs });
  expect(known.accountShare()).toBe(1);
  lagMs = 675_000;
  await eventually(() => expect(known.accountShare()).toBeCloseTo(0.275));
  lagMs = 0;
  await eventually(() => expect(known.accountShare()).toBe(1));
});
