import { expect, test } from 'vitest';
import { allowanceOf, refillOf } from '../../src/queue/allowance.ts';

test('one campaign has two seconds of the rate outstanding, in jobs of a tenth of a second', () => {
  expect(allowanceOf(500, null, 1, 1_000)).toEqual({ window: 20, jobBatches: 1, perSecond: 500 });
  expect(allowanceOf(5_000, null, 1, 1_000)).toEqual({ window: 200, jobBatches: 5, perSecond: 5_000 });
});

test('campaigns that are planned at the same time share the two seconds', () => {
  for (const campaigns of [2, 4, 10]) {
    const { window } = allowanceOf(5_000, null, campaigns, 1_000);
    expect(window * campaigns).toBe(200);
  }
});

test('however many there are, each has some batches outstanding', () => {
  expect(allowanceOf(14, null, 50, 200)).toMatchObject({ window: 2, jobBatches: 1 });
});

test('a campaign with a limit of its own has no more than that outstanding', () => {
  expect(allowanceOf(10_000, 100, 1, 200)).toEqual({ window: 4, jobBatches: 1, perSecond: 100 });
});

test('the window is never larger than the setting, and has enough jobs in it for every place of a process', () => {
  expect(allowanceOf(100_000, null, 1, 200)).toMatchObject({ window: 200, jobBatches: 5 });
  expect(allowanceOf(100_000, null, 1, 1_000)).toMatchObject({ window: 1_000, jobBatches: 10 });
  expect(allowanceOf(100_000, null, 1, 8)).toMatchObject({ window: 8, jobBatches: 1 });
  expect(allowanceOf(100_000, null, 1, 1)).toMatchObject({ window: 1, jobBatches: 1 });
});

test('what is planned at once fits the window, and a job fits into it', () => {
  for (const rate of [1, 14, 500, 5_000, 100_000]) {
    for (const max of [1, 2, 7, 200]) {
      const allowance = allowanceOf(rate, null, 1, max);
      expect(refillOf(allowance)).toBeLessThanOrEqual(allowance.window);
      expect(refillOf(allowance)).toBeGreaterThanOrEqual(allowance.jobBatches);
    }
  }
});
