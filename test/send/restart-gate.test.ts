import { expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Ledger } from '../../src/send/ledger.ts';
import { RestartGate } from '../../src/send/restart-gate.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ref = { campaign: 'autumn', batch: 0, sender: 'news@example.com' };

/** A worker's ledger, with a clock whose sleeps are written down and take no time. */
function worker() {
  const slept: number[] = [];
  const clock: Clock = {
    now: () => Date.now(),
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
  const connection = server.redis.duplicate();
  const ledger = new Ledger(connection, keys, 1_000, new RestartGate(connection, keys, clock, silentLogger));
  return { ledger, slept, close: () => connection.disconnect() };
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
  const first = worker();
  const second = worker();
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
  const one = worker();
  await one.ledger.claim(ref, 'w-1', [0], false);
  await restartThatForgets();
  await one.ledger.claim(ref, 'w-2', [1], false);
  expect(one.slept).toHaveLength(1);
  expect(one.slept[0]).toBeGreaterThan(4_000);
  one.close();
});

test('a server that only lost its scripts is claimed on at once', async () => {
  await openBatch();
  const one = worker();
  await one.ledger.claim(ref, 'w-1', [0], false);
  await server.redis.script('FLUSH');
  expect(await one.ledger.claim(ref, 'w-2', [1], false)).toMatchObject({ positions: [1] });
  expect(one.slept).toEqual([]);
  one.close();
});

test('a claim whose batch was settled meanwhile is not written again', async () => {
  await openBatch();
  const one = worker();
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
