import { describe, expect, test } from 'vitest';
import { type CanaryFigures, canaryVerdict } from '../../src/queue/canary-verdict.ts';

const settings = { recipients: 7_500, waitMs: 900_000, confidence: 0.95 };
const limits = { bounceRate: 0.05, complaintRate: 0.001 };

/** A stage whose mails are all heard of, and nobody objected. */
const quiet: CanaryFigures = {
  upTo: 7_500,
  isPlanned: true,
  open: 0,
  sends: 7_500,
  heardOf: 7_500,
  judged: 7_500,
  delivered: 7_500,
  bounces: 0,
  complaints: 0,
  quietMs: 900_000,
};
const judge = (figures: Partial<CanaryFigures>) => canaryVerdict(settings, { ...quiet, ...figures }, limits);

test('it goes on when both rates are known to be under their limits', () => {
  expect(judge({})).toEqual({ kind: 'go' });
  expect(judge({ bounces: 200, delivered: 5_990 })).toEqual({ kind: 'go' });
});

describe('it waits', () => {
  test.each([
    ['for people who are not planned', { isPlanned: false }],
    ['for mails that are not sent', { open: 1 }],
    ['for events, for as long as it was told to', { quietMs: 899_999 }],
  ])('%s', (_what, figures) => {
    expect(judge(figures)).toEqual({ kind: 'wait' });
  });
});

describe('it holds', () => {
  test('as soon as too many bounce, without waiting for the others', () => {
    expect(
      judge({
        open: 5_000,
        quietMs: 0,
        sends: 1_000,
        heardOf: 300,
        judged: 300,
        delivered: 100,
        bounces: 200,
      }),
    ).toEqual({
      kind: 'hold',
      reason:
        '200 of the first 1000 mails bounced hard (20 %): with 95 % confidence the rate is not under half of the limit of 5 %',
      about: { found: 'bounces', count: 200, sends: 1_000, rate: 0.2, limit: 0.05, confidence: 0.95 },
    });
  });

  test('as soon as too many complain', () => {
    expect(judge({ complaints: 20 })).toMatchObject({
      kind: 'hold',
      reason: expect.stringContaining('called spam'),
    });
  });

  test('where silence may only mean that no events come in', () => {
    expect(judge({ heardOf: 5_399, judged: 5_399, delivered: 5_399 })).toMatchObject({
      kind: 'hold',
      reason: expect.stringContaining('only 5399 were heard of'),
    });
  });

  test('where ten times as many have not told', () => {
    const many = {
      upTo: 75_000,
      sends: 75_000,
      heardOf: 75_000,
      judged: 75_000,
      delivered: 75_000,
      complaints: 54,
    };
    expect(judge(many)).toMatchObject({ kind: 'hold', reason: expect.stringContaining('still open') });
  });
});

test('bounces that come before deliveries do not condemn a list', () => {
  // 5 % of those who were heard of, half a per cent of those who were sent to.
  expect(judge({ open: 100, quietMs: 0, heardOf: 600, judged: 600, delivered: 570, bounces: 30 })).toEqual({
    kind: 'wait',
  });
});

test('what SES held back by its own list was heard of, and acquits nobody', () => {
  expect(judge({ heardOf: 7_500, judged: 100, delivered: 7_000 })).toMatchObject({ kind: 'more' });
});

test('a canary of a hundred grows until it can tell, and then goes on', () => {
  const small = { ...settings, recipients: 100 };
  let upTo = 100;
  for (let stage = 0; stage < 20; stage += 1) {
    const all = { upTo, sends: upTo, heardOf: upTo, judged: upTo, delivered: upTo };
    const verdict = canaryVerdict(small, { ...quiet, ...all }, limits);
    if (verdict.kind === 'go') break;
    if (verdict.kind !== 'more') throw new Error(`it ended as ${verdict.kind}`);
    upTo = verdict.upTo;
  }
  expect(upTo).toBe(6_400);
});

test('where too few are known to tell, twice as many are sent to', () => {
  expect(judge({ sends: 5_500, heardOf: 5_500, judged: 5_500, delivered: 5_500 })).toEqual({
    kind: 'more',
    upTo: 15_000,
  });
  // Nobody of the first stage was sent to: all of them were suppressed.
  expect(judge({ sends: 0, heardOf: 0, judged: 0, delivered: 0 })).toEqual({ kind: 'more', upTo: 15_000 });
});
