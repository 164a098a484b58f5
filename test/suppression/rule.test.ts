import { expect, test } from 'vitest';
import { ruleFor } from '../../src/suppression/rule.ts';
import { RULE_VECTORS } from './vectors.ts';

test.each(RULE_VECTORS)('$title', ({ everywhere, unsubscribed, override, rule }) => {
  expect(ruleFor(everywhere, unsubscribed, override)).toBe(rule);
});

test('a value that a reply gives as empty stands for no entry', () => {
  expect(ruleFor('', '', false)).toBeNull();
});
