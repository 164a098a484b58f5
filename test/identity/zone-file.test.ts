import packet from 'dns-packet';
import { parseZone } from 'dnsz';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DnsRecord, recordsOf } from '../../src/identity/records.ts';
import type { SesIdentity } from '../../src/identity/ses-identity.ts';
import { relativeName, zoneFile } from '../../src/identity/zone-file.ts';

const identity: SesIdentity = {
  name: 'news.example.co.jp',
  verified: false,
  dkim: {
    status: 'PENDING',
    tokens: ['aaa', 'bbb', 'ccc'],
    hostedZone: 'dkim.example.net',
    keyLength: 2048,
    origin: 'easy',
  },
  mailFrom: { domain: 'bounce.news.example.co.jp', status: 'PENDING' },
};

describe('the records of a domain', () => {
  test('are three CNAMEs, MX and SPF of MAIL FROM, and DMARC of the organisational domain', () => {
    expect(
      recordsOf(identity, 'ap-northeast-1').map(({ name, type, priority, value }) => [
        name,
        type,
        priority,
        value,
      ]),
    ).toEqual([
      ['aaa._domainkey.news.example.co.jp', 'CNAME', null, 'aaa.dkim.example.net'],
      ['bbb._domainkey.news.example.co.jp', 'CNAME', null, 'bbb.dkim.example.net'],
      ['ccc._domainkey.news.example.co.jp', 'CNAME', null, 'ccc.dkim.example.net'],
      ['bounce.news.example.co.jp', 'MX', 10, 'feedback-smtp.ap-northeast-1.amazonses.com'],
      ['bounce.news.example.co.jp', 'TXT', null, 'v=spf1 include:amazonses.com ~all'],
      [
        '_dmarc.example.co.jp',
        'TXT',
        null,
        'v=DMARC1; p=none; pct=100; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.co.jp',
      ],
    ]);
  });

  test('have SPF on the domain itself where there is no MAIL FROM, and punycode', () => {
    const records = recordsOf({ ...identity, name: '例え.jp', mailFrom: null }, null);
    expect(records.map(({ name, type }) => `${type} ${name}`)).toContain('TXT xn--r8jz45g.jp');
    expect(records.some(({ type }) => type === 'MX')).toBe(false);
  });
});

describe('a zone file', () => {
  test('is read by others as it was meant', () => {
    const records = recordsOf(identity, 'us-east-1');
    const parsed = parseZone(zoneFile(records), { replaceOrigin: 'somewhere.else.example' });
    expect(parsed.records.map(({ name, type }) => [name, type])).toEqual(
      records.map(({ name, type }) => [name, type]),
    );
    expect(parsed.records.map(({ content, comment }) => [content, comment])).toEqual([
      ['aaa.dkim.example.net.', null],
      ['bbb.dkim.example.net.', null],
      ['ccc.dkim.example.net.', null],
      ['10 feedback-smtp.us-east-1.amazonses.com.', null],
      ['"v=spf1 include:amazonses.com ~all"', null],
      ['"v=DMARC1; p=none; pct=100; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.co.jp"', null],
    ]);
  });

  test('splits texts in strings of 255 bytes, which joined are the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 200, maxLength: 700, size: 'max' }), (value) => {
        const record: DnsRecord = { name: 'example.com', type: 'TXT', value, priority: null, purpose: '' };
        const line = zoneFile([record]);
        expect(line.split('\n')).toHaveLength(2);
        const strings = stringsIn(line);
        expect(strings.every((each) => each.length <= 255)).toBe(true);
        expect(Buffer.concat(strings).toString()).toBe(value);
        packet.encode({ answers: [{ type: 'TXT', name: 'example.com', data: strings }] });
      }),
    );
  });
});

test.each([
  ['aaa._domainkey.example.com', 'example.com', 'aaa._domainkey'],
  ['example.com', 'example.com', '@'],
  ['Example.COM.', 'example.com', '@'],
  ['badexample.com', 'example.com', 'badexample.com.'],
  ['news.例え.jp', 'xn--r8jz45g.jp', 'news'],
])('%s in the zone %s is %s', (name, zone, expected) => {
  expect(relativeName(name, zone)).toBe(expected);
});

/** Reads quoted strings by RFC 1035 5.1. */
function stringsIn(line: string): Buffer[] {
  return [...line.matchAll(/"((?:[^"\\]|\\\d{3}|\\.)*)"/g)].map(([, text = '']) =>
    Buffer.from(
      [...text.matchAll(/\\(\d{3})|\\(.)|(.)/g)].map(([, code, escaped, plain]) =>
        code === undefined ? (escaped ?? plain ?? '').charCodeAt(0) : Number(code),
      ),
    ),
  );
}
