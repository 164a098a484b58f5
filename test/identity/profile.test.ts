import { expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { type Profile, ProfileBook } from '../../src/identity/profile.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const rows = Buffer.from('a block');
const book = () => new ProfileBook(server.redis, keys);
const news: Profile = {
  name: 'news',
  from: 'Example ニュース <news@example.com>',
  replyTo: ['help@example.com'],
  unsubscribe: 'sluice',
  oneClick: true,
};

test('what was put is there for others, with its log rows', async () => {
  await book().put(news, rows);
  expect(await book().get('news')).toEqual(news);
  expect(await server.redis.xrange(keys.outbox(), '-', '+')).toEqual([
    [expect.any(String), ['b', 'a block']],
  ]);
});

test('a profile that is put again is replaced as a whole', async () => {
  await book().put(news, rows);
  const other = { ...news, from: 'shop@example.com', replyTo: [], unsubscribe: 'none', oneClick: false };
  await book().put(other, rows);
  expect(await book().get('news')).toEqual(other);
});

test('it is the same object until another process changes it', async () => {
  const reader = book();
  await book().put(news, rows);
  const first = await reader.get('news');
  expect(await reader.get('news')).toBe(first);
  await book().put({ ...news, from: 'shop@example.com' }, rows);
  expect(await reader.get('news')).toMatchObject({ from: 'shop@example.com' });
  await book().remove('news', rows);
  expect(await reader.get('news')).toBeNull();
});

test('they are listed by name', async () => {
  for (const name of ['shop', 'news', 'Zebra']) await book().put({ ...news, name }, rows);
  expect((await book().list()).map(({ name }) => name)).toEqual(['Zebra', 'news', 'shop']);
  await book().remove('news', rows);
  expect((await book().list()).map(({ name }) => name)).toEqual(['Zebra', 'shop']);
});

test('a field of a later version does no harm, and a profile that is none is a fault', async () => {
  await server.redis.hset(keys.profiles(), 'later', JSON.stringify({ ...news, colour: 'red' }));
  expect(await book().get('later')).toEqual({ ...news, name: 'later' });
  await server.redis.hset(keys.profiles(), 'broken', '{"from":1}');
  await expect(book().get('broken')).rejects.toThrow();
});
