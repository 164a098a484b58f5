import { expect, test } from 'vitest';
import type { FeedbackEvent } from '../../src/feedback/event.ts';
import { LagMeter } from '../../src/feedback/lag-meter.ts';
import { DELIVERY, SEND } from './happenings.ts';

const NOW = Date.UTC(2026, 10, 27);
const mail: FeedbackEvent['mail'] = {
  messageId: '0100-1',
  campaign: 'autumn',
  entry: null,
  recipient: 'a@example.com',
  sender: 'news@example.com',
  tags: {},
};
const event = (happened: FeedbackEvent['happened'], ageMs: number): FeedbackEvent => ({
  mail,
  happened,
  atMs: NOW - ageMs,
});

function meter() {
  const noted: number[] = [];
  const time = { ms: NOW };
  const clock = { now: () => time.ms, sleep: async () => {} };
  return { noted, time, lag: new LagMeter({ noteLag: async (ms) => void noted.push(ms) }, clock) };
}

test('the latest of a batch counts', async () => {
  const { lag, noted } = meter();
  await lag.see([event(SEND, 200), event(SEND, 9_000), event(SEND, 40)]);
  expect(noted).toEqual([9_000]);
});

test('only Send events tell: what a reader does days later is not late', async () => {
  const { lag, noted } = meter();
  await lag.see([event(DELIVERY, 86_400_000)]);
  await lag.see([]);
  expect(noted).toEqual([]);
});

test('it is written down once a second, with what was worst since', async () => {
  const { lag, noted, time } = meter();
  await lag.see([event(SEND, 100)]);
  for (const ageMs of [300, 7_000, 500]) await lag.see([event(SEND, ageMs)]);
  expect(noted).toEqual([100]);
  time.ms += 1_000;
  await lag.see([event(SEND, 200)]);
  expect(noted).toEqual([100, 7_000]);
  // And is forgotten then.
  time.ms += 1_000;
  await lag.see([event(SEND, -1_900)]);
  expect(noted).toEqual([100, 7_000, 100]);
});

test('a clock that is behind SES’s makes nothing late', async () => {
  const { lag, noted } = meter();
  await lag.see([event(SEND, -5_000)]);
  expect(noted).toEqual([0]);
});
