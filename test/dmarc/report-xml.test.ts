import { describe, expect, test } from 'vitest';
import { readReport } from '../../src/dmarc/report-xml.ts';
import type { Row } from './record.ts';
import { NOW, reportXml } from './reports.ts';

const read = (xml: string) => readReport(Buffer.from(xml), NOW);
const record = (row: Row) => read(reportXml({ rows: [row] })).records[0];

describe('what real reporters write otherwise', () => {
  test('no version, no envelope, white space everywhere', () => {
    const spaced = reportXml()
      .replace(/<version>.*<\/version>/, '')
      .replaceAll(/<(\w+)>([^<>\s]+)</g, '<$1>\n   $2\t <');
    expect(read(spaced)).toEqual(read(reportXml()));
  });

  test('results in upper case', () => {
    const upper = record({
      dkim: 'Pass',
      spf: 'FAIL',
      disposition: 'NONE',
      spfAuth: [['A.Example', 'SoftFail']],
    });
    expect(upper).toMatchObject({
      dkimAligned: true,
      spfAligned: false,
      disposition: 'none',
      spf: [{ domain: 'a.example', result: 'softfail' }],
    });
  });

  test('several signatures, and several SPF results', () => {
    const some = record({
      dkimAuth: [
        ['example.jp', 'pass', 's1'],
        ['mailer.example', 'fail'],
      ],
      spfAuth: [
        ['example.jp', 'none'],
        ['helo.example', 'pass'],
      ],
    });
    expect(some?.dkim).toEqual([
      { domain: 'example.jp', result: 'pass', selector: 's1' },
      { domain: 'mailer.example', result: 'fail', selector: null },
    ]);
    expect(some?.spf.map(({ result }) => result)).toEqual(['none', 'pass']);
  });

  test('no results at all', () => {
    const xml = reportXml().replaceAll(/<auth_results>.*<\/auth_results>/g, '');
    expect(read(xml).records[0]).toMatchObject({ dkim: [], spf: [] });
  });

  test('an envelope with the whole address, of which the domain is kept', () => {
    const xml = reportXml().replace(
      '<identifiers>',
      '<identifiers><envelope_from>Anna@Mail.Example</envelope_from>',
    );
    expect(read(xml).records[0]?.envelopeFrom).toBe('mail.example');
    expect(JSON.stringify(read(xml))).not.toMatch(/anna/i);
  });

  test.each([
    ['2001:0DB8:0000::0001', '2001:db8::1'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    [' 192.0.2.9 ', '192.0.2.9'],
  ])('the address %s is %s', (written, ip) => {
    expect(record({ ip: written })?.ip).toBe(ip);
  });

  test('a count of billions', () => {
    expect(record({ count: 9_999_999_999 })?.count).toBe(9_999_999_999);
  });

  test('a domain in upper case, with a dot, or in Unicode', () => {
    expect(read(reportXml({ domain: 'Example.JP.' })).domain).toBe('example.jp');
    expect(read(reportXml({ domain: '例え.jp' })).domain).toBe('xn--r8jz45g.jp');
  });

  test('a Japanese organisation, in Shift_JIS', () => {
    // 日本 in Shift_JIS.
    const [before = '', after = ''] = reportXml({ organisation: '@' })
      .replace('UTF-8', 'Shift_JIS')
      .split('@</org');
    const xml = Buffer.concat([
      Buffer.from(before),
      Buffer.from([0x93, 0xfa, 0x96, 0x7b]),
      Buffer.from(`</org${after}`),
    ]);
    expect(readReport(xml, NOW).organisation).toBe('日本');
  });
});

test('characters by number and name are read, once', () => {
  expect(read(reportXml({ organisation: 'A &amp;lt; &#x65E5;&#26412;' })).organisation).toBe('A &lt; 日本');
});

describe('a report counts in the month', () => {
  const HOUR = 3_600_000;
  test.each([
    ['of its middle, where it begins in another time zone', Date.UTC(2026, 9, 31, 15), 24 * HOUR, '2026-11'],
    ['that it is in', Date.UTC(2026, 10, 5), 24 * HOUR, '2026-11'],
    ['in which most of it is', Date.UTC(2026, 9, 29), 4 * 24 * HOUR, '2026-10'],
  ])('%s', (_what, begin, ms, month) => {
    expect(read(reportXml({ begin, end: begin + ms })).month).toBe(month);
  });
});

describe('two reports are', () => {
  const key = (options: Parameters<typeof reportXml>[0]) => read(reportXml(options)).key;
  test('the same one by reporter, id, domain and time, whatever else they say', () => {
    expect(key({ rows: [{ count: 5 }] })).toBe(key({ organisation: 'MAILBOX one' }));
  });
  test.each([
    [{ organisation: 'Two' }],
    [{ id: 'r2' }],
    [{ domain: 'example.com' }],
    [{ begin: Date.UTC(2026, 10, 11) }],
  ])('two where they differ in %j', (options) => {
    expect(key(options)).not.toBe(key({}));
  });
});
