import { describe, expect, test } from 'vitest';
import { sequentialTest, trialsToPass } from '../../src/guard/sequential.ts';

/** mulberry32: the same people every time. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Looks after every mail until the test has made up its mind. */
function run(rate: number, limit: number, confidence: number, random: () => number) {
  let events = 0;
  for (let trials = 1; ; trials += 1) {
    if (random() < rate) events += 1;
    const said = sequentialTest({ events, trials }, limit, confidence);
    if (said !== 'undecided') return { said, trials };
  }
}

function runs(count: number, rate: number, limit: number, confidence: number, seed: number) {
  const random = randomFrom(seed);
  const all = Array.from({ length: count }, () => run(rate, limit, confidence, random));
  const trials = all.map((one) => one.trials).toSorted((a, b) => a - b);
  return {
    shareOver: all.filter(({ said }) => said === 'over').length / count,
    median: trials[Math.floor(count / 2)] ?? 0,
    most: trials.at(-1) ?? 0,
  };
}

const RUNS = 1_000;
/** Three times the deviation that chance gives to a share of so many runs. */
const chance = (share: number) => 3 * Math.sqrt((share * (1 - share)) / RUNS);

describe('simulated, with a look after every mail', () => {
  test.each([0.9, 0.95, 0.99])(
    'a list at the limit is let go with at most the chance that %d leaves',
    (confidence) => {
      const error = 1 - confidence;
      const { shareOver } = runs(RUNS, 0.05, 0.05, confidence, 1);
      expect(1 - shareOver).toBeLessThanOrEqual(error + chance(error));
    },
  );

  test.each([0.9, 0.95, 0.99])(
    'a list at half of the limit is stopped with at most that chance, at %d',
    (confidence) => {
      const error = 1 - confidence;
      const { shareOver } = runs(RUNS, 0.025, 0.05, confidence, 2);
      expect(shareOver).toBeLessThanOrEqual(error + chance(error));
    },
  );

  test('a list of which a fifth bounces is stopped after some dozens, always', () => {
    const { shareOver, most } = runs(RUNS, 0.2, 0.05, 0.95, 3);
    expect(shareOver).toBeGreaterThan(0.999);
    expect(most).toBeLessThan(500);
  });

  test('a list at ten times the limit of complaints is stopped after thousands, not millions', () => {
    const { shareOver, median, most } = runs(200, 0.01, 0.001, 0.95, 4);
    expect(shareOver).toBe(1);
    expect(median).toBeLessThan(1_000);
    expect(most).toBeLessThan(5_000);
  });

  test('a clean list passes after the same number of mails every time', () => {
    const { shareOver, most } = runs(3, 0, 0.001, 0.95, 5);
    expect(shareOver).toBe(0);
    expect(most).toBe(trialsToPass(0.001, 0.95));
  });
});

test('the mails without an event that a limit takes are those that the docs name', () => {
  expect([trialsToPass(0.05, 0.95), trialsToPass(0.001, 0.95), trialsToPass(0.001, 0.99)]).toEqual([
    116, 5_987, 9_204,
  ]);
});

test('nothing is known of nobody, and a limit of everything rules nothing out', () => {
  expect(sequentialTest({ events: 0, trials: 0 }, 0.05, 0.95)).toBe('undecided');
  expect(sequentialTest({ events: 0, trials: 10 }, 1, 0.95)).toBe('under');
});
