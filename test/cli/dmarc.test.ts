import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FAILURE_REPORT } from '../dmarc/mail.ts';
import { FROM_SES } from '../dmarc/record.ts';
import { DAY_MS, reportXml } from '../dmarc/reports.ts';
import { useFolder } from '../log/support.ts';
import { logTable, PLACE } from '../support/bigquery/log-place.ts';
import { startFakeBigQuery } from '../support/bigquery/start.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { type DnsServer, startDnsServer } from '../support/dns/server.ts';

const newFolder = useFolder();
let dns: DnsServer;
let folder: string;
let environment: Record<string, string>;

/** Months ago, so that the reports are never of the future. */
const SEPTEMBER = Date.UTC(2025, 8, 1);

beforeEach(async () => {
  const host = 'a1-2.smtp-out.ap-northeast-1.amazonses.com';
  dns = await startDnsServer({
    '10.2.0.192.in-addr.arpa': { PTR: [host] },
    [host]: { A: ['192.0.2.10'] },
    '66.113.0.203.in-addr.arpa': { fault: 'servfail' },
  });
  folder = newFolder();
  environment = { SLUICE_LOG_DIR: join(folder, 'log'), SLUICE_DNS_SERVERS: dns.address };
});
afterEach(() => dns.close());

const run = (args: readonly string[], input: Buffer | string = '') =>
  sluiceHere(['dmarc', ...args], environment, input.toString());

/** Twenty days with mail of Sluice's, some of another sender, and some spoofed. */
function fill(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (let day = 0; day < 20; day += 1) {
    const rows = [
      { ...FROM_SES, count: 940 },
      { ip: '2001:db8::25', count: 50, dkimAuth: [['sendgrid.net', 'pass']] as const },
      { ip: '203.0.113.66', count: 10, disposition: 'quarantine' },
    ];
    const begin = SEPTEMBER + day * DAY_MS;
    const xml = reportXml({ organisation: '株式会社メール', id: `d${day}`, begin, rows });
    writeFileSync(join(path, `${day}.bin`), gzipSync(xml));
  }
  return path;
}

test('reports are imported, and told on one page', async () => {
  const path = fill('in');
  writeFileSync(join(path, 'failure.eml'), FAILURE_REPORT);
  const imported = await run(['import', path]);
  expect(imported).toMatchObject({ code: 0, stderr: '' });
  expect(imported.stdout).toMatch(
    /^21 files read: 20 new reports kept in .*dmarc; 1 mail was a failure report, not read\n$/,
  );
  expect((await run(['import', path])).stdout).toMatch(/0 new reports kept .*; 20 were there already/);

  const { code, stdout, stderr } = await run(['report']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^example\.jp {2}2025-09\n/);
  expect(stdout).toContain('20 reports on 20 days, from 2025-09-01 00:00 to 2025-09-21 00:00 UTC');
  expect(stdout).toContain('reported by 株式会社メール (20,000)');
  expect(stdout).toMatch(/published: p=none; sp=none\n/);
  expect(stdout).toMatch(/pass DMARC +18,800 +94 %/);
  expect(stdout).toMatch(/from known senders +1,000 +5 %/);
  expect(stdout).toMatch(/prove nothing +200 +1 %/);
  expect(stdout).toMatch(/quarantined +200 +1 %/);
  expect(stdout).toMatch(/192\.0\.2\.10 +SES +18,800 +18,800 .*amazonses\.com +Amazon SES\n/);
  expect(stdout).toMatch(/2001:db8::25 +not Sluice +1,000 +0 +0 +0 +sendgrid\.net +\(no name\)\n/);
  expect(stdout).toMatch(/203\.0\.113\.66 +not Sluice +200 +0 +0 +0 +\(nothing\) +\(could not ask\)\n/);
  expect(stdout).toMatch(/^ {2}could not ask: .+$/m);
  expect(stdout).toContain('1,000 of 20,000 messages (5 %) fail DMARC and look');
  expect(stdout).toMatch(/Next: Stay at p=none\. Let the senders/);
  expect(stdout.split('\n').filter((line) => line.length > 110)).toEqual([]);
  expect(stdout.split('\n').length).toBeLessThan(40);
});

test('as JSON', async () => {
  const path = fill('in');
  const imported = await run(['import', path, '--json']);
  expect(JSON.parse(imported.stdout)).toEqual({
    files: 20,
    added: 20,
    already: 0,
    failureReports: 0,
    refused: [],
  });
  const [report, ...others] = JSON.parse(
    (await run(['report', 'Example.JP', '--month', '2025-09', '--json'])).stdout,
  );
  expect(others).toEqual([]);
  expect(report).toMatchObject({
    domain: 'example.jp',
    month: '2025-09',
    figures: { messages: 20_000, pass: 18_800 },
    verdict: { kind: 'hurts', legitimate: 1000, legitimateShare: 0.05, spoofed: 200 },
  });
  expect(report.sources[0]).toMatchObject({ ip: '192.0.2.10', origin: 'sluice', organisationFrom: 'table' });
});

test('a report comes by standard input as well; a refusal is one line, and exit code 1', async () => {
  expect(await run(['import', '-'], reportXml({ begin: SEPTEMBER }))).toMatchObject({ code: 0, stderr: '' });
  const { code, stderr, stdout } = await run(['import', '-'], '<!DOCTYPE a><a/>');
  expect([code, stderr]).toEqual([
    1,
    'standard input: refused: the XML has a DOCTYPE or declares entities, which no report needs\n',
  ]);
  expect(stdout).toMatch(/0 new reports kept in .*; 1 file was refused/);
});

test.each([
  [['import', 'absent.xml'], /absent\.xml: .*no such file/],
  [['report'], /no DMARC reports yet: `sluice dmarc import`/],
  [['report', '--month', '2025-13'], /“2025-13” is no month/],
  [['report', 'not a domain'], /“not a domain” is no domain/],
])('%j ends with exit code 2 and one line', async (args, line) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(line);
  expect(stderr.split('\n')).toHaveLength(2);
});

test('where the log is in BigQuery only, reports are there, too', async () => {
  const fake = await startFakeBigQuery();
  try {
    await logTable(fake).prepare();
    Object.assign(environment, {
      SLUICE_LOG: 'bigquery',
      GOOGLE_CLOUD_PROJECT: PLACE.project,
      SLUICE_BIGQUERY_DATASET: PLACE.dataset,
      BIGQUERY_EMULATOR_HOST: fake.restUrl,
    });
    expect((await run(['import', '-'], reportXml({ begin: SEPTEMBER }))).stdout).toMatch(
      /1 new report kept in fake-project\.mail\.dmarc_reports/,
    );
    expect(await fake.rows(PLACE.dataset, 'dmarc_reports')).toHaveLength(1);
    const { stdout } = await run(['report', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ domain: 'example.jp', reports: 1 }]);
  } finally {
    await fake.close();
  }
});
