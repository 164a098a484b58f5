import { expect, test } from 'vitest';
import { nearMiss } from '../../src/config/near-miss.ts';

test.each([
  ['nmae', 'name', 'two letters swapped'],
  ['Name', 'name', 'another case'],
  ['firstName', 'first_name', 'another spelling'],
  ['poinst', 'points', 'two letters swapped at the end'],
  ['point', 'points', 'a letter too few'],
])('%s is taken for %s: %s', (written, known) => {
  expect(nearMiss(written, ['zip', known, 'company'])).toBe(known);
});

test.each(['xyz', 'ab', '', '名前'])('%j is taken for nothing that it does not look like', (written) => {
  expect(nearMiss(written, ['name', 'ba', '氏名'])).toBeNull();
});
