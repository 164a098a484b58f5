import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { FilesReportStore } from '../../../src/dmarc/files-store.ts';
import { FAILURE_REPORT } from '../../dmarc/mail.ts';
import { DAY_MS, reportXml } from '../../dmarc/reports.ts';
import { useFolder } from '../../log/support.ts';
import { useRedis } from '../../support/redis.ts';
import { openPages, type Pages, wordsOf } from './pages-stage.ts';

const redis = useRedis();
const newFolder = useFolder();
/** Months ago, so that the reports are never of the future. */
const SEPTEMBER = Date.UTC(2025, 8, 1);
let folder: string;
let pages: Pages;

beforeEach(async () => {
  folder = newFolder();
  const store = new FilesReportStore(folder);
  pages = await openPages(redis, { openReports: async () => store });
});

const report = (day: number) =>
  reportXml({ id: `d${day}`, organisation: '&lt;b&gt;Mail', begin: SEPTEMBER + day * DAY_MS });
const file = (name: string, content: string | Buffer) =>
  new File([new Uint8Array(Buffer.from(content))], name);
const kept = () => readdirSync(join(folder, 'dmarc', '2025-09')).filter((name) => name.endsWith('.ndjson'));

test('files are taken one by one, and a page says what became of each', async () => {
  const page = await pages.uploadFiles('/dmarc/import', [
    file('one.xml', report(1)),
    file('<i>two.gz', gzipSync(report(2))),
    file('again.xml', report(1)),
    file('failure.eml', FAILURE_REPORT),
    file('picture.png', 'no report at all'),
    file('empty.xml', ''),
  ]);
  expect(page.status).toBe(200);
  const words = wordsOf(page);
  expect(words).toContain(
    'Files read 6 New reports 2 There already 1 Files refused 2 Failure reports, not read 1',
  );
  expect(words).toContain('picture.png it is no XML, gzip, zip or mail');
  expect(words).toContain('empty.xml it is empty');
  expect(words).toMatch(/one\.xml ✓ new .*two\.gz ✓ new .*again\.xml ● there already/);
  expect(page.text).not.toMatch(/<i>two|<b>Mail/);
  expect(kept()).toHaveLength(2);
  expect(JSON.stringify(pages.server.lines)).not.toContain('two.gz');
});

test('a file that is larger than any report may be is refused, and those around it are taken', async () => {
  const page = await pages.uploadFiles('/dmarc/import', [
    file('large.xml', Buffer.alloc(33 * 1024 * 1024, ' ')),
    file('one.xml', report(1)),
  ]);
  expect(wordsOf(page)).toMatch(/New reports 1 .* large\.xml it is longer than 33,554,432 bytes/);
  expect(kept()).toHaveLength(1);
});

test('without a file, or with too many, the form says so at its field', async () => {
  const none = await pages.uploadFiles('/dmarc/import', []);
  expect([none.status, none.text]).toEqual([422, expect.stringContaining('✕ none was chosen')]);
  const files = Array.from({ length: 101 }, (_, index) => file(`${index}.xml`, report(index % 3)));
  const many = await pages.uploadFiles('/dmarc/import', files);
  expect([many.status, wordsOf(many)]).toEqual([422, expect.stringContaining('more than 100 files')]);
});

test('without the token of its form nothing is read', async () => {
  const body = new FormData();
  body.set('file', file('one.xml', report(1)));
  const answer = await fetch(`${pages.server.base}/dmarc/import`, { method: 'POST', body });
  expect(answer.status).toBe(403);
  expect(readdirSync(folder)).toEqual([]);
});

test('the form stands where the reports are, in both languages', async () => {
  for (const path of ['/dmarc', '/dmarc/report']) {
    const page = await pages.get(path);
    expect(page.text).toContain('action="/dmarc/import"');
    expect(wordsOf(await pages.get(path, 'ja'))).toContain('レポートの取り込み');
  }
});
