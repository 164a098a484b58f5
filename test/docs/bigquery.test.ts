import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { BigQueryLog } from '../../src/log/bigquery-read.ts';
import { LOG_SCHEMA, viewQuery } from '../../src/log/bigquery-schema.ts';
import type { LogEvent } from '../../src/log/event.ts';
import { logRows } from '../../src/log/row.ts';
import { StorageWriter } from '../../src/log/storage-writer.ts';
import { accessOf, logTable, PLACE } from '../support/bigquery/log-place.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { codeBlocks, codeSpans, readDoc, tableRows, titledBlocks } from '../support/markdown.ts';

const doc = readDoc('docs/bigquery.md');
const questions = codeBlocks(doc, 'sql');
const AT = Date.UTC(2026, 10, 27, 9);
const TEN_MINUTES_MS = 600_000;

const anna = { seq: 1, recipient: 'Anna@example.com', recipient_domain: 'example.com' };
const bert = { seq: 2, recipient: 'bert@example.jp', recipient_domain: 'example.jp' };
const events: readonly Partial<LogEvent>[] = [
  { event_type: 'accepted', ...anna, ses_message_id: 'a' },
  { event_type: 'delivery', ...anna, ses_message_id: 'a' },
  { event_type: 'unsubscribe', ...anna, sender: 'news@example.jp', reason: 'one_click' },
  { event_type: 'accepted', ...bert, ses_message_id: 'b' },
  { event_type: 'bounce', ...bert, reason: 'Permanent/General', smtp_status: '5.1.1', mark: 'f' },
];

let fake: FakeBigQuery;
let log: BigQueryLog;

beforeAll(async () => {
  fake = await startFakeBigQuery();
  await logTable(fake).prepare();
  const common = { campaign_id: 'spring', project: 'default', event_time: AT };
  const rows = logRows({ common, events }, AT + TEN_MINUTES_MS);
  const writer = new StorageWriter({ place: PLACE, storageHost: fake.storageHost });
  // Twice, as after a worker that died: the answers count each event once.
  for (const _time of ['first', 'again']) expect(await writer.append(rows)).toEqual([]);
  await writer.close();
  log = new BigQueryLog(connectBigQuery(accessOf(fake), false), PLACE);
});

afterAll(() => fake.close());

/** The fake knows no default dataset and runs no views: the view's own query stands in its place. */
async function answer(sql: string): Promise<Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const page of log.pages(qualified(sql))) rows.push(...page.rows);
  return rows;
}

function qualified(sql: string): string {
  return sql
    .replace('FROM events', `FROM ${PLACE.dataset}.events`)
    .replace('FROM deliveries', `FROM (${viewQuery(PLACE)})`);
}

test('there are questions', () => {
  expect(questions.length).toBeGreaterThan(6);
});

test.each(titledBlocks(doc, 'sql'))('the log answers: %s', async (_title, sql) => {
  expect(await answer(sql)).not.toEqual([]);
});

test('the funnel counts people once, and the last question finds the copies', async () => {
  expect(await answer(questions[0] ?? '')).toEqual([
    { accepted: 2, delivered: 1, bounced: 1, complained: 0, opened: 0, clicked: 0 },
  ]);
  expect(await answer(questions.at(-1) ?? '')).toEqual([
    { day: '2026-11-27', stored: events.length * 2, copies: events.length },
  ]);
});

test('the columns are those of the table, in its order', () => {
  const written = tableRows(doc, 'column').map((row) => ({
    name: codeSpans(row['column'] ?? '').join(),
    type: row['type'],
    mode: row[''] === 'required' ? 'REQUIRED' : 'NULLABLE',
    description: row['means'],
  }));
  expect(written).toEqual(LOG_SCHEMA.fields);
});
