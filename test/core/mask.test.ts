import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskLine } from '../../src/core/mask.ts';

const masked = (fields: unknown) => JSON.parse(maskLine(JSON.stringify(fields)));

describe('addresses are taken out, wherever they stand', () => {
  test.each([
    ['Email address is not verified: foo.bar+tag@example.co.jp', 'Email address is not verified: [address]'],
    ['<foo@example.com>, bar@example.com;baz@example.com', '<[address]>, [address];[address]'],
    ['to:foo@example.com.', 'to:[address].'],
    ["o'neil@example.com", '[address]'],
    ['foo..bar@docomo.ne.jp and foo.@ezweb.ne.jp', '[address] and [address]'],
    ['"foo..bar"@docomo.ne.jp', '[address]'],
    ['"two words"@example.com', '[address]'],
    ['first line\nfoo@example.com\tbar@example.com', 'first line\n[address]\t[address]'],
    ['佐藤@例え.テスト', '[address]'],
    ['foo＠example．co．jp', '[address]'],
    ['foo@xn--r8jz45g.xn--zckzah', '[address]'],
    ['https://example.com/u?email=foo%40example.com', 'https://example.com/[address]'],
    ['root@localhost', '[address]'],
    ['foo@[192.0.2.1] foo@[IPv6:2001:db8::1]', '[address] [address]'],
    ['redis://default:hunter2@10.0.0.1:6379', 'redis://[secret]@10.0.0.1:6379'],
    ['redis://:hunter2@cache:6379', 'redis://[secret]@cache:6379'],
  ])('%j', (text, expected) => {
    expect(masked({ msg: text })).toEqual({ msg: expected });
    expect(masked({ error: { cause: [text] } })).toEqual({ error: { cause: [expected] } });
  });
});

test.each([
  ['at send (/app/node_modules/@aws-sdk/client-sesv2/dist-cjs/index.js:1:2)'],
  ['/app/.pnpm/ioredis@6.0.0/node_modules/ioredis'],
  ['@ 14 a second'],
  ['the campaign 2026-11 is held: 12 % bounced'],
])('what is no address stays as it is: %j', (text) => {
  expect(masked({ msg: text })).toEqual({ msg: text });
});

test('fields that hold a secret are masked by their name, at any depth', () => {
  expect(
    masked({
      SLUICE_SECRET: 'a',
      password: 'with "quotes" \\ inside',
      config: [{ apiToken: 'c', headers: { authorization: 'Bearer d', 'set-cookie': 'e' } }],
      secretAccessKey: 'f',
      tokens: 14,
      tokensPerSecond: '14',
    }),
  ).toEqual({
    SLUICE_SECRET: '[secret]',
    password: '[secret]',
    config: [{ apiToken: '[secret]', headers: { authorization: '[secret]', 'set-cookie': '[secret]' } }],
    secretAccessKey: '[secret]',
    tokens: 14,
    tokensPerSecond: '14',
  });
});

test('a masked line is still JSON with the same fields, whatever it holds', () => {
  const nasty = fc.array(
    fc.constantFrom('@', '"', '\\', '\n', 'a', '.', 'b.jp', ' ', '\u0001', 'é', 'password', ':', '%40'),
  );
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^\w+$/),
        nasty.map((parts) => parts.join('')),
      ),
      (fields) => {
        expect(Object.keys(masked(fields))).toEqual(Object.keys(JSON.parse(JSON.stringify(fields))));
      },
    ),
  );
});

test('no plain address survives between any other words', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  fc.assert(
    fc.property(word, word, fc.string(), fc.string(), (local, domain, before, after) => {
      const line = maskLine(JSON.stringify({ msg: `${before} ${local}@${domain}.com ${after}` }));
      expect(line).not.toContain(`${local}@${domain}.com`);
    }),
  );
});

test('a megabyte without an address, or nearly one, does not keep the process', () => {
  // Were the cost quadratic, each of these would take minutes, and the test would run into its time limit.
  const hostile = ['a', 'a.', '@', 'a@', 'a@b.', '\\', '"', '://', '://a', '"token":"'];
  for (const part of hostile) {
    const text = `${part.repeat(1_000_000 / part.length)}@`;
    expect(maskLine(JSON.stringify({ msg: text })).length).toBeGreaterThan(10);
  }
});
