import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Ledger } from '../../src/send/ledger.ts';
import { encodePayload } from '../../src/send/payload.ts';
import { RestartGate } from '../../src/send/restart-gate.ts';
import { silentLogger } from '../support/logger.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ref = { campaign: 'autumn', project: 'default', batch: 0, sender: 'news@example.com' };

const GRACE_MS = 300;

/**
 * A worker's ledger, with a clock that can be moved and writes down its sleeps. It knows this run of the server, as a worker does
 * that has been at work: one that is only connecting would take the forgotten scripts of `restartThatForgets` for its own.
 */
async function worker() {
  const slept: number[] = [];
  const clock = new MovableClock();
  const noting: Clock = {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      slept.push(ms);
      await clock.sleep(ms, signal);
    },
  };
  const connection = server.redis.duplicate();
  const gate = new RestartGate(connection, keys, noting, silentLogger, GRACE_MS);
  const ledger = new Ledger(connection, keys, 1_000, gate);
  await gate.open();
  return { ledger, slept, clock, connection, close: () => connection.disconnect() };
}

async function openBatch(): Promise<void> {
  const { redis } = server;
  await redis.hset(keys.campaign('autumn'), { id: 'autumn', phase: 'running', planned: 3, pending: 3 });
  await redis.hset(keys.batch('autumn', 0), { n: 3, a: 'a@x.jp\nb@x.jp\nc@x.jp', p: '[]' });
  await redis.sadd(keys.open(), 'autumn');
}

/** What a restart that lost the last moment leaves: another run, no scripts, and a ledger without its last claims. */
async function restartThatForgets(): Promise<void> {
  const { redis } = server;
  await redis.hdel(keys.batch('autumn', 0), 's');
  await redis.hset(keys.server(), 'run', 'the run before');
  await redis.script('FLUSH');
}

test('who was claimed before a restart that forgot it is claimed again, and nobody else gets to them', async () => {
  await openBatch();
  const first = await worker();
  const second = await worker();
  await first.ledger.claim(ref, 'first-1', [0, 1], false);
  await restartThatForgets();
  expect((await second.ledger.open(ref))?.states).toEqual(['.', '.', '.']);
  // The first worker is back before the second is let in.
  await first.ledger.claim(ref, 'first-2', [2], false);
  expect(await second.ledger.claim(ref, 'second-1', [0, 1, 2], false)).toMatchObject({ positions: [] });
  expect((await second.ledger.open(ref))?.states).toEqual(['cfirst-1', 'cfirst-1', 'cfirst-2']);
  first.close();
  second.close();
});

test('after a restart nobody claims until the others have had time to write theirs again', async () => {
  await openBatch();
  const one = await worker();
  await one.ledger.claim(ref, 'w-1', [0], false);
  await restartThatForgets();
  await one.ledger.claim(ref, 'w-2', [1], false);
  expect(one.slept).toHaveLength(1);
  expect(one.slept[0]).toBeGreaterThan(GRACE_MS / 2);
  one.close();
});

test('a server that only lost its scripts is claimed on at once', async () => {
  await openBatch();
  const one = await worker();
  await one.ledger.claim(ref, 'w-1', [0], false);
  await server.redis.script('FLUSH');
  expect(await one.ledger.claim(ref, 'w-2', [1], false)).toMatchObject({ positions: [1] });
  expect(one.slept).toEqual([]);
  one.close();
});

test('a claim whose batch was settled meanwhile is not written again', async () => {
  await openBatch();
  const one = await worker();
  await one.ledger.claim(ref, 'w-1', [0, 1, 2], false);
  await one.ledger.settle(
    ref,
    [0, 1, 2].map((position) => ({ position, verb: 'accepted' as const, claim: 'w-1' })),
    null,
    null,
  );
  await server.redis.hset(keys.server(), 'run', 'the run before');
  await server.redis.script('FLUSH');
  expect(await one.ledger.claim(ref, 'w-2', [0], false)).toEqual({ kind: 'gone' });
  one.close();
});

test('an outage of minutes does not make a worker forget what it had claimed just before', async () => {
  await openBatch();
  const first = await worker();
  const second = await worker();
  await first.ledger.claim(ref, 'first-1', [0, 1], false);
  await restartThatForgets();
  // The connection is lost now, and Redis is back a long time later.
  const back = once(first.connection, 'ready');
  const lost = once(first.connection, 'close');
  first.connection.disconnect(true);
  await lost;
  first.clock.move(5 * 60_000);
  await back;
  expect(await second.ledger.claim(ref, 'second-1', [0, 1, 2], false)).toMatchObject({ positions: [2] });
  first.close();
  second.close();
});

test('people whose planning was forgotten together with their claim are in the plan as claimed', async () => {
  await openBatch();
  const first = await worker();
  await first.ledger.claim(ref, 'first-1', [0, 2], false);
  await server.redis.del(keys.batch('autumn', 0));
  await server.redis.hset(keys.server(), 'run', 'the run before');
  await server.redis.script('FLUSH');
  await first.ledger.claim({ ...ref, batch: 9 }, 'first-2', [0], false);
  await server.redis.hset(keys.campaign('autumn'), 'epoch', 1);
  const recipients = ['a', 'b', 'c'].map((name, index) => ({
    seq: index + 1,
    written: `${name}@x.jp`,
    wire: `${name}@x.jp`,
    normal: `${name}@x.jp`,
    data: {},
  }));
  const stretch = {
    before: null,
    after: { seq: 3, digest: 'd', atEnd: false },
    fingerprint: 'f',
    read: 3,
    duplicate: 0,
    invalid: 0,
    firstBatch: 0,
    batches: [{ size: 3, payload: encodePayload(recipients) }],
    block: null,
  };
  expect((await new PlanBook(server.redis, keys, first.clock).commit('autumn', 1, stretch)).kind).toBe('ok');
  expect((await first.ledger.open(ref))?.states).toEqual(['cfirst-1', '.', 'cfirst-1']);
  first.close();
});

test('entries that were put back before the restart are nobody’s, and stay so', async () => {
  await openBatch();
  const one = await worker();
  await one.ledger.claim(ref, 'w-1', [0, 1, 2], false);
  await one.ledger.settle(
    ref,
    [0, 1, 2].map((position) => ({ position, verb: 'putBack' as const, claim: 'w-1' })),
    null,
    'waits',
  );
  await server.redis.hset(keys.server(), 'run', 'the run before');
  await server.redis.script('FLUSH');
  expect(await one.ledger.claim(ref, 'w-2', [0, 1, 2], false)).toMatchObject({ positions: [0, 1, 2] });
  one.close();
});
