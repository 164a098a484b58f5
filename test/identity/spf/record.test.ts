import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSpf, parseSpf } from '../../../src/identity/spf/record.ts';

describe('an SPF record', () => {
  test.each([
    ['v=spf1', true],
    ['v=spf1 -all', true],
    ['V=SPF1 -all', true],
    ['v=spf10 -all', false],
    [' v=spf1 -all', false],
    ['"v=spf1 -all"', false],
    ['spf2.0/pra -all', false],
  ])('is told by its version: %j %s', (text, expected) => {
    expect(isSpf(text)).toBe(expected);
  });

  test('is read in all of its mechanisms, qualifiers and modifiers', () => {
    const text =
      'v=spf1 +a mx/24 a:Mail.Example.com/24//64 ptr:example.com ?ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{ir}.%{v}._spf.%{d2} -include:_spf.example.net redirect=_spf.example.org exp=explain._spf.%{d} unknown=%{i} ~all';
    const record = parseSpf(text);
    expect(record.faults).toEqual([]);
    expect(
      record.mechanisms.map(({ name, qualifier, domain, macro }) => [qualifier + name, domain, macro]),
    ).toEqual([
      ['+a', null, false],
      ['+mx', null, false],
      ['+a', 'mail.example.com', false],
      ['+ptr', 'example.com', false],
      ['?ip4', null, false],
      ['+ip6', null, false],
      ['+exists', '%{ir}.%{v}._spf.%{d2}', true],
      ['-include', '_spf.example.net', false],
      ['~all', null, false],
    ]);
    expect(record.redirect?.domain).toBe('_spf.example.org');
    expect(record.exp?.macro).toBe(true);
  });

  test.each([
    ['include: amazonses.com', /include:: a domain must follow directly after include:/],
    ['include', /a domain must follow/],
    ['include:', /a domain must follow/],
    ['include:amazonses', /amazonses is no domain/],
    ['ipv4:192.0.2.1', /there is no mechanism ipv4; ip4 may be meant/],
    ['ip4:192.0.2.0/33', /a network can not have 33 bits/],
    ['ip4:192.0.2', /no IPv4 address/],
    ['ip4:2001:db8::1', /no IPv4 address/],
    ['ip6:192.0.2.1', /no IPv6 address/],
    ['ip6:2001:db8::1/129', /a network can not have 129 bits/],
    ['a/33', /a network can not have 33 bits/],
    ['a:', /a domain must follow the colon/],
    ['all:example.com', /nothing may follow all/],
    ['amazonses.com', /stands alone/],
    ['v=spf1', /a second time/],
    ['redirect=a.example redirect=b.example', /redirect= is there twice/],
    ['exists:%{z}.example.com', /a % begins no macro/],
    ['exists:%.example.com', /a % begins no macro/],
    ['include:例え.jp', /no printable ASCII/],
    ['whatever', /no mechanism and no modifier/],
    ['-', /no mechanism and no modifier/],
  ])('is wrong with %s', (term, fault) => {
    expect(parseSpf(`v=spf1 ${term} -all`).faults.join('; ')).toMatch(fault);
  });

  test('never makes the parser throw, whatever it says', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'v=spf1',
        'include:',
        'a',
        '/',
        '//',
        'redirect=',
        '%{',
        '}',
        'all',
        '~',
        ':',
        'ip4:',
        'exp=',
        '%{i}',
      ),
      fc.string({ unit: fc.nat(0x2ff).map((code) => String.fromCharCode(code)) }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.constantFrom('', ' '), (words, between) => {
        const record = parseSpf(`v=spf1 ${words.join(between)}`);
        expect(Array.isArray(record.faults)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
