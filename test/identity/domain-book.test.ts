import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { type Domain, DomainBook } from '../../src/identity/domain-book.ts';
import type { DomainCheck } from '../../src/identity/domain-check.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ROWS = Buffer.from('a block');
let book: DomainBook;

beforeEach(() => {
  book = new DomainBook(server.redis, keys);
});

function domain(name: string, organisation: string, primary = 'example.co.jp'): Domain {
  return { name, primary, organisation, addedAt: 5 };
}

const rowsWritten = () => server.redis.xlen(keys.outbox());

test('a domain is registered once, and a second time changes and logs nothing', async () => {
  expect(await book.add(domain('example.co.jp', 'A'), ROWS)).toEqual({ kind: 'added' });
  expect(await book.add({ ...domain('example.co.jp', 'A'), addedAt: 9 }, ROWS)).toEqual({ kind: 'known' });
  expect(await book.get('example.co.jp')).toEqual(domain('example.co.jp', 'A'));
  expect(await rowsWritten()).toBe(1);
});

test('another organisation can register neither the domain nor one above or below it, and nothing is written', async () => {
  await book.add(domain('news.example.co.jp', 'A'), ROWS);
  for (const name of ['news.example.co.jp', 'example.co.jp', 'shop.example.co.jp', 'a.news.example.co.jp'])
    expect(await book.add(domain(name, 'B'), ROWS)).toEqual({ kind: 'owned', by: 'A' });
  expect(await book.list()).toEqual([domain('news.example.co.jp', 'A')]);
  expect(await rowsWritten()).toBe(1);
});

test('subdomains of an organisation are free for it, and whoever asks of a name that is not registered hears its owner', async () => {
  await book.add(domain('example.co.jp', 'A'), ROWS);
  expect(await book.add(domain('shop.example.co.jp', 'A'), ROWS)).toEqual({ kind: 'added' });
  expect(await book.ownerOf('never.registered.example.co.jp')).toBe('A');
  expect(await book.ownerOf('example.jp')).toBeNull();
});

test('of many organisations that register one domain at a time, one gets it', async () => {
  const names = Array.from({ length: 20 }, (_unused, index) => `org-${index}`);
  const ends = await Promise.all(names.map((name) => book.add(domain('example.co.jp', name), ROWS)));
  expect(ends.filter(({ kind }) => kind === 'added')).toHaveLength(1);
  expect(ends.filter(({ kind }) => kind === 'owned')).toHaveLength(19);
});

test('the last domain that is removed frees the organisational domain, and no earlier one', async () => {
  await book.add(domain('example.co.jp', 'A'), ROWS);
  await book.add(domain('shop.example.co.jp', 'A'), ROWS);
  await book.remove(domain('example.co.jp', 'A'), ROWS);
  expect(await book.add(domain('example.co.jp', 'B'), ROWS)).toEqual({ kind: 'owned', by: 'A' });
  await book.remove(domain('shop.example.co.jp', 'A'), ROWS);
  expect(await book.remove(domain('shop.example.co.jp', 'A'), ROWS)).toBe(false);
  expect(await book.add(domain('example.co.jp', 'B'), ROWS)).toEqual({ kind: 'added' });
});

test('a move takes all domains of the organisational domain, and fails where somebody else has moved it before', async () => {
  await book.add(domain('example.co.jp', 'A'), ROWS);
  await book.add(domain('shop.example.co.jp', 'A'), ROWS);
  await book.add(domain('example.jp', 'A', 'example.jp'), ROWS);
  expect(await book.move(domain('example.co.jp', 'A'), 'B', ROWS)).toBe(true);
  expect(await book.move(domain('example.co.jp', 'A'), 'C', ROWS)).toBe(false);
  expect((await book.list()).map(({ name, organisation }) => [name, organisation])).toEqual([
    ['example.co.jp', 'B'],
    ['shop.example.co.jp', 'B'],
    ['example.jp', 'A'],
  ]);
});

test('what was found of a domain is kept as it was, and what another version wrote is as if it were not there', async () => {
  const check: DomainCheck = {
    domain: 'example.co.jp',
    at: 7,
    items: [{ item: 'dkim', status: 'missing', found: 'none', expected: null, todo: ['make them'] }],
    spfTree: ['v=spf1 -all'],
    spfLookups: 0,
  };
  await book.noteCheck(check);
  expect(await book.lastCheck('example.co.jp')).toEqual(check);
  expect(await server.redis.ttl(keys.domainCheck('example.co.jp'))).toBeGreaterThan(0);
  await server.redis.set(
    keys.domainCheck('example.co.jp'),
    JSON.stringify({ ...check, items: [{ item: 'x' }] }),
  );
  expect(await book.lastCheck('example.co.jp')).toBeNull();
});
