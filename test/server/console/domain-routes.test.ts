import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { AskedDomains, DeskParts } from '../../../src/desk/parts.ts';
import type { ReportQuery } from '../../../src/dmarc/report-store.ts';
import { readReport } from '../../../src/dmarc/report-xml.ts';
import { DomainInspector } from '../../../src/identity/inspector.ts';
import type { SesIdentity } from '../../../src/identity/ses-identity.ts';
import { verdictText } from '../../../src/server/console/dmarc-words-of.ts';
import { RunningChecks } from '../../../src/server/console/running-checks.ts';
import { DAY_MS, NOVEMBER, NOW, reportXml } from '../../dmarc/reports.ts';
import { deskStage, HANA } from '../../support/desk-stage.ts';
import { useRedis } from '../../support/redis.ts';
import { openPages, type Pages, wordsOf } from './pages-stage.ts';

const redis = useRedis();
const HOSTILE = '<script>alert(1)</script>';
const HOSTILE_XML = '&lt;script&gt;alert(1)&lt;/script&gt;';
let pages: Pages;

/** SES, which knows what was added, and a DNS that says nothing. */
function asked(): () => Promise<AskedDomains> {
  const known = new Map<string, SesIdentity>();
  const unasked = async () => ({ kind: 'unasked', reason: HOSTILE }) as const;
  const identities: AskedDomains['identities'] = {
    get: async (name) => known.get(name) ?? null,
    create: async (name) => {
      const identity: SesIdentity = {
        name,
        verified: false,
        dkim: {
          status: 'PENDING',
          origin: 'easy',
          tokens: ['a', 'b', 'c'],
          hostedZone: null,
          keyLength: null,
        },
        mailFrom: null,
      };
      known.set(name, identity);
      return identity;
    },
    restartDkim: async () => {},
    setMailFrom: async () => {},
    remove: async (name) => known.delete(name),
    region: async () => 'eu-west-1',
    close: () => {},
  };
  const inspector = new DomainInspector({
    book: deskStage(redis).client.domains,
    resolver: async () => ({ txt: unasked, cname: unasked, mx: unasked, addresses: unasked, names: unasked }),
    identities,
    configurationSet: async () => null,
    clock: systemClock,
  });
  return async () => ({ identities, inspector });
}

/** Reports of three weeks, and a DNS that knows no name. */
function reported(): Partial<DeskParts> {
  const reports = Array.from({ length: 21 }, (_, day) =>
    readReport(
      Buffer.from(
        reportXml({ id: `d${day}`, organisation: HOSTILE_XML, begin: NOVEMBER + day * DAY_MS, rows: [{}] }),
      ),
      NOW,
    ),
  );
  const store = {
    name: 'reports in memory',
    add: async () => true,
    settle: async () => {},
    months: async () => ['2026-11'],
    async *reports({ months, domain }: ReportQuery) {
      for (const report of reports)
        if (months.includes(report.month) && (domain ?? report.domain) === report.domain) yield report;
    },
  };
  return { openReports: async () => store };
}

beforeEach(async () => {
  pages = await openPages(redis, { openDomains: asked(), ...reported() });
});

describe('domains', () => {
  test('are added, shown with records to copy, moved with who and why, and removed', async () => {
    expect(wordsOf(await pages.get('/domains'))).toContain('No domain is registered yet.');
    const added = await pages.post('/domains/add', { name: 'News.Example.com' });
    expect(added.location).toBe('/domains/news.example.com?done=added&name=news.example.com');
    const page = await pages.get(added.location ?? '');
    expect(page.text).toContain('data-copy="a._domainkey.news.example.com"');
    expect(page.text).toContain('data-copy="a._domainkey.news"');
    expect(page.text).toContain('a.dkim.amazonses.com.');
    expect(wordsOf(page)).toContain('0 of 5,000 mails to personal Gmail addresses in 24 hours');
    const refused = await pages.post('/domains/news.example.com/move', { organisation: HOSTILE, reason: '' });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('reason: say why')]);
    expect(refused.text).not.toContain('<script>alert');
    await pages.post('/domains/news.example.com/move', { organisation: HOSTILE, reason: 'a merger' });
    const moved = await pages.get('/domains');
    expect(moved.text).toContain('&lt;script&gt;alert(1)');
    expect(moved.text).not.toContain('<script>alert');
    const removed = await pages.post('/domains/news.example.com/remove', { reason: 'over', keep: 'yes' });
    expect(removed.location).toBe('/domains?done=removed&name=news.example.com');
    expect(await pages.stage.desk.senders.domains()).toEqual([]);
  });

  test('are checked while the page is there, and the answer says what was found', async () => {
    await pages.stage.desk.senders.addDomain({ name: 'example.com' }, HANA);
    const begun = await pages.post('/domains/example.com/check', {});
    expect(begun.location).toBe('/domains/example.com?check=running');
    expect((await pages.get(begun.location ?? '')).text).toContain(
      'data-load="/domains/example.com/checked"',
    );
    const answer = await pages.get('/domains/example.com/checked');
    expect(answer.text).toContain('data-loaded');
    expect(wordsOf(answer)).toMatch(/SPF . Could not ask/);
    expect(answer.text).not.toContain('<script>alert');
    expect(wordsOf(await pages.get('/domains'))).toContain('May not send');
  });

  test('that are not registered are not found, whatever is asked', async () => {
    for (const path of ['', '/move', '/remove', '/checked'])
      expect((await pages.get(`/domains/nobody.example.com${path}`)).status).toBe(404);
    expect((await pages.post('/domains/nobody.example.com/check', {})).status).toBe(404);
  });

  test('another reader waits for the same answer, and a failure is told to both', async () => {
    let asks = 0;
    const checks = new RunningChecks(async () => {
      asks += 1;
      throw new Error('SES is away');
    });
    checks.begin('example.com');
    checks.begin('example.com');
    await expect(checks.answer('example.com')).rejects.toThrow('SES is away');
    await expect(checks.answer('example.com')).rejects.toThrow('SES is away');
    expect(asks).toBe(1);
    expect(checks.answer('other.example.com')).toBeNull();
  });
});

describe('DMARC', () => {
  test('says whether a stricter policy hurts, what passes, and from where it came', async () => {
    expect((await pages.get('/dmarc?month=2026-11')).text).toContain(
      'data-load="/dmarc/report?domain=&amp;month=2026-11"',
    );
    const page = await pages.get('/dmarc/report');
    const words = wordsOf(page);
    expect(words).toContain('example.jp 2026-11');
    expect(words).toContain('Pass DMARC');
    expect(page.text).toContain('<figure class="bars">');
    expect(page.text).not.toContain('<script>alert');
    expect(wordsOf(await pages.get('/dmarc/report', 'ja'))).toContain(
      'ポリシーを厳しくすると正当なメールに影響するか',
    );
  });

  test('without reports says how they get in', async () => {
    const page = await pages.get('/dmarc/report?domain=nobody.example');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('sluice dmarc import');
    expect((await pages.get('/dmarc/report?month=2026-13')).status).toBe(422);
  });

  test.each(['none', 'quarantine', 'reject'] as const)(
    'goes on from p=%s in Japanese as in English',
    async (p) => {
      const [report] = await pages.stage.desk.senders.dmarc({});
      if (!report) throw new Error('no report');
      for (const kind of ['early', 'hurts', 'unclear', 'safe'] as const) {
        const changed = {
          ...report,
          policy: { ...report.policy, p },
          verdict: {
            ...report.verdict,
            kind,
            messages: 1_234,
            provedBy: [{ domain: 'other.example', messages: 7 }],
            undecided: 7,
          },
        };
        const { sentence, next } = verdictText({ ...CONTEXT, language: 'ja' }, changed);
        expect(sentence).toContain('1,234');
        expect(next).toMatch(/p=|不要|署名/);
        expect(verdictText({ ...CONTEXT, language: 'en' }, changed)).toBe(changed.verdict);
      }
    },
  );
});

const CONTEXT = {
  session: { by: 'Hana', isConsole: true, csrf: '' },
  path: '/dmarc',
  zone: 'UTC',
  nowMs: NOW,
};
