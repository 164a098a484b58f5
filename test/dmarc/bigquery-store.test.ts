import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { systemClock } from '../../src/core/clock.ts';
import { BigQueryReportStore } from '../../src/dmarc/bigquery-store.ts';
import { FilesReportStore } from '../../src/dmarc/files-store.ts';
import type { AggregateReport } from '../../src/dmarc/report.ts';
import { type ReportQuery, type ReportStore, ReportStores } from '../../src/dmarc/report-store.ts';
import { readReport } from '../../src/dmarc/report-xml.ts';
import { accessOf, logTable, PLACE } from '../support/bigquery/log-place.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { FROM_SES } from './record.ts';
import { NOW, newReportXml, type ReportOptions, reportXml } from './reports.ts';

let fake: FakeBigQuery;
let folder: string;

beforeEach(async () => {
  fake = await startFakeBigQuery();
  folder = await mkdtemp(join(tmpdir(), 'sluice-dmarc-'));
});
afterEach(async () => {
  await fake.close();
  await rm(folder, { recursive: true, force: true });
});

const store = () =>
  new BigQueryReportStore({
    bigquery: connectBigQuery(accessOf(fake), false),
    place: PLACE,
    clock: systemClock,
  });
const report = (options: ReportOptions = {}) => readReport(Buffer.from(reportXml(options)), NOW);
const rows = () => fake.rows(PLACE.dataset, 'dmarc_reports');

async function all(from: ReportStore, query: Partial<ReportQuery> = {}): Promise<AggregateReport[]> {
  const found: AggregateReport[] = [];
  for await (const each of from.reports({ months: await from.months(), ...query })) found.push(each);
  return found;
}

test('without a dataset it says what makes one', async () => {
  await expect(store().add(report())).rejects.toThrow(/no dataset fake-project\.mail: `sluice setup`/);
});

test('before the first import there is nothing, and no error', async () => {
  expect(await store().months()).toEqual([]);
  await logTable(fake).prepare();
  expect(await all(store())).toEqual([]);
});

test('reports come back as they were kept, by month and domain', async () => {
  await logTable(fake).prepare();
  const kept = [
    report({ rows: [FROM_SES, { count: 3, reason: 'forwarded' }], organisation: '日本の "Mail"' }),
    report({ id: 'r2', domain: 'example.com' }),
    readReport(Buffer.from(newReportXml()), NOW),
  ];
  const writing = store();
  for (const each of kept) expect(await writing.add(each)).toBe(true);
  expect(await store().months()).toEqual(['2025-11', '2026-11']);
  const byKey = (reports: readonly AggregateReport[]) => reports.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  expect(byKey(await all(store()))).toEqual(byKey(kept));
  expect(await all(store(), { months: ['2026-11'], domain: 'example.com' })).toEqual([kept[1]]);
});

test('a report is written once by one import after the other, and read once where two write it at a time', async () => {
  await logTable(fake).prepare();
  expect(await store().add(report())).toBe(true);
  expect(await store().add(report())).toBe(false);
  expect(await rows()).toHaveLength(1);
  // Both have looked before either writes.
  const [one, two] = [store(), store()];
  await Promise.all([one.add(report({ id: 'x' })), two.add(report({ id: 'x' }))]);
  expect((await all(store())).map(({ reportId }) => reportId).toSorted()).toEqual(['r1', 'x']);
});

test('two that make the table at a time both write into it', async () => {
  await logTable(fake).prepare();
  await Promise.all(['a', 'b', 'c'].map((id) => store().add(report({ id }))));
  expect(await all(store())).toHaveLength(3);
});

test('files and BigQuery side by side: what one of them lacks is brought there', async () => {
  await logTable(fake).prepare();
  const files = new FilesReportStore(folder);
  await files.add(report());
  const both = new ReportStores(files, store());
  expect(await both.add(report())).toBe(true);
  expect(await both.add(report())).toBe(false);
  expect(await all(store())).toEqual(await all(both));
  expect(await all(both)).toEqual([report()]);
});
