import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDmarc, parseDmarc } from '../../../src/identity/dmarc/record.ts';
import { firstDmarcRecord, nextDmarcStep } from '../../../src/identity/dmarc/suggest.ts';

describe('a DMARC record', () => {
  test.each([
    ['v=DMARC1; p=none', true],
    ['v = DMARC1 ;p=none', true],
    ['v=DMARC1', true],
    ['v=dmarc1; p=none', false],
    ['p=none; v=DMARC1', false],
    ['v=DMARC10; p=none', false],
    [' v=DMARC1; p=none', false],
  ])('is told by its version: %j %s', (text, expected) => {
    expect(isDmarc(text)).toBe(expected);
  });

  test('is read with its defaults', () => {
    expect(parseDmarc('v=DMARC1; p=Reject')).toMatchObject({
      policy: 'reject',
      subdomainPolicy: 'reject',
      adkim: 'r',
      aspf: 'r',
      pct: 100,
      testing: false,
      psd: 'u',
      rua: [],
      faults: [],
      slips: [],
    });
  });

  test('is read with all of its tags, of both RFCs', () => {
    const text =
      'v=DMARC1; p=quarantine; sp=none; np=reject; adkim=s; aspf=S; pct=25; t=y; psd=n; fo=1:d:s; rf=afrf; ri=3600; rua=mailto:a@example.com!10m,mailto:b@example.net; ruf=mailto:c@example.org;';
    expect(parseDmarc(text)).toMatchObject({
      policy: 'quarantine',
      subdomainPolicy: 'none',
      adkim: 's',
      aspf: 's',
      pct: 25,
      testing: true,
      psd: 'n',
      rua: ['a@example.com', 'b@example.net'],
      ruf: ['c@example.org'],
      faults: [],
      slips: [],
    });
  });

  test.each([
    ['v=DMARC1', /no policy/],
    ['v=DMARC1; p=monitor; rua=mailto:a@example.com', /p=monitor is no policy/],
    ['v=DMARC1; p=none; p=reject', /the tag p is there twice/],
    ['v=DMARC1; p=none; v=DMARC1', /the tag v is there twice/],
  ])('is wrong: %s', (text, fault) => {
    expect(parseDmarc(text).faults.join('; ')).toMatch(fault);
  });

  test.each([
    ['v=DMARC1; rua=mailto:a@example.com', /no p, which receivers take for p=none/],
    ['v=DMARC1; p=none; adkim=x', /adkim=x is no value of adkim/],
    ['v=DMARC1; p=none; pct=101', /pct=101 is no value/],
    ['v=DMARC1; p=none; pct=', /pct= is no value/],
    ['v=DMARC1; p=none; rua=a@example.com', /"a@example.com" is no mailto: address/],
    ['v=DMARC1; p=none; rua=https://example.com', /is no mailto: address/],
    ['v=DMARC1; p=none; foo=bar', /nobody knows the tag foo/],
    ['v=DMARC1; p=none, rua mailto', /p=none, rua mailto is no policy/],
    ['v=DMARC1; p=none; junk', /"junk" is no tag/],
    ['v=DMARC1; sp=none; p=none', /p should come directly behind v/],
  ])('has what receivers ignore: %s', (text, slip) => {
    const { faults, slips } = parseDmarc(text);
    expect([...faults, ...slips].join('; ')).toMatch(slip);
  });

  test('never makes the parser throw, whatever it says', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'v=DMARC1',
        ';',
        '=',
        'p=',
        'none',
        'rua=',
        'mailto:',
        '@',
        ',',
        '!',
        'pct=',
        'sp=',
        '__proto__=',
        'constructor=',
      ),
      fc.string({ unit: fc.nat(0x2ff).map((code) => String.fromCharCode(code)) }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const { pct, rua } = parseDmarc(`v=DMARC1;${words.join('')}`);
        expect(pct >= 0 && pct <= 100).toBe(true);
        expect(rua.every((address) => address.includes('@'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the way to reject', () => {
  test('goes from the first record over quarantine, each tried out first, and ends there', () => {
    const way: string[] = [];
    for (let text: string | null = firstDmarcRecord('example.com'); text !== null && way.length < 9; ) {
      way.push(text);
      expect(parseDmarc(text)).toMatchObject({ faults: [], slips: [] });
      text = nextDmarcStep(parseDmarc(text));
    }
    expect(way).toEqual([
      'v=DMARC1; p=none; pct=100; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.com',
      'v=DMARC1; p=quarantine; pct=25; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.com; t=y',
      'v=DMARC1; p=quarantine; pct=100; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.com; t=n',
      'v=DMARC1; p=reject; pct=25; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.com; t=y',
      'v=DMARC1; p=reject; pct=100; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.com; t=n',
    ]);
  });
});
