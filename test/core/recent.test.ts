import { expect, test } from 'vitest';
import { Recent } from '../../src/core/recent.ts';

let now = 0;
let asked = 0;
const clock = { now: () => now };

function recent(answer: () => Promise<number>): Recent<number> {
  [now, asked] = [1_000, 0];
  return new Recent(
    () => {
      asked += 1;
      return answer();
    },
    clock,
    100,
  );
}

test('who asks within the time gets what was found, also while it is still asked for', async () => {
  const known = recent(async () => asked);
  expect(await Promise.all([known.look(), known.look()])).toEqual([1, 1]);
  now += 99;
  expect(await known.look()).toBe(1);
  now += 1;
  expect(await known.look()).toBe(2);
});

test('what failed is asked for anew', async () => {
  const known = recent(async () => {
    if (asked === 1) throw new Error('away');
    return asked;
  });
  await expect(known.look()).rejects.toThrow('away');
  expect(await known.look()).toBe(2);
});

test('a clock that is set back by an hour does not make it hold for an hour', async () => {
  const known = recent(async () => asked);
  await known.look();
  now -= 3_600_000;
  expect(await known.look()).toBe(2);
});
