import { expect, test } from 'vitest';
import { checkLine } from '../../src/cli/doctor-check.ts';
import { domainCheckOf } from '../../src/cli/doctor-domains.ts';
import type { DomainCheck, DomainItem } from '../../src/identity/domain-check.ts';

const NOW = 1_000_000_000;

function check(found: Partial<Record<DomainItem['item'], DomainItem['status']>>, ageMs = 0): DomainCheck {
  const items: DomainItem['item'][] = ['identity', 'dkim', 'dkim_records', 'spf', 'dmarc', 'tls'];
  return {
    domain: 'example.com',
    at: NOW - ageMs,
    items: items.map((item) => ({
      item,
      status: found[item] ?? 'ok',
      found: '',
      expected: null,
      todo: [],
    })),
    spfTree: [],
    spfLookups: null,
  };
}

const line = (one: DomainCheck | null) =>
  checkLine(domainCheckOf('example.com', one, NOW)).replaceAll(/ +/g, ' ');

test('a domain that is ready is said to be so, with the age of what is not new', () => {
  expect(line(check({ spf: 'advice' }))).toBe('ok domain example.com: ready to send');
  expect(line(check({}, 300_000))).toMatch(/^ok domain example\.com: ready to send, as of 5 min/);
});

test('a domain that keeps its campaigns from being sent is a failure, and says for what', () => {
  expect(line(check({ dkim: 'wrong', dmarc: 'missing' }))).toBe(
    'fail domain example.com: may not send yet: DKIM, DMARC: sluice domain check example.com says what to do',
  );
});

test('what could not be asked, or only might be better, is a warning; so is a domain that nobody has looked at', () => {
  expect(line(check({ spf: 'unasked' }))).toMatch(
    /^warn domain .*not everything could be asked \(SPF could not ask\)/,
  );
  expect(line(check({ dkim_records: 'wrong' }))).toMatch(/^warn domain .*\(DKIM records wrong\)/);
  expect(line(null)).toBe('warn domain example.com was not checked: run sluice domain check example.com');
});

test('what is missing of the installation is no domain’s fault', () => {
  expect(line(check({ tls: 'missing' }))).toMatch(/^ok domain/);
});
