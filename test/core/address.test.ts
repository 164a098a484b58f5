import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  type AddressProblem,
  describeProblem,
  parseAddress,
  parseWireAddress,
} from '../../src/core/address.ts';

function addressOf(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed.kind === 'invalid') throw new Error(`${JSON.stringify(text)} is invalid: ${parsed.reason}`);
  return parsed.address;
}

function problemOf(text: string): AddressProblem | null {
  const parsed = parseAddress(text);
  return parsed.kind === 'invalid' ? parsed.reason : null;
}

describe('an address', () => {
  it('goes out as it was written and is compared in lower case', () => {
    expect(addressOf('Foo.Bar+tag@Mail.EXAMPLE.com')).toEqual({
      written: 'Foo.Bar+tag@Mail.EXAMPLE.com',
      normal: 'foo.bar+tag@mail.example.com',
      wire: 'Foo.Bar+tag@mail.example.com',
      domain: 'mail.example.com',
    });
  });

  it.each([
    [' a@example.com'],
    ['a@example.com\r\n'],
    ['\t\v\fa@example.com \n'],
    ['\u3000a@example.com\u3000 \u3000'],
  ])('loses the white space around it: %j', (text) => {
    expect(addressOf(text).written).toBe('a@example.com');
  });

  it.each([
    ["every.atext!#$%&'*+-/=?^_`{|}~@example.com"],
    ['1@example.com'],
    [`${'x'.repeat(64)}@example.com`],
    [`a@${'y'.repeat(63)}.com`],
    [`a@${`${'d'.repeat(61)}.`.repeat(4)}ab.jp`],
    ['a@b.co'],
    ['a@1.2.3.jp'],
    ['a@ex--ample.com'],
    ['a@xn--r8jz45g.xn--zckzah'],
    ['a@example.XN--ZCKZAH'],
  ])('is valid: %s', (text) => {
    expect(problemOf(text)).toBeNull();
  });

  it.each<[string, AddressProblem]>([
    ['', 'empty'],
    [' \u3000\t', 'empty'],
    ['plainaddress', 'no_at'],
    ['user＠example.com', 'no_at'],
    ['two@@example.com', 'many_ats'],
    ['a@b@example.com', 'many_ats'],
    ['a@example.com;b@example.com', 'many_ats'],
    ['a@example.com, b@example.com', 'many_ats'],
    ['Name <n@example.com>', 'display_name'],
    ['"a@b" <n@example.com>', 'display_name'],
    ['<n@example.com>', 'display_name'],
    ['@example.com', 'local_empty'],
    [`${'x'.repeat(65)}@example.com`, 'local_long'],
    ['日本@example.co.jp', 'local_not_ascii'],
    ['é@example.com', 'local_not_ascii'],
    ['a\u200b@example.com', 'local_not_ascii'],
    ['\u00a0a@example.com', 'local_not_ascii'],
    ['\ufeffa@example.com', 'local_not_ascii'],
    ['has space@example.com', 'local_characters'],
    ['a @example.com', 'local_characters'],
    ['mailto:a@example.com', 'local_characters'],
    ['tab\tin@example.com', 'local_characters'],
    ['a\r\nBcc:x@example.com', 'local_characters'],
    ['nul\u0000@example.com', 'local_characters'],
    ['del\u007f@example.com', 'local_characters'],
    ['"quoted"@example.com', 'local_characters'],
    ['"a..b"@docomo.ne.jp', 'local_characters'],
    ['a(comment)@example.com', 'local_characters'],
    ['a\\b@example.com', 'local_characters'],
    ['.a@gmail.com', 'local_dots'],
    ['a.@gmail.com', 'local_dots'],
    ['a..b@gmail.com', 'local_dots'],
    ['.@gmail.com', 'local_dots'],
    ['a@', 'domain_empty'],
    ['a@ \u3000', 'domain_empty'],
    [`a@${`${'d'.repeat(61)}.`.repeat(4)}abc.jp`, 'domain_long'],
    ['a@exa mple.com', 'domain_characters'],
    ['a@exam_ple.com', 'domain_characters'],
    ['a@example.com/path', 'domain_characters'],
    ['a@example.com:25', 'domain_characters'],
    ['a@[192.0.2.1]', 'domain_characters'],
    ['a@[IPv6:2001:db8::1]', 'domain_characters'],
    ['a@%65xample.com', 'domain_characters'],
    ['a@example.com\u0000', 'domain_characters'],
    ['a@example.com\u00a0', 'domain_characters'],
    ['a@localhost', 'domain_one_label'],
    ['a@example.com.', 'label_empty'],
    ['a@.example.com', 'label_empty'],
    ['a@example..com', 'label_empty'],
    [`a@${'y'.repeat(64)}.com`, 'label_long'],
    ['a@-bad.com', 'label_hyphen'],
    ['a@bad-.com', 'label_hyphen'],
    ['a@bad.xn--', 'label_hyphen'],
    ['a@example.c', 'top_level'],
    ['a@example.c0m', 'top_level'],
    ['a@1.2.3.4', 'top_level'],
    ['a@example.123', 'top_level'],
    ['a@0x7f.1', 'top_level'],
  ])('is invalid, with the reason: %j', (text, reason) => {
    expect(problemOf(text)).toBe(reason);
    expect(describeProblem(reason)).toMatch(/^(there|the|a) /);
  });
});

describe('an internationalised domain', () => {
  it('is compared and sent in punycode, and kept as it was written', () => {
    expect(addressOf('Info@例え.JP')).toEqual({
      written: 'Info@例え.JP',
      normal: 'info@xn--r8jz45g.jp',
      wire: 'Info@xn--r8jz45g.jp',
      domain: 'xn--r8jz45g.jp',
    });
  });

  it.each([
    ['a@Bücher.example', 'a@xn--bcher-kva.example'],
    ['a@BÜCHER.example', 'a@xn--bcher-kva.example'],
    ['a@XN--BCHER-KVA.example', 'a@xn--bcher-kva.example'],
    ['a@straße.de', 'a@xn--strae-oqa.de'],
    ['a@例え。テスト', 'a@xn--r8jz45g.xn--zckzah'],
    ['a@ｅｘａｍｐｌｅ．ｃｏ．ｊｐ', 'a@example.co.jp'],
    ['a@EXAMPLE｡co.jp', 'a@example.co.jp'],
  ])('is one person however it is written: %s', (text, normal) => {
    expect(addressOf(text).normal).toBe(normal);
  });

  it.each<[string, AddressProblem]>([
    ['a@例え', 'domain_one_label'],
    ['a@例え.jp/x', 'domain_characters'],
    ['a@例え.jp?x', 'domain_characters'],
    ['a@例え.jp:80', 'domain_characters'],
    ['a@例え\t.jp', 'domain_characters'],
    ['a@例え\u3000.jp', 'domain_characters'],
    ['a@例え_.jp', 'domain_characters'],
    ['a@％６５xample.com', 'domain_characters'],
    ['a@例え／x.jp', 'domain_characters'],
    ['a@例え＠x.jp', 'domain_characters'],
    ['a@\ud800例え.jp', 'domain_characters'],
    ['a@例え.xn--a', 'domain_characters'],
    ['a@例え..jp', 'label_empty'],
    ['a@例え。', 'label_empty'],
    ['a@例え.1', 'domain_characters'],
    ['a@１２７.０.０.１', 'top_level'],
    [`a@${'例'.repeat(63)}.jp`, 'label_long'],
    [`a@${'例え。'.repeat(90)}jp`, 'domain_long'],
    [`a@${'例'.repeat(100_000)}.jp`, 'domain_long'],
  ])('that no mail server can have is invalid: %j', (text, reason) => {
    expect(problemOf(text)).toBe(reason);
  });
});

describe('an old carrier address', () => {
  it.each([
    ['docomo.ne.jp'],
    ['ezweb.ne.jp'],
    ['au.com'],
    ['softbank.ne.jp'],
    ['i.softbank.jp'],
    ['vodafone.ne.jp'],
    ['t.vodafone.ne.jp'],
    ['jp-t.ne.jp'],
    ['disney.ne.jp'],
  ])('may have loose dots and is sent with a quoted local part: %s', (domain) => {
    for (const local of ['Foo..bar', 'foo.', '.foo', '.', 'a...b..']) {
      expect(addressOf(`${local}@${domain}`)).toEqual({
        written: `${local}@${domain}`,
        normal: `${local.toLowerCase()}@${domain}`,
        wire: `"${local}"@${domain}`,
        domain,
      });
    }
  });

  it('is not quoted where its dots are in order', () => {
    expect(addressOf('foo.bar@docomo.ne.jp').wire).toBe('foo.bar@docomo.ne.jp');
  });

  it('is known by its domain in any spelling', () => {
    expect(addressOf('foo.@DoCoMo.NE.jp').wire).toBe('"foo."@docomo.ne.jp');
    expect(addressOf('foo.@ｄｏｃｏｍｏ．ne.jp').wire).toBe('"foo."@docomo.ne.jp');
  });

  it.each<[string, AddressProblem]>([
    ['foo..bar@xdocomo.ne.jp', 'local_dots'],
    ['foo..bar@docomo.ne.jp.example.com', 'local_dots'],
    ['foo..bar@softbank.jp', 'local_dots'],
    ['foo.."bar@docomo.ne.jp', 'local_characters'],
    [`${'.'.repeat(65)}@docomo.ne.jp`, 'local_long'],
  ])('has no other freedom: %s', (text, reason) => {
    expect(problemOf(text)).toBe(reason);
  });
});

describe('parseAddress', () => {
  it('gives for any text either a reason or an address that is safe to hand on', () => {
    const near = fc.string({
      unit: fc.constantFrom('a', 'B', '.', '-', '@', '"', ' ', '\r', '例', '。', '\u0000', '\u3000'),
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near, fc.emailAddress()), (text) => {
        const parsed = parseAddress(text);
        if (parsed.kind === 'invalid') return;
        const { written, normal, wire, domain } = parsed.address;
        expect(text).toContain(written);
        expect(normal).toMatch(/^[!-~]+$/);
        expect(normal.split('@')).toEqual([expect.stringMatching(/^[^A-Z"\\]{1,64}$/), domain]);
        expect(wire).toMatch(/^[!-~]+$/);
        expect(wire.replaceAll('"', '').toLowerCase()).toBe(normal);
      }),
      { numRuns: 2_000 },
    );
  });

  it('finds the same person again in every form of an address', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const parsed = parseAddress(text);
        if (parsed.kind === 'invalid') return;
        for (const form of [
          parsed.address.normal,
          parsed.address.written,
          parsed.address.wire,
          text.toUpperCase(),
        ]) {
          expect(addressOf(form).normal).toBe(parsed.address.normal);
        }
      }),
    );
  });

  it('agrees with RFC 5321 and 1035 on addresses that are made to their letter', () => {
    const atext = fc.string({
      unit: fc.constantFrom(..."abzABZ019!#$%&'*+-/=?^_`{|}~"),
      minLength: 1,
      maxLength: 10,
    });
    const local = fc.array(atext, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join('.'));
    const inner = fc.string({ unit: fc.constantFrom(...'abzABZ019-'), maxLength: 10 });
    const label = inner.map((text) => `a${text}z`);
    const domain = fc
      .array(label, { minLength: 1, maxLength: 5 })
      .map((labels) => [...labels, 'com'].join('.'));
    fc.assert(fc.property(local, domain, (left, right) => problemOf(`${left}@${right}`) === null));
  });
});

describe('an address as SES names it', () => {
  it.each([
    ['"foo..bar"@docomo.ne.jp', 'foo..bar@docomo.ne.jp'],
    ['"Foo."@EZWEB.ne.jp', 'foo.@ezweb.ne.jp'],
    ['foo..bar@docomo.ne.jp', 'foo..bar@docomo.ne.jp'],
    ['"ann"@example.com', 'ann@example.com'],
    ['Ann@Example.com', 'ann@example.com'],
  ])('is the same person, quoted or not: %s', (text, normal) => {
    const parsed = parseWireAddress(text);
    expect(parsed.kind === 'address' && parsed.address.normal).toBe(normal);
  });

  it('is read back from what is mailed', () => {
    for (const text of ['foo..bar@docomo.ne.jp', '.a@softbank.ne.jp', 'Ann.B@example.com']) {
      const { wire, normal } = addressOf(text);
      const parsed = parseWireAddress(wire);
      expect(parsed.kind === 'address' && parsed.address.normal).toBe(normal);
    }
  });

  it.each([
    '"a b"@example.com',
    '" a"@example.com',
    '"a\\"b"@example.com',
    '"a@b"@example.com',
    '"two..dots"@example.com',
    '""@example.com',
    '"a"',
  ])('is none where the quotes are needed, or around nothing: %s', (text) => {
    expect(parseWireAddress(text).kind).toBe('invalid');
  });
});
