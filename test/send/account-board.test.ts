import { expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { AccountRate } from '../../src/send/account.ts';
import { AccountBoard } from '../../src/send/account-board.ts';
import type { SesTransport } from '../../src/send/transport.ts';
import { silentLogger } from '../support/logger.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const board = () => new AccountBoard(server.redis, keys);

test('what one worker puts up, everybody can read; without workers there is nothing', async () => {
  expect(await board().read()).toBeNull();
  const notice = { perSecond: 14.5, perDay: 50_000, sentLast24Hours: 120, at: 1_760_000_000_000 };
  await board().put(notice);
  expect(await board().read()).toEqual(notice);
  await board().put({ ...notice, perDay: null });
  expect(await board().read()).toEqual({ ...notice, perDay: null });
});

test('it is forgotten when nobody has put anything up for long', async () => {
  await board().put({ perSecond: 1, perDay: null, sentLast24Hours: 0, at: 1 });
  expect(await server.redis.pttl(keys.account())).toBeGreaterThan(0);
});

test('a worker puts up what it may send itself: the account’s rate, or less where its settings say so', async () => {
  const account = {
    perSecond: 500,
    perDay: 10_000,
    sentLast24Hours: 3,
    sendingEnabled: true,
    productionAccess: true,
    enforcement: 'HEALTHY',
  };
  const unused = () => Promise.reject(new Error('nothing is sent here'));
  const transport: SesTransport = {
    sendBulk: unused,
    sendSingle: unused,
    account: async () => account,
    close: async () => {},
  };
  for (const [limit, perSecond] of [
    [Number.POSITIVE_INFINITY, 500],
    [20, 20],
  ] as const) {
    const rate = new AccountRate(transport, new MovableClock(), silentLogger, limit, board());
    await rate.start();
    await expect.poll(() => board().read()).toMatchObject({ perSecond, perDay: 10_000, sentLast24Hours: 3 });
    await rate.stop();
  }
});
