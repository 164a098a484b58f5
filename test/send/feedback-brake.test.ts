import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeedbackBrake, shareAtLag } from '../../src/send/feedback-brake.ts';
import { silentLogger } from '../support/logger.ts';

const DOUBT_MS = 900_000;

test.each([
  [0, 1],
  [450_000, 1],
  [450_001, 0.5],
  [675_000, 0.275],
  [900_000, 0.05],
  [90_000_000, 0.05],
])('events that are %i ms late leave a share of %f', (lagMs, share) => {
  expect(shareAtLag(lagMs, DOUBT_MS)).toBeCloseTo(share, 4);
});

test('later is never faster, and nothing ever stops', () => {
  const ms = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(ms, ms, fc.integer({ min: 1_000, max: 86_400_000 }), (a, b, doubtMs) => {
      const [sooner, later] = [Math.min(a, b), Math.max(a, b)];
      expect(shareAtLag(later, doubtMs)).toBeLessThanOrEqual(shareAtLag(sooner, doubtMs));
      expect(shareAtLag(later, doubtMs)).toBeGreaterThanOrEqual(0.05);
    }),
  );
});

test('it is said once that sending slows down, and once that it is over', () => {
  const said: string[] = [];
  const note = (message: string) => void said.push(message.replace(/.*: /, ''));
  const brake = new FeedbackBrake(DOUBT_MS, { ...silentLogger, warn: note, info: note });
  const shares = [0, 500_000, 440_000, 460_000, 800_000, 230_000, 220_000, 0, 500_000].map((lagMs) => {
    brake.see(lagMs);
    return brake.share;
  });
  // A rate that hovers is not news, and it is whole wherever events are not late.
  expect(shares.map((share) => share === 1)).toEqual([
    true,
    false,
    true,
    false,
    false,
    true,
    true,
    true,
    false,
  ]);
  const slows = 'sending slows down until they have caught up';
  expect(said).toEqual([slows, 'sending goes on at its rate', slows]);
});
