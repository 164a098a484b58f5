import { expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { NO_LIMITS, Pace } from '../../src/send/pace.ts';
import { SentBook } from '../../src/send/sent-book.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const account = [{ name: 'account', perSecond: 100_000 }];
const project = { name: 'shop', perSecond: null, perDay: null, perMonth: null };

test('what the pace has counted is what is told, and what is over is not in it', async () => {
  const limits = { ...NO_LIMITS, perDay: 1_000, project };
  const book = new SentBook(server.redis, keys);
  expect(await book.ofProject('shop')).toEqual({ day: 0, month: 0 });
  await new Pace(server.redis, keys).take(70, account, 0, limits);
  await new Pace(server.redis, keys).giveBack('claim-1', 20, account, limits);
  expect(await book.ofProject('shop')).toEqual({ day: 50, month: 50 });
  // What nobody limits is not counted.
  expect(await book.ofAll()).toEqual({ day: 50, month: 0 });
  // Nobody has sent since, so that the totals still have it.
  const [seconds] = await server.redis.time();
  const slot = Math.floor(Number(seconds) / 300);
  await server.redis.hset(keys.sentIn('day', 'shop'), { total: 81, [slot - 288]: 30, [slot - 289]: 1 });
  expect(await book.ofProject('shop')).toEqual({ day: 80, month: 50 });
});
