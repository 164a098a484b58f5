import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import type { Logger } from '../../src/core/logger.ts';
import { GmailBook } from '../../src/identity/gmail-book.ts';
import { standInAccess } from '../../src/identity/postmaster-access.ts';
import { PostmasterApi } from '../../src/identity/postmaster-api.ts';
import { dateOf, PostmasterBook } from '../../src/identity/postmaster-book.ts';
import { postmasterWatch } from '../../src/queue/postmaster-watch.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { PostmasterStandIn } from '../support/postmaster.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const google = new PostmasterStandIn();
const HOUR_MS = 3_600_000;
let clock: MovableClock;
let book: PostmasterBook;
let told: string[];

beforeAll(() => google.start());
afterAll(() => google.stop());
beforeEach(() => {
  google.reset();
  clock = new MovableClock();
  book = new PostmasterBook(server.redis, keys);
  told = [];
});

const day = (ago: number) => dateOf(Date.now() - ago * 24 * HOUR_MS);

/** As one process does it, until the test is over. */
async function watch(): Promise<void> {
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields) => told.push(`${message} ${JSON.stringify(fields)}`),
  };
  const service = postmasterWatch({
    api: new PostmasterApi(standInAccess(google.url)),
    book,
    gmail: new GmailBook(server.redis, keys),
    clock,
    logger,
    // As it comes: no share of four hours is a whole number of milliseconds.
    random: () => 0.5 + 1e-9,
    intervalMs: 5,
  });
  onTestFinished(() => service.stop());
  await service.start();
}

const concluded = () => eventually(async () => expect(await book.lastReading()).not.toBeNull());
/** As if the time until the next turn had passed. */
const nextTurn = () => server.redis.del(keys.postmasterTurn());
const readings = () => google.asked.filter((line) => line === 'GET /v2/domains').length;

test('every domain of Postmaster Tools is read, and every one that mail to Gmail came from is asked for', async () => {
  await server.redis.sadd(keys.gmailDomains(), 'example.com', 'example.jp');
  google.domains = {
    'example.com': { rates: { [day(2)]: 0.002 } },
    'other.example': {},
    'shared.example': { permission: 'NONE' },
  };
  await watch();
  await concluded();
  expect(await book.list()).toMatchObject([
    { domain: 'example.com', newest: { date: day(2), rate: 0.002 }, reading: { trouble: null } },
    { domain: 'example.jp', newest: null, reading: { trouble: { code: 'POSTMASTER_UNVERIFIED' } } },
    { domain: 'other.example', newest: null, reading: { trouble: null } },
    { domain: 'shared.example', newest: null, reading: { trouble: { code: 'POSTMASTER_UNVERIFIED' } } },
  ]);
  expect(await book.lastReading()).toMatchObject({ trouble: null });
  expect(told).toEqual([]);
});

test('the first reading goes back thirty days, and later ones ten', async () => {
  google.domains = { 'example.com': { rates: { [day(20)]: 0.002 } } };
  await watch();
  await eventually(() => expect(google.asked).toContain(`POST example.com ${day(30)} ${day(0)}`));
  await concluded();
  await eventually(async () =>
    expect(await server.redis.pttl(keys.postmasterTurn())).toBeGreaterThan(HOUR_MS),
  );
  await nextTurn();
  await eventually(() => expect(google.asked).toContain(`POST example.com ${day(10)} ${day(0)}`));
});

test('one process reads, once in about a day', async () => {
  await watch();
  await watch();
  await concluded();
  await eventually(async () =>
    expect(await server.redis.pttl(keys.postmasterTurn())).toBeGreaterThan(21 * HOUR_MS),
  );
  expect(await server.redis.pttl(keys.postmasterTurn())).toBeLessThanOrEqual(22 * HOUR_MS);
  await clock.sleep(50);
  expect(readings()).toBe(1);
  expect(told).toEqual([]);
});

test('a reading that fails is done again after an hour, and told of once, without what could be a secret', async () => {
  google.refusal = { status: 403, reason: 'SERVICE_DISABLED' };
  await watch();
  await concluded();
  expect(await book.lastReading()).toMatchObject({ trouble: { code: 'POSTMASTER_NOT_ENABLED' } });
  await eventually(async () =>
    expect(await server.redis.pttl(keys.postmasterTurn())).toBeGreaterThan(HOUR_MS / 2),
  );
  expect(await server.redis.pttl(keys.postmasterTurn())).toBeLessThanOrEqual(HOUR_MS);
  await nextTurn();
  await eventually(async () =>
    expect(await server.redis.pttl(keys.postmasterTurn())).toBeGreaterThan(HOUR_MS / 2),
  );
  expect(told).toEqual([expect.stringContaining('POSTMASTER_NOT_ENABLED')]);
  google.refusal = null;
  await nextTurn();
  await eventually(async () => expect(await book.lastReading()).toMatchObject({ trouble: null }));
});

test('a domain that is refused keeps no other from being read', async () => {
  google.domains = {
    'a.example': { refusal: { status: 403 } },
    'b.example': { rates: { [day(1)]: 0.001 } },
  };
  await watch();
  await concluded();
  expect(await book.list()).toMatchObject([
    { domain: 'a.example', reading: { trouble: { code: 'POSTMASTER_FORBIDDEN' } } },
    { domain: 'b.example', newest: { rate: 0.001 } },
  ]);
  expect(told).toEqual([expect.stringContaining('POSTMASTER_FORBIDDEN')]);
});

test('a domain of which Google can say nothing for days keeps the others waiting for an hour at the most', async () => {
  google.domains = {
    'a.example': { refusal: { status: 500 } },
    'b.example': { rates: { [day(1)]: 0.001 } },
  };
  await watch();
  await concluded();
  expect(await book.lastReading()).toMatchObject({ trouble: { code: 'POSTMASTER_AWAY' } });
  await eventually(async () =>
    expect(await server.redis.pttl(keys.postmasterTurn())).toBeGreaterThan(HOUR_MS / 2),
  );
  await nextTurn();
  await eventually(async () =>
    expect(await book.list()).toMatchObject([
      { domain: 'a.example', reading: { trouble: { code: 'POSTMASTER_AWAY' } } },
      { domain: 'b.example', newest: { rate: 0.001 } },
    ]),
  );
});

test('who stops in the middle leaves the turn to another, and nothing to complain of', async () => {
  google.refusal = 'silent';
  const service = postmasterWatch({
    api: new PostmasterApi(standInAccess(google.url)),
    book,
    gmail: new GmailBook(server.redis, keys),
    clock,
    logger: silentLogger,
    random: () => 0.5,
    intervalMs: 5,
  });
  await service.start();
  await eventually(async () => expect(await server.redis.exists(keys.postmasterTurn())).toBe(1));
  await service.stop();
  expect(await book.lastReading()).toBeNull();
  await expect.poll(() => server.redis.exists(keys.postmasterTurn())).toBe(0);
});
