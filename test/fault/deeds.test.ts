import { expect, test } from 'vitest';
import { type Deed, judgeDeeds } from './deeds.ts';
import type { TakenMail } from './judge.ts';

/* Who judges a chaos run must see what is wrong, or a run without findings says nothing. */

const GRACE_MS = 3_000;

function deed(verb: Deed['verb'], of: string, sentAt: number, more: Partial<Deed> = {}): Deed {
  return { verb, of, isOfSender: false, sentAt, endedAt: sentAt + 10, isDone: true, ...more };
}

function mail(to: string, atMs: number, campaign = 'one'): TakenMail {
  return { campaign, to, atMs, entry: '0-0-1', claim: 'c', messageId: `${to}-${atMs}` };
}

function judge(deeds: readonly Deed[], mails: readonly TakenMail[], isOverride = false) {
  const campaigns = [{ id: 'one', isOverride, people: new Set(['a@example.com', 'b@example.com']) }];
  const { findings, silences, spared } = judgeDeeds(campaigns, deeds, mails, GRACE_MS);
  return { found: findings.map(({ kind, count }) => `${kind} ${count}`), silences, spared };
}

test('a mail that is taken while its campaign is paused is found', () => {
  const deeds = [deed('pause', 'one', 1_000), deed('resume', 'one', 9_000)];
  expect(judge(deeds, [mail('a@example.com', 5_000)]).found).toEqual(['late 1']);
  expect(judge(deeds, [mail('a@example.com', 3_900), mail('b@example.com', 9_001)]).found).toEqual([]);
});

test('a mail that is taken after a cancellation is found, and one of another campaign is not', () => {
  const deeds = [deed('cancel', 'one', 1_000)];
  expect(judge(deeds, [mail('a@example.com', 99_000)]).found).toEqual(['late 1']);
  expect(judge(deeds, [mail('a@example.com', 99_000, 'two')]).found).toEqual([]);
});

test('a pause that failed, or that somebody lifted at the same time, promises nothing', () => {
  const taken = [mail('a@example.com', 5_000)];
  expect(judge([deed('pause', 'one', 1_000, { isDone: false })], taken).silences).toBe(0);
  expect(
    judge([deed('resume', 'one', 900, { endedAt: 1_005 }), deed('pause', 'one', 1_000)], taken).silences,
  ).toBe(0);
});

test('a mail to somebody of whom it was said that he gets none is found, whatever the case of his address', () => {
  const deeds = [deed('suppress', 'a@example.com', 1_000)];
  expect(judge(deeds, [mail('A@example.com', 5_000)]).found).toEqual(['suppressed 1']);
  expect(judge(deeds, [])).toEqual({ found: [], silences: 0, spared: 1 });
  const lifted = [...deeds, deed('lift', 'a@example.com', 4_500)];
  expect(judge(lifted, [mail('a@example.com', 5_000)]).found).toEqual([]);
});

test('an override reaches who unsubscribed, and nobody who is blocked', () => {
  const taken = [mail('a@example.com', 5_000)];
  const left = [deed('suppress', 'a@example.com', 1_000, { isOfSender: true })];
  expect(judge(left, taken, true).found).toEqual([]);
  expect(judge(left, taken, false).found).toEqual(['suppressed 1']);
  // What was lifted is the other list.
  const blocked = [
    deed('suppress', 'a@example.com', 1_000),
    deed('lift', 'a@example.com', 2_000, { isOfSender: true }),
  ];
  expect(judge(blocked, taken, true).found).toEqual(['suppressed 1']);
});
