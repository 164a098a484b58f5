import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextPath } from '../../src/server/next-path.ts';

test.each([
  ['/', '/'],
  ['/campaigns/a?tab=errors&x=%2F', '/campaigns/a?tab=errors&x=%2F'],
  ['/a/../b', '/b'],
])('%s leads to %s', (wanted, path) => {
  expect(nextPath(wanted)).toBe(path);
});

test.each([
  null,
  '',
  'https://evil.example/',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '\\\\evil.example',
  'javascript:alert(1)',
  ' //evil.example',
  '/sign-in?next=/sign-in',
])('%j leads to the first page', (wanted) => {
  expect(nextPath(wanted)).toBe('/');
});

test('nothing leads to another site', () => {
  const parts = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '//',
    '\t',
    '\n',
    'evil.example',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    'a',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (all) => {
      const path = nextPath(`/${all.join('')}`);
      expect(new URL(path, 'https://here.example').origin).toBe('https://here.example');
      expect(path).toMatch(/^\/(?![/\\])/);
    }),
  );
});
