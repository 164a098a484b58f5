import { expect, test } from 'vitest';
import { sluice } from '../support/cli.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const warmUp = (...args: string[]) => sluice(['warm-up', ...args], { REDIS_URL: server.url });

test('a warm-up is set, listed with what is used of today, and removed once', async () => {
  const set = await warmUp(
    'set',
    'News.example.com',
    '--start',
    '200',
    '--days',
    '30',
    '--by',
    'Hana',
    '--json',
  );
  expect([set.code, set.stderr, JSON.parse(set.stdout)]).toMatchObject([
    0,
    '',
    { domain: 'news.example.com', start: 200, factor: 2, days: 30, by: 'Hana', today: { day: 0, used: 0 } },
  ]);
  expect((await warmUp('list')).stdout).toMatch(/news\.example\.com +1 of 30 +200 +0 /);
  const removed = await warmUp('remove', 'news.example.com');
  expect([removed.code, removed.stdout]).toEqual([0, 'news.example.com is not warmed up any more\n']);
});

test('what is wrong is said by its flag, and nothing is set', async () => {
  const { code, stderr } = await warmUp('set', 'example.com', '--start', 'many', '--factor', '11');
  expect(code).toBe(2);
  expect(stderr).toContain('--start: must be a whole number');
  expect(stderr).toContain('--factor: must be a number from 1 to 10');
});
