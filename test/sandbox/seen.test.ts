import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenStrings } from '../../src/sandbox/seen.ts';

test('strings are told apart as a set tells them apart', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (texts) => {
      const seen = new SeenStrings(10_000);
      const known = new Set<string>();
      for (const text of texts) {
        expect(seen.add(text)).toBe(!known.has(text));
        known.add(text);
      }
      expect(seen.size).toBe(known.size);
    }),
  );
});

test('a hundred thousand addresses outgrow the first table and are all remembered', () => {
  const seen = new SeenStrings(1_000_000);
  const addresses = Array.from({ length: 100_000 }, (_, n) => `person${n}@example${n % 7}.com`);
  expect(addresses.every((address) => seen.add(address))).toBe(true);
  expect(addresses.some((address) => seen.add(address))).toBe(false);
  expect(seen.size).toBe(100_000);
});

test('beyond its bound it says that it is full and remembers no more', () => {
  const seen = new SeenStrings(2);
  expect(['a', 'b', 'c', 'c', 'a'].map((text) => seen.add(text))).toEqual([true, true, true, true, false]);
  expect([seen.size, seen.full]).toEqual([2, true]);
});
