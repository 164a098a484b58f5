import { expect, test } from 'vitest';
import { domainNameOf, organisationOf } from '../../src/desk/domain-form.ts';

test.each([
  ['News.Example.COM', 'news.example.com'],
  [' example.co.jp. ', 'example.co.jp'],
  ['例え.jp', 'xn--r8jz45g.jp'],
])('the domain %s is %s', (written, name) => {
  expect(domainNameOf(written)).toBe(name);
});

test.each([
  '',
  '-',
  'com',
  'co.jp',
  'a b.example',
  'x..example',
  '127.0.0.1',
  '[::1]',
  'a@b.example',
  `${'a'.repeat(64)}.example`,
])('what is no domain, or what registries own, is refused: %s', (written) => {
  expect(() => domainNameOf(written)).toThrow(/is no domain|is a public suffix/);
});

test('what steers a terminal is shown, and does not', () => {
  expect(() => domainNameOf('\u001b[2J.example')).toThrow('"␛[2J.example" is no domain');
});

test('an organisation has a name in one line, in any language', () => {
  expect(organisationOf(' 株式会社例 ')).toBe('株式会社例');
  for (const written of ['', '  ', 'a\nb', '\u001b[2J', 'a\u202eb', 'x'.repeat(201)])
    expect(() => organisationOf(written)).toThrow(/^organisation is/);
});
