import { expect, test } from 'vitest';
import { ClockOffset } from '../../src/send/clock-offset.ts';

const MINUTE = 60_000;

test('an instant is corrected by what was known before it, and not by what was learned in its own millisecond', () => {
  const offset = new ClockOffset();
  offset.learn(10 * MINUTE, 1_000);
  offset.learn(-MINUTE, 2_000);
  expect([0, 1_000, 1_001, 2_000, 2_001, 9_000].map((instant) => offset.at(instant))).toEqual([
    0,
    0,
    10 * MINUTE,
    10 * MINUTE,
    -MINUTE,
    -MINUTE,
  ]);
});

test('what is less than two seconds is noise', () => {
  const offset = new ClockOffset();
  offset.learn(-1_999, 1_000);
  expect(offset.at(5_000)).toBe(0);
  offset.learn(5_000, 2_000);
  offset.learn(3_500, 3_000);
  expect(offset.at(5_000)).toBe(5_000);
});

test('what nobody asks for any more is forgotten, and what counted at the edge is kept', () => {
  const offset = new ClockOffset();
  for (let minute = 1; minute <= 1_000; minute += 1) offset.learn(minute * MINUTE, minute * MINUTE);
  expect(offset.at(985 * MINUTE)).toBe(984 * MINUTE);
  expect(offset.at(1_000 * MINUTE + 1)).toBe(1_000 * MINUTE);
  expect(offset.at(0)).toBe(984 * MINUTE);
});
