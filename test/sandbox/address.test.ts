import { expect, test } from 'vitest';
import { addressOf, mailboxProblem } from '../../src/sandbox/address.ts';

test.each([
  'a@example.com',
  'a.b+c@sub.example.co.jp',
  '"foo..bar"@docomo.ne.jp',
  '"foo."@ezweb.ne.jp',
  'a@xn--wgv71a119e.jp',
  'Anna <a@example.com>',
  '"Anna, B." <a@example.com>',
  '=?UTF-8?B?5bGx55Sw?= =?UTF-8?Q?=E3=81=82?= <a@example.com>',
  '<a@example.com>',
])('SES takes %s', (mailbox) => {
  expect(mailboxProblem(mailbox)).toBeNull();
});

test.each([
  ['', "Missing final '@domain'"],
  ['a', "Missing final '@domain'"],
  ['a@b', "Missing final '@domain'"],
  ['@example.com', 'Missing local name'],
  ['a@', 'Missing domain'],
  ['a..b@example.com', 'Local address contains dot-dot'],
  ['.a@example.com', 'Local address starts with dot'],
  ['a.@example.com', 'Local address ends with dot'],
  ['a b@example.com', 'Local address contains control or whitespace'],
  ['a\n@example.com', 'Local address contains control or whitespace'],
  ['山田@example.com', 'Local address contains illegal character'],
  ['a@b@example.com', 'Local address contains illegal character'],
  ['a@日本語.jp', 'Domain contains illegal character'],
  ['a@exa_mple.com', 'Domain contains illegal character'],
  ['a@.example.com', 'Domain starts with dot'],
  ['a@example.com.', 'Domain ends with dot'],
  ['a@example..com', 'Domain contains dot-dot'],
  ['a@example.com ', 'Domain contains control or whitespace'],
  [`${'a'.repeat(65)}@example.com`, 'Local address is too long'],
])('SES does not take %s: %s', (mailbox, problem) => {
  expect(mailboxProblem(mailbox)).toBe(problem);
});

test.each(['ニュース <a@example.com>', 'Anna, B. <a@example.com>', 'a@b <a@example.com>'])(
  'SES does not take the name in %s',
  (mailbox) => {
    expect(mailboxProblem(mailbox)).toContain('Display name');
  },
);

test('the address is what stands in angle brackets', () => {
  expect(addressOf('"a <b>" <c@example.com>')).toBe('c@example.com');
  expect(addressOf('c@example.com')).toBe('c@example.com');
});
