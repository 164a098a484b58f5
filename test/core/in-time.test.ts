import { expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { inTime } from '../../src/core/in-time.ts';

const late = () => new Fault('TOO_LATE', 'nothing came');
const AGES_MS = 60_000;

test('what comes in time is what comes, and so is what it fails with', async () => {
  expect(await inTime(Promise.resolve(7), AGES_MS, late)).toBe(7);
  await expect(inTime(Promise.reject(new Error('no')), AGES_MS, late)).rejects.toThrow('no');
});

test('what does not come is a fault of the caller’s words, and its own failure later is nobody’s', async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  await expect(inTime(promise, 1, late)).rejects.toMatchObject({ code: 'TOO_LATE' });
  // Unheard, it would end the process, and with it this test.
  reject(new Error('too late as well'));
  await new Promise((done) => setImmediate(done));
});
