import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePositions, encodePositions } from '../../src/core/positions.ts';
import { scriptSource } from '../../src/core/script.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const lua = scriptSource(new URL('../../src/core/positions.lua', import.meta.url));
const positions = fc.uniqueArray(fc.nat(49), { maxLength: 50 }).map((some) => some.toSorted((a, b) => a - b));

test('a batch is one run, and gaps are kept', () => {
  expect(encodePositions([])).toBe('');
  expect(encodePositions(Array.from({ length: 50 }, (_, position) => position))).toBe('0-49');
  expect(encodePositions([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
});

test('any positions come back', () => {
  fc.assert(
    fc.property(positions, (some) => {
      expect(decodePositions(encodePositions(some))).toEqual(some);
    }),
  );
});

test('what is no such text is refused', () => {
  for (const text of ['a', '1-', '-1', '1,,2', '1-2-3', '1;2']) {
    expect(() => decodePositions(text)).toThrow('is no run of positions');
  }
});

test('scripts read and write the same text', async () => {
  const source = `${lua}
local seen = {}
each_position(ARGV[1], function(position) seen[#seen + 1] = position end)
return { table.concat(seen, ' '), positions_text(seen) }`;
  await fc.assert(
    fc.asyncProperty(positions, async (some) => {
      const text = encodePositions(some);
      expect(await server.redis.eval(source, 0, text)).toEqual([some.join(' '), text]);
    }),
  );
});
