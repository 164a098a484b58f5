import { expect, test } from 'vitest';
import { BufferPool } from '../../src/core/buffer-pool.ts';

test('a buffer that was given back is used again, in the size that is asked for', () => {
  const pool = new BufferPool(2);
  const first = pool.take(40_000);
  pool.give(first);
  const second = pool.take(50_000);
  expect([first.length, second.length]).toEqual([40_000, 50_000]);
  expect(second.buffer).toBe(first.buffer);
});

test('one that is in use is given to nobody else', () => {
  const pool = new BufferPool(2);
  const taken = Array.from({ length: 5 }, () => pool.take(100));
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(5);
});

test('one that is given back twice is used once', () => {
  const pool = new BufferPool(2);
  const first = pool.take(100);
  pool.give(first);
  pool.give(first);
  expect(pool.take(100).buffer).not.toBe(pool.take(100).buffer);
});

test('one that is too small is let go, and so are more than it is to keep', () => {
  const pool = new BufferPool(1);
  const small = pool.take(100);
  const other = pool.take(100);
  pool.give(small);
  pool.give(other);
  const large = pool.take(1_000_000);
  expect(large.length).toBe(1_000_000);
  expect(large.buffer).not.toBe(small.buffer);
  expect(pool.take(100).buffer).not.toBe(other.buffer);
});
