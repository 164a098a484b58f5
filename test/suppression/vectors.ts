import type { Reason } from '../../src/suppression/entry.ts';

/** What is stored for an address, and the rule that follows; `ruleFor` and the claim's script must agree on all. */
export interface RuleVector {
  readonly title: string;
  /** Value in the hash that counts everywhere. */
  readonly everywhere: string | null;
  /** Value in the list of the campaign's sender. */
  readonly unsubscribed: string | null;
  readonly override: boolean;
  readonly rule: Reason | null;
}

const BLOCKED = 'k 1732222111000 operator wrote_to_us';
const COMPLAINED = 'c 1732222333000 event';
const BOUNCED = 'b 1732222222000 import newsletter-2026-11';
const UNSUBSCRIBED = 'u 1732222444000 import';

export const RULE_VECTORS: readonly RuleVector[] = [
  vector('nobody said no', null, null, null),
  vector('nobody said no, and the override has nothing to lift', null, null, null, true),
  vector('blocked', BLOCKED, null, 'blocked'),
  vector('complained', COMPLAINED, null, 'complained'),
  vector('bounced', BOUNCED, null, 'bounced'),
  vector('unsubscribed from this sender', null, UNSUBSCRIBED, 'unsubscribed'),
  vector('the override lifts unsubscribed', null, UNSUBSCRIBED, null, true),
  vector('the override lifts no block', BLOCKED, null, 'blocked', true),
  vector('the override lifts no complaint', COMPLAINED, null, 'complained', true),
  vector('the override lifts no bounce', BOUNCED, null, 'bounced', true),
  vector('a block goes before all', [BLOCKED, COMPLAINED, BOUNCED].join('\n'), UNSUBSCRIBED, 'blocked'),
  vector('a complaint goes before a bounce', [COMPLAINED, BOUNCED].join('\n'), UNSUBSCRIBED, 'complained'),
  vector('a bounce goes before unsubscribed', BOUNCED, UNSUBSCRIBED, 'bounced'),
  vector('a bounce stays when the override lifts unsubscribed', BOUNCED, UNSUBSCRIBED, 'bounced', true),
  vector('a reason of a later version counts as blocked', 'z 1732222222000 import', null, 'blocked'),
  vector(
    'a reason of a later version is not lifted',
    'z 1732222222000 import',
    UNSUBSCRIBED,
    'blocked',
    true,
  ),
  vector('in the list of a sender, being there is all', null, 'z 1732222222000 import', 'unsubscribed'),
];

function vector(
  title: string,
  everywhere: string | null,
  unsubscribed: string | null,
  rule: Reason | null,
  override = false,
): RuleVector {
  return { title, everywhere, unsubscribed, override, rule };
}
