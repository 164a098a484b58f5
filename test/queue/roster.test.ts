import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { Presence, Roster, type WorkerCard } from '../../src/queue/roster.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
let roster: Roster;

beforeEach(() => {
  roster = new Roster(server.redis, keys);
});

function card(name: string): WorkerCard {
  return { name, roles: ['plan', 'send'], ses: 'sandbox', marketingObstacle: null };
}

const presence = (name: string, of = roster) =>
  new Presence({ roster: of, clock: systemClock, logger: silentLogger }, card(name));

test('a worker is on the roster from its start to its end', async () => {
  const worker = presence('one');
  await worker.start();
  await expect.poll(() => roster.present()).toEqual([card('one')]);
  await worker.stop();
  expect(await roster.present()).toEqual([]);
});

test('a worker that was killed is gone after a while, and leaves nothing behind', async () => {
  await roster.beat(card('killed'));
  // As if that had been a minute ago.
  await server.redis.zadd(keys.workers(), Date.now() - 60_000, JSON.stringify(card('killed')));
  expect(await roster.present()).toEqual([]);
  await roster.beat(card('living'));
  expect(await server.redis.zcard(keys.workers())).toBe(1);
});

test('a worker stops without Redis, too', async () => {
  const away = connectRedis('/nowhere/redis.sock');
  away.on('error', () => {});
  const worker = presence('alone', new Roster(away, keys));
  await worker.start();
  await worker.stop();
  away.disconnect();
});

test('what a newer version writes does not upset an older one', async () => {
  await server.redis.zadd(keys.workers(), Date.now(), '{"name":"new","kind":"unheard of"}');
  await roster.beat(card('one'));
  expect(await roster.present()).toEqual([card('one')]);
});
