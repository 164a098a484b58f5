import { expect, test } from 'vitest';
import { parseTarget } from '../../src/suppression/target.ts';

test.each(['blocked', 'complained', 'bounced'] as const)('%s counts everywhere', (reason) => {
  expect(parseTarget(` ${reason.toUpperCase()} `, '')).toEqual({
    kind: 'target',
    target: { kind: 'everywhere', reason },
  });
});

test.each(['', 'unsubscribed'])(
  'a sender with the reason “%s” is a list of that sender, in its normal form',
  (reason) => {
    const target = { kind: 'sender', sender: 'news@xn--r8jz45g.jp' };
    expect(parseTarget(reason, ' News@例え.JP ')).toEqual({ kind: 'target', target });
  },
);

test.each([
  ['', '', 'there is neither a reason nor a sender'],
  ['unsubscribed', ' ', 'name the sender'],
  ['bounced', 'news@example.jp', 'leave the sender out'],
  ['soft\nbounce', '', 'the reason “soft bounce” is none of blocked, complained, bounced, unsubscribed'],
  ['unsubscribed', 'news', 'the sender “news” is no address'],
])('reason “%s” with sender “%s” is refused: %s', (reason, sender, problem) => {
  expect(parseTarget(reason, sender)).toEqual({ kind: 'wrong', problem: expect.stringContaining(problem) });
});
