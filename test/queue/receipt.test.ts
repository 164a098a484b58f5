import { expect, test } from 'vitest';
import { receiptOf } from '../../src/queue/receipt.ts';

const NOW = 1_700_000_100_000;
/** Accepts 100 a second, and has done so for long. */
const RUNNING = {
  id: 'autumn',
  phase: 'running',
  startedAt: String(NOW - 100_000),
  rate: '100',
  rateAt: String(NOW),
};

test('while the list is read, how many there will be is reckoned from its rows, and so is the time that is left', () => {
  const hash = {
    ...RUNNING,
    listRows: '10000',
    read: '1000',
    planned: '900',
    pending: '100',
    accepted: '800',
  };
  const { expected, etaMs } = receiptOf(hash, NOW);
  expect(expected).toBe(9_000);
  expect(etaMs).toBe(82_000);
});

test('a list that is longer than was reckoned is at least as long as what was read of it', () => {
  const hash = { ...RUNNING, listRows: '500', read: '1000', planned: '900', pending: '100' };
  expect(receiptOf(hash, NOW)).toMatchObject({ expected: 900, etaMs: 1_000 });
});

test('when all are planned nothing is reckoned', () => {
  const hash = {
    ...RUNNING,
    listRows: '10000',
    read: '1000',
    planned: '900',
    pending: '100',
    planned_all: '1',
  };
  expect(receiptOf(hash, NOW)).toMatchObject({ expected: null, etaMs: 1_000 });
});

test('of a list whose length nobody knows, no time that is left is told while it is read', () => {
  const hash = { ...RUNNING, read: '1000', planned: '900', pending: '100' };
  expect(receiptOf(hash, NOW)).toMatchObject({ expected: null, etaMs: null });
});

test('of a campaign that was cancelled nobody else is expected', () => {
  const hash = { ...RUNNING, phase: 'cancelled', listRows: '10000', read: '1000', planned: '900' };
  expect(receiptOf(hash, NOW)).toMatchObject({ expected: null, etaMs: null });
});
