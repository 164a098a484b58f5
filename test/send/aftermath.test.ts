import { expect, test } from 'vitest';
import { aftermathOf } from '../../src/send/aftermath.ts';

const circumstances = { tries: 0, waits: 0, random: () => 0.5, isCampaignGood: true, isSuspect: false };
const sent = (written: string, normal = written.toLowerCase()) => ({
  position: 0,
  recipient: { seq: 1, written, normal },
});

test.each([
  ['Ann@Gmail.com', { isGmail: true }],
  ['ann@googlemail.com', { isGmail: true }],
  ['success@simulator.amazonses.com', { isSimulated: true }],
  ['ann@example.com', {}],
])('an acceptance of %s is marked with what is counted of it', (written, marks) => {
  const verdict = { kind: 'entries' as const, outcomes: [{ kind: 'accepted' as const, messageId: 'm' }] };
  const { results } = aftermathOf(verdict, [sent(written)], 'w-1', circumstances);
  expect(results.map(({ settlement }) => settlement)).toEqual([
    { position: 0, verb: 'accepted', claim: 'w-1', ...marks },
  ]);
});

test('the domain counts as it is in the normal form, however it was written', () => {
  const verdict = { kind: 'entries' as const, outcomes: [{ kind: 'accepted' as const, messageId: 'm' }] };
  const { results } = aftermathOf(
    verdict,
    [sent('ann@ｇｍａｉｌ.com', 'ann@gmail.com')],
    'w-1',
    circumstances,
  );
  expect(results[0]?.settlement).toMatchObject({ isGmail: true });
});
