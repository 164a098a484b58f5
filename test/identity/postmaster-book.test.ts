import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { PostmasterBook } from '../../src/identity/postmaster-book.ts';
import { postmasterFault } from '../../src/identity/postmaster-trouble.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const AT = Date.UTC(2026, 10, 29, 5);
let book: PostmasterBook;

beforeEach(() => {
  book = new PostmasterBook(server.redis, new Keys('{test}'));
});

test('days are kept, and the newest is shown with when it was read', async () => {
  await book.store(
    'example.com',
    [
      { date: '2026-11-20', rate: 0.001 },
      { date: '2026-11-27', rate: 0.00025 },
    ],
    AT,
  );
  expect(await book.days('example.com')).toEqual([
    { date: '2026-11-20', rate: 0.001 },
    { date: '2026-11-27', rate: 0.00025 },
  ]);
  expect(await book.list()).toEqual([
    {
      domain: 'example.com',
      newest: { date: '2026-11-27', rate: 0.00025 },
      reading: { at: AT, trouble: null },
    },
  ]);
});

test('what Google corrects is written over, and days that came before do not become the newest', async () => {
  await book.store('example.com', [{ date: '2026-11-27', rate: 0.004 }], AT);
  await book.store('example.com', [{ date: '2026-11-20', rate: 0.1 }], AT);
  expect((await book.list())[0]?.newest).toEqual({ date: '2026-11-27', rate: 0.004 });
  await book.store('example.com', [{ date: '2026-11-27', rate: 0.002 }], AT);
  expect((await book.list())[0]?.newest).toEqual({ date: '2026-11-27', rate: 0.002 });
});

test('a reading without figures keeps those that are there, and so does one that fails', async () => {
  await book.store('example.com', [{ date: '2026-11-27', rate: 0.004 }], AT);
  await book.store('example.com', [], AT + 1);
  await book.fail('example.com', postmasterFault('FORBIDDEN', 'example.com'), AT + 2);
  await book.fail('example.jp', postmasterFault('UNVERIFIED', 'example.jp'), AT + 2);
  expect(await book.list()).toMatchObject([
    {
      domain: 'example.com',
      newest: { date: '2026-11-27', rate: 0.004 },
      reading: { at: AT + 2, trouble: { code: 'POSTMASTER_FORBIDDEN' } },
    },
    { domain: 'example.jp', newest: null, reading: { trouble: { code: 'POSTMASTER_UNVERIFIED' } } },
  ]);
});

test('days of more than 120 days ago go', async () => {
  await book.store(
    'example.com',
    [
      { date: '2026-07-31', rate: 0.1 },
      { date: '2026-08-01', rate: 0.2 },
    ],
    AT - 86_400_000,
  );
  await book.store('example.com', [], AT);
  expect(await book.days('example.com')).toEqual([{ date: '2026-08-01', rate: 0.2 }]);
});

test('one of all processes has the turn, until it is over', async () => {
  expect(await book.takeTurn(60_000)).toBe(true);
  expect(await book.takeTurn(60_000)).toBe(false);
  await book.endTurn(1);
  await expect.poll(() => book.takeTurn(60_000)).toBe(true);
});

test('how reading the account went is told, once somebody has', async () => {
  expect(await book.lastReading()).toBeNull();
  await book.conclude(postmasterFault('NOT_ENABLED', 'the list of domains'), AT);
  expect(await book.lastReading()).toEqual({
    at: AT,
    trouble: { code: 'POSTMASTER_NOT_ENABLED', said: expect.stringContaining('not enabled') },
  });
  await book.conclude(null, AT + 1);
  expect(await book.lastReading()).toEqual({ at: AT + 1, trouble: null });
});
