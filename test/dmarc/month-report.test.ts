import { describe, expect, test } from 'vitest';
import { monthReports } from '../../src/dmarc/month-report.ts';
import type { AggregateReport } from '../../src/dmarc/report.ts';
import type { ReportQuery } from '../../src/dmarc/report-store.ts';
import { readReport } from '../../src/dmarc/report-xml.ts';
import type { DnsAnswer } from '../../src/identity/resolver.ts';
import { FROM_SES, type Row, SES_SELECTOR } from './record.ts';
import { DAY_MS, NOVEMBER, NOW, type ReportOptions, reportXml } from './reports.ts';

const report = (options: ReportOptions) => readReport(Buffer.from(reportXml(options)), NOW);

/** Reports in memory. */
function storeOf(...reports: readonly AggregateReport[]) {
  return {
    months: async () => [...new Set(reports.map(({ month }) => month))].toSorted(),
    async *reports({ months, domain }: ReportQuery) {
      for (const each of reports)
        if (months.includes(each.month) && (domain === undefined || each.domain === domain)) yield each;
    },
  };
}

type Names = Readonly<Record<string, readonly string[] | 'unasked'>>;

/** Names of addresses, and addresses of names; what is in neither is not there. */
function resolverOf(zone: Names = {}) {
  const asked: string[] = [];
  const look = async (name: string): Promise<DnsAnswer<string>> => {
    asked.push(name);
    const records = zone[name];
    if (records === 'unasked') return { kind: 'unasked', reason: 'no answer in 5 s' };
    return records ? { kind: 'found', records } : { kind: 'none', what: 'name' };
  };
  return { asked, names: look, addresses: look };
}

async function one(reports: readonly AggregateReport[], zone: Names = {}) {
  const [found] = await monthReports({ store: storeOf(...reports), resolver: resolverOf(zone) });
  if (!found) throw new Error('no report');
  return found;
}

/** The same rows on every day, so that there is enough to judge by. */
function daily(rows: readonly Row[], options: ReportOptions = {}, days = 20): AggregateReport[] {
  return Array.from({ length: days }, (_, day) =>
    report({ ...options, id: `d${day}`, begin: NOVEMBER + day * DAY_MS, rows }),
  );
}

const SPOOFED: Row = { ip: '203.0.113.66', count: 5, spfAuth: [['example.jp', 'fail']] };

describe('figures', () => {
  const rows: Row[] = [
    // Passes both.
    { ...FROM_SES, count: 900 },
    // Sent on: DKIM holds, SPF is the forwarder's.
    { ...FROM_SES, ip: '198.51.100.1', count: 40, spf: 'fail', spfAuth: [['list.example', 'pass']] },
    // SPF only.
    { ip: '198.51.100.2', count: 30, spf: 'pass', spfAuth: [['example.jp', 'pass']] },
    // Another domain's signature.
    { ip: '198.51.100.3', count: 20, disposition: 'quarantine', dkimAuth: [['shop.example', 'pass']] },
    // Nothing.
    { ip: '203.0.113.66', count: 7, disposition: 'reject', spfAuth: [['example.jp', 'softfail']] },
    { ip: '203.0.113.66', count: 3, reason: 'mailing_list' },
  ];

  test('add up as by hand', async () => {
    const found = await one([
      report({ rows }),
      report({ id: 'r2', organisation: 'Two', rows: [{ count: 10 }] }),
    ]);
    expect(found).toMatchObject({
      domain: 'example.jp',
      month: '2026-11',
      reports: 2,
      days: 1,
      reporters: [
        { organisation: 'Mailbox One', messages: 1000 },
        { organisation: 'Two', messages: 10 },
      ],
      figures: { messages: 1010, pass: 970, dkimPass: 960, dkimAligned: 940, spfPass: 970, spfAligned: 930 },
      disposition: { none: 983, quarantine: 20, reject: 7, pass: 0 },
      failing: { known: 0, authenticated: 20, forwarded: 3, unknown: 17 },
      overrides: { mailing_list: 3 },
      policy: { p: 'none' },
      otherSources: { sources: 0, messages: 0 },
    });
    expect(found.sources.map(({ ip, messages, pass, origin }) => [ip, messages, pass, origin])).toEqual([
      ['192.0.2.10', 900, 900, 'sluice'],
      ['198.51.100.1', 40, 40, 'forwarded'],
      ['198.51.100.2', 30, 30, 'other'],
      ['198.51.100.3', 20, 0, 'other'],
      ['203.0.113.66', 10, 0, 'other'],
      ['192.0.2.1', 10, 0, 'other'],
    ]);
  });

  test('are those of the newest month, or of the one that is asked for, and of the domain', async () => {
    const all = [
      report({ id: 'a', begin: Date.UTC(2026, 9, 5) }),
      report({ id: 'b' }),
      report({ id: 'c', domain: 'example.com' }),
    ];
    const asked = async (what: { month?: string; domain?: string }) => {
      const found = await monthReports({ store: storeOf(...all), resolver: resolverOf(), ...what });
      return found.map(({ domain, month }) => `${domain} ${month}`);
    };
    expect(await asked({})).toEqual(['example.com 2026-11', 'example.jp 2026-11']);
    expect(await asked({ month: '2026-10' })).toEqual(['example.jp 2026-10']);
    expect(await asked({ domain: 'example.com' })).toEqual(['example.com 2026-11']);
    await expect(asked({ month: '2026-08' })).rejects.toThrow(
      /no DMARC reports of 2026-08; there are some of 2026-10, 2026-11/,
    );
    await expect(asked({ domain: 'example.org' })).rejects.toThrow(/no DMARC reports on example.org/);
  });

  test('of the policy are those of the report that ends last', async () => {
    const older = report({ id: 'a', begin: NOVEMBER, policy: '<p>none</p>' });
    const newer = report({ id: 'b', begin: NOVEMBER + DAY_MS, policy: '<p>quarantine</p><pct>50</pct>' });
    expect((await one([newer, older])).policy).toMatchObject({ p: 'quarantine', pct: 50 });
  });

  test('count a day once, whoever reports it, and a second before midnight as midnight', async () => {
    const found = await one([
      report({ id: 'a', begin: NOVEMBER, end: NOVEMBER + DAY_MS }),
      report({ id: 'b', begin: NOVEMBER, end: NOVEMBER + DAY_MS - 1000 }),
      report({ id: 'c', begin: NOVEMBER + 3 * DAY_MS, end: NOVEMBER + 5 * DAY_MS }),
    ]);
    expect(found.days).toBe(3);
  });
});

describe("mail is Sluice's", () => {
  const origin = async (row: Row, zone: Names = {}) =>
    (await one([report({ rows: [row] })], zone)).sources[0]?.origin;
  const ses: Row = { dkimAuth: [['amazonses.com', 'pass', 's']], spfAuth: [['amazonses.com', 'pass']] };

  test.each<[string, Row, string]>([
    ['by the envelope of SES', ses, 'sluice'],
    ['by a region of it', { spfAuth: [['ap-northeast-1.amazonses.com', 'pass']] }, 'sluice'],
    ['by our signature with a selector of SES', FROM_SES, 'sluice'],
    ['sent on, where SPF is not ours', { ...FROM_SES, spfAuth: [['forward.example', 'pass']] }, 'forwarded'],
    ['sent on, where SPF fails', { ...ses, spfAuth: [['amazonses.com', 'softfail']] }, 'forwarded'],
    ['not where the signature is broken', { dkimAuth: [['amazonses.com', 'fail', 's']] }, 'other'],
    ['not where only the envelope says so', { spfAuth: [['amazonses.com', 'fail']] }, 'other'],
    ['not by a name that only looks so', { spfAuth: [['notamazonses.com', 'pass']] }, 'other'],
    ["not by somebody else's token", { dkimAuth: [['evil.example', 'pass', SES_SELECTOR]] }, 'other'],
  ])('%s', async (_what, row, expected) => {
    expect(await origin(row)).toBe(expected);
  });

  const host = 'a1-2.smtp-out.ap-northeast-1.amazonses.com';
  test('by a name that leads back to the address, and not by one that does not', async () => {
    expect(await origin({}, { '192.0.2.1': [host], [host]: ['192.0.2.1'] })).toBe('sluice');
    expect(await origin({}, { '192.0.2.1': [host], [host]: ['192.0.2.2'] })).toBe('other');
  });
});

describe('names of sources', () => {
  test('are told with how sure they are, and whose they are', async () => {
    const ips = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '2001:db8::5', '192.0.2.6'];
    const zone: Names = {
      '192.0.2.1': ['mail-1.google.com'],
      'mail-1.google.com': ['192.0.2.1'],
      '192.0.2.2': ['mail-2.google.com'],
      '192.0.2.3': 'unasked',
      '2001:db8::5': ['other.example.co.jp', 'mx.example.co.jp'],
      'mx.example.co.jp': ['2001:DB8:0::5'],
      '192.0.2.6': ['late.example'],
      'late.example': 'unasked',
    };
    const rows = ips.map((ip, n) => ({ ip, count: 10 - n }));
    const { sources } = await one([report({ rows })], zone);
    expect(
      sources.map(({ name, organisation, organisationFrom }) => [name, organisation, organisationFrom]),
    ).toEqual([
      [{ kind: 'confirmed', name: 'mail-1.google.com' }, 'Google', 'table'],
      [{ kind: 'claimed', name: 'mail-2.google.com' }, null, null],
      [{ kind: 'unasked', reason: 'no answer in 5 s' }, null, null],
      [{ kind: 'none' }, null, null],
      [{ kind: 'confirmed', name: 'mx.example.co.jp' }, 'example.co.jp', 'name'],
      [{ kind: 'unasked', reason: 'no answer in 5 s' }, null, null],
    ]);
  });

  test('are asked of twenty, half of them those that fail most', async () => {
    const ses = Array.from({ length: 40 }, (_, n) => ({ ...FROM_SES, ip: `192.0.2.${n}`, count: 1000 + n }));
    const bad = Array.from({ length: 30 }, (_, n) => ({ ip: `203.0.113.${n}`, count: 1 + n }));
    const resolver = resolverOf();
    const [found] = await monthReports({ store: storeOf(report({ rows: [...ses, ...bad] })), resolver });
    expect(resolver.asked).toHaveLength(20);
    expect(found?.sources.filter(({ ip }) => ip.startsWith('203.')).map(({ messages }) => messages)).toEqual([
      30, 29, 28, 27, 26, 25, 24, 23, 22, 21,
    ]);
    expect(found?.sources[0]?.messages).toBe(1039);
    expect(found?.otherSources).toEqual({ sources: 50, messages: 30 * 1000 + (29 * 30) / 2 + 210 });
  });
});

describe('the verdict', () => {
  const verdict = async (rows: readonly Row[], options: ReportOptions = {}, zone: Names = {}) =>
    (await one(daily(rows, options), zone)).verdict;
  const good: Row = { ...FROM_SES, count: 995 };

  test('is that a strict policy hurts, where another sender of ours fails', async () => {
    const crm: Row = { ip: '198.51.100.3', count: 50, dkimAuth: [['salesforce.com', 'pass']] };
    expect(await verdict([good, crm, SPOOFED])).toMatchObject({
      kind: 'hurts',
      legitimate: 1000,
      spoofed: 100,
      sentence:
        'Quarantine or reject would hurt: 1,000 of 21,000 messages (4.76 %) fail DMARC and look legitimate, and 100 (0.476 %) look like spoofing.',
      next: expect.stringMatching(/^Stay at p=none/),
    });
  });

  test.each<[string, Row]>([
    ['Sluice itself signs with no domain of ours', { dkimAuth: [['amazonses.com', 'pass', 's']] }],
    ['a list changes the mail', { reason: 'mailing_list' }],
    ['alignment is strict, and a subdomain sends', { spfAuth: [['news.example.jp', 'pass']] }],
  ])('is the same where %s', async (_what, row) => {
    expect(await verdict([good, { ...row, count: 50 }])).toMatchObject({
      kind: 'hurts',
      legitimate: 1000,
      spoofed: 0,
    });
  });

  test('takes what a service for senders sends for legitimate, though it proves nothing', async () => {
    const host = 'o1.mail.sendgrid.net';
    const row: Row = { ip: '198.51.100.9', count: 50 };
    expect(await verdict([good, row])).toMatchObject({ kind: 'safe', legitimate: 0, spoofed: 1000 });
    const zone: Names = { '198.51.100.9': [host], [host]: ['198.51.100.9'] };
    expect(await verdict([good, row], {}, zone)).toMatchObject({
      kind: 'hurts',
      legitimate: 1000,
      spoofed: 0,
    });
  });

  test('is not turned into harm by spam that proves a domain of its own: whose that is is asked', async () => {
    const spam: Row = { ip: '203.0.113.9', count: 900, dkimAuth: [['Mail.Spam.Example', 'pass']] };
    const crm: Row = { ip: '203.0.113.8', count: 50, spfAuth: [['crm.example', 'pass']] };
    expect(await verdict([good, spam, crm, SPOOFED])).toMatchObject({
      kind: 'unclear',
      legitimate: 0,
      undecided: 19_000,
      provedBy: [
        { domain: 'spam.example', messages: 18_000 },
        { domain: 'crm.example', messages: 1_000 },
      ],
      spoofed: 100,
      sentence:
        'Whether a stricter policy hurts depends on whose mail this is: 0 of 39,000 messages (0 %) fail DMARC and look legitimate, 19,000 (48.7 %) prove another domain (spam.example 18,000, crm.example 1,000), and 100 (0.256 %) look like spoofing.',
      next: expect.stringMatching(/sign with DKIM as example\.jp first.*If none is.*Publish p=quarantine/),
    });
  });

  test('is not turned into harm by spam from a mailbox that anybody can have', async () => {
    const host = 'mail-1.google.com';
    const zone: Names = { '198.51.100.9': [host], [host]: ['198.51.100.9'] };
    const row: Row = { ip: '198.51.100.9', count: 50 };
    expect(await verdict([good, row], {}, zone)).toMatchObject({ kind: 'safe', spoofed: 1000 });
    const signed: Row = { ...row, dkimAuth: [['outlook.com', 'pass']] };
    expect(await verdict([good, signed], {}, zone)).toMatchObject({ kind: 'unclear', legitimate: 0 });
  });

  test('names no domain that is none, whatever a report says', async () => {
    const row: Row = { ip: '203.0.113.9', count: 900, dkimAuth: [['&#x9b;31mred', 'pass']] };
    expect(await verdict([good, row])).toMatchObject({ kind: 'unclear', provedBy: [] });
  });

  test('says what is hurt already under a policy that is published', async () => {
    const crm: Row = {
      ip: '198.51.100.3',
      count: 50,
      disposition: 'reject',
      dkimAuth: [['salesforce.com', 'pass']],
    };
    expect(await verdict([good, crm], { policy: '<p>reject</p>' })).toMatchObject({
      kind: 'hurts',
      sentence: expect.stringMatching(
        /^The policy p=reject hurts: 1,000 such messages were quarantined or rejected/,
      ),
      next: expect.stringMatching(/^Go back to p=none/),
    });
  });

  test('is fine with forwarders, whose SPF fails and whose DKIM passes, and with spoofing', async () => {
    const sentOn: Row = {
      ...FROM_SES,
      ip: '198.51.100.1',
      count: 300,
      spf: 'fail',
      spfAuth: [['x.example', 'pass']],
    };
    expect(await verdict([good, sentOn, { ...SPOOFED, count: 700 }])).toMatchObject({
      kind: 'safe',
      legitimate: 0,
      spoofed: 14_000,
    });
  });

  test.each([
    ['<p>none</p>', /^Publish p=quarantine/],
    ['<p>quarantine</p>', /^Publish p=reject\.$/],
    ['<p>quarantine</p><pct>20</pct>', /^Take pct=20 away/],
    ['<p>quarantine</p><testing>y</testing>', /^Take t=y away/],
    ['<p>reject</p>', /^Nothing/],
  ])('where all is well goes on from %s', async (policy, next) => {
    expect(await verdict([good], { policy })).toMatchObject({
      kind: 'safe',
      next: expect.stringMatching(next),
    });
  });

  test('is that it is too early, of few days or few messages', async () => {
    const fewDays = await one(daily([good], {}, 13));
    expect(fewDays.verdict).toMatchObject({
      kind: 'early',
      sentence: expect.stringMatching(/too early.*12,935 messages on 13 days/),
    });
    expect((await one(daily([{ ...FROM_SES, count: 4 }], {}, 20))).verdict.kind).toBe('early');
  });

  test('looks at the month before as well', async () => {
    const october = Array.from({ length: 20 }, (_, day) =>
      report({ id: `o${day}`, begin: Date.UTC(2026, 9, 1 + day), rows: [good] }),
    );
    const { verdict: found, figures } = await one([...october, report({ rows: [good] })]);
    expect(figures.messages).toBe(995);
    expect(found).toMatchObject({
      kind: 'safe',
      messages: 995 * 21,
      days: 21,
      months: ['2026-10', '2026-11'],
    });
  });
});
