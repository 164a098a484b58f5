import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/core/address.ts';
import {
  encodeMailbox,
  headerProblem,
  type Mailbox,
  parseMailbox,
  unsubscribeHeaders,
} from '../../src/send/header.ts';

function parsed(text: string): Mailbox {
  const result = parseMailbox(text);
  if (result.kind === 'problem') throw new Error(result.problem);
  return result.mailbox;
}

function problemOf(text: string): string | null {
  const result = parseMailbox(text);
  return result.kind === 'problem' ? result.problem : null;
}

/** What a mail program makes of the header. */
async function read(from: string) {
  const mail = await simpleParser(`From: ${from}\r\nSubject: x\r\n\r\nx`);
  return mail.from?.value;
}

const news = parsed('news@example.co.jp').address;

describe('a mailbox', () => {
  test.each([
    ['Example ニュース <news@example.co.jp>', 'Example ニュース', 'news@example.co.jp'],
    ['"Last, First" <a@b.example>', 'Last, First', 'a@b.example'],
    ['"Say \\"hi\\" \\\\ <x@y.example>" <a@b.example>', 'Say "hi" \\ <x@y.example>', 'a@b.example'],
    ['news@example.co.jp', '', 'news@example.co.jp'],
    ['  <news@example.co.jp> ', '', 'news@example.co.jp'],
    ['サンプルストア<news@example.co.jp>', 'サンプルストア', 'news@example.co.jp'],
    ['Example Inc. (Tokyo) & Co: News <a@b.example>', 'Example Inc. (Tokyo) & Co: News', 'a@b.example'],
    ['"" <a@b.example>', '', 'a@b.example'],
    ['Info <info@例え.jp>', 'Info', 'info@xn--r8jz45g.jp'],
  ])('%s', (text, name, wire) => {
    expect(parsed(text)).toMatchObject({ name, address: { wire } });
  });

  test.each([
    ['', /no mail address: there is no address/],
    ['Example', /no mail address/],
    ['a@b.example, c@d.example', /no mail address/],
    ['Last, First <a@b.example>', /double quotes/],
    ['A <a@b.example> <c@d.example>', /double quotes/],
    ['"A" B <a@b.example>', /double quotes/],
    ['"open <a@b.example>', /double quotes/],
    ['News <a@b.example>\r\nBcc: all@example.com', /line break or another control character/],
    ['News\u0000 <a@b.example>', /control character/],
    ['News\u2028 <a@b.example>', /control character/],
    ['News\ud800 <a@b.example>', /surrogate/],
    ['=?UTF-8?B?44K1?= <a@b.example>', /encoded already/],
    [`${'n'.repeat(129)} <a@b.example>`, /129 characters, 128 at most/],
    [`${'n'.repeat(64)}@${'d'.repeat(60)}.example`, /more than 128 characters/],
    ['News <ニュース@example.co.jp>', /outside ASCII/],
  ])('%j is refused in plain words', (text, expected) => {
    expect(problemOf(text)).toMatch(expected);
  });

  test.each([
    ['', 'news@example.co.jp'],
    ['Example News', 'Example News <news@example.co.jp>'],
    ['Last, First', '"Last, First" <news@example.co.jp>'],
    ['Say "hi" \\', '"Say \\"hi\\" \\\\" <news@example.co.jp>'],
    ['Two  spaces', '"Two  spaces" <news@example.co.jp>'],
    ['ニュース', '=?UTF-8?B?44OL44Ol44O844K5?= <news@example.co.jp>'],
    ['what =? this', '=?UTF-8?B?d2hhdCA9PyB0aGlz?= <news@example.co.jp>'],
  ])('named %j is written as headers have it', async (name, expected) => {
    const encoded = encodeMailbox({ name, address: news });
    expect(encoded).toBe(expected);
    expect(await read(encoded)).toEqual([{ name, address: 'news@example.co.jp' }]);
  });

  test('any name comes back from a mail program as it was, in words of at most 75 characters', async () => {
    const name = fc
      .oneof(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
        fc
          .array(fc.constantFrom('サ', '😀', '👩‍👩‍👧', 'e\u0301', ' ', 'a', '"', '\\', ',', '=?', '?='), {
            minLength: 1,
            maxLength: 60,
          })
          .map((all) => all.join('')),
      )
      .map((text) => text.trim().replaceAll(/\s+/g, ' '))
      .filter((text) => text !== '');
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        const encoded = encodeMailbox({ name: text, address: news });
        expect(encoded).toMatch(/^[ -~]*$/);
        for (const word of encoded.split(' ')) {
          if (!word.startsWith('=?')) continue;
          expect(word.length).toBeLessThanOrEqual(75);
          // Each word is whole characters by itself (RFC 2047, 5).
          expect(() =>
            new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(word.slice(10, -2), 'base64')),
          ).not.toThrow();
        }
        expect(await read(encoded)).toEqual([{ name: text, address: 'news@example.co.jp' }]);
      }),
      { numRuns: 300 },
    );
  });

  test('any text is a mailbox that can be written on one line, or a problem', () => {
    const piece = fc.constantFrom(
      'a@b.example',
      '<',
      '>',
      '"',
      '\\',
      ',',
      '\r\n',
      ' ',
      'ニュース',
      '\u0000',
      '=?UTF-8?Q?a?=',
      ';',
      '😀',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          const result = parseMailbox(text);
          if (result.kind === 'mailbox') expect(encodeMailbox(result.mailbox)).toMatch(/^[ -~]+$/);
          else expect(result.problem).toMatch(/^[^\p{Cc}]+$/u);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('an old carrier address is quoted', () => {
    const address = parseAddress('foo..bar@docomo.ne.jp');
    if (address.kind === 'invalid') throw new Error(address.reason);
    expect(encodeMailbox({ name: '葵', address: address.address })).toBe(
      '=?UTF-8?B?6JG1?= <"foo..bar"@docomo.ne.jp>',
    );
  });
});

describe('a header', () => {
  test.each([
    ['X-Campaign', '2026-11', null],
    ['X'.repeat(126), 'x'.repeat(870), null],
    ['X'.repeat(127), 'x', /127 characters, 126 at most/],
    ['X-A', 'x'.repeat(871), /871 characters, 870 at most/],
    ['subject', 'x', /SES writes the header subject itself/],
    ['Reply-To', 'x', /SES writes/],
    ['Content-Type', 'x', /SES writes/],
    ['X A', 'x', /"X A" cannot be the name/],
    ['X:', 'x', /cannot be the name/],
    ['', 'x', /cannot be the name/],
    ['X\r\nBcc', 'x', /"X\?\?Bcc" cannot be the name/],
    ['X-A', 'a\r\nBcc: all@example.com', /line break or another control character/],
    ['X-A', 'a\tb', /control character/],
    ['X-A', '秋', /outside ASCII/],
    ['X-A', '', /is empty/],
  ])('%j with %j', (name, value, expected) => {
    const problem = headerProblem(name, value);
    if (expected === null) expect(problem).toBeNull();
    else expect(problem).toMatch(expected);
  });

  test('one-click unsubscribe is as RFC 8058 wants it', () => {
    const headers = unsubscribeHeaders('https://mail.example.co.jp/u/TOKEN', true);
    expect(headers).toEqual([
      { name: 'List-Unsubscribe', value: '<https://mail.example.co.jp/u/TOKEN>' },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ]);
    for (const { name, value } of headers) expect(headerProblem(name, value)).toBeNull();
  });

  test('a link that does not take one click does not claim to', () => {
    expect(unsubscribeHeaders('https://example.com/stop?m=a', false)).toEqual([
      { name: 'List-Unsubscribe', value: '<https://example.com/stop?m=a>' },
    ]);
  });
});
