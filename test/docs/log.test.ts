import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogEvent } from '../../src/log/event.ts';
import { eventId } from '../../src/log/event-id.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { queryLog } from '../../src/log/query.ts';
import { logRows } from '../../src/log/row.ts';
import { codeBlocks, codeSpans, readDoc, tableRows, titledBlocks } from '../support/markdown.ts';
import { MovableClock } from '../support/movable-clock.ts';

const doc = readDoc('docs/log.md');
const AT = Date.UTC(2026, 10, 27);

/** A little of everything that the questions ask for. */
const events: readonly Partial<LogEvent>[] = [
  { event_type: 'campaign_accepted', detail: { override: { by: 'mei', reason: 'new terms' } } },
  { event_type: 'campaign_held', detail: { code: 'SES_QUOTA', reason: 'used up', until: AT } },
  { event_type: 'invalid', seq: 1, recipient: 'anna@', reason: 'domain_empty' },
  { event_type: 'skipped', seq: 2, recipient: 'b@example.com', reason: 'bounced' },
  {
    event_type: 'accepted',
    seq: 3,
    recipient: 'Anna@example.com',
    ses_message_id: '0100018f-1',
    override: true,
  },
  {
    event_type: 'rejected',
    seq: 4,
    recipient: 'c@example.jp',
    reason: 'MESSAGE_REJECTED',
    diagnostic: 'no',
    mark: '1',
  },
  { event_type: 'in_doubt', seq: 5, recipient: 'd@example.jp', reason: 'ECONNRESET', mark: '2' },
  { event_type: 'in_doubt', seq: 6, recipient: 'e@example.jp', reason: 'ECONNRESET', mark: '2' },
  { event_type: 'accepted', seq: 6, recipient: 'e@example.jp', ses_message_id: '0100018f-2' },
];

let dir = '';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-doc-log-'));
  const sink = new FilesSink({ dir, writer: 'doc', clock: new MovableClock() });
  await sink.write(
    logRows({ common: { campaign_id: 'spring', project: 'default', event_time: AT }, events }, AT),
  );
  await sink.close();
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const questions = codeBlocks(doc, 'sql');

test('there are questions', () => {
  expect(questions.length).toBeGreaterThan(6);
});

test.each(titledBlocks(doc, 'sql'))('the log answers: %s', async (_title, sql) => {
  const { rows } = await queryLog(dir, sql);
  expect(rows).not.toEqual([]);
});

test('only who is still in doubt is named as that', async () => {
  const { rows } = await queryLog(dir, questions.at(-1) ?? '');
  expect(rows.map((row) => row['seq'])).toEqual([5]);
});

test('the columns are those of the table, in its order and with its types', async () => {
  const { rows } = await queryLog(dir, 'DESCRIBE events');
  const found = rows.map((row) => [
    row['column_name'],
    row['column_type'] === 'TIMESTAMP WITH TIME ZONE' ? 'TIMESTAMPTZ' : row['column_type'],
  ]);
  const written = tableRows(doc, 'column').map((row) => [codeSpans(row['column'] ?? '').join(), row['type']]);
  expect(written).toEqual(found);
});

test('every type of event is explained, and no other', () => {
  const source = readFileSync(new URL('../../src/log/event.ts', import.meta.url), 'utf8');
  const [union = ''] = /export type EventType =[^;]+;/.exec(source) ?? [];
  const types = [...union.matchAll(/'(\w+)'/g)].map(([, type]) => type);
  expect(types.length).toBeGreaterThan(15);
  const explained = tableRows(doc, 'type').map((row) => codeSpans(row['type'] ?? '').join());
  expect(explained.toSorted()).toEqual(types.toSorted());
});

test('every change of a campaign or a setting that is logged is named', () => {
  const src = fileURLToPath(new URL('../../src/', import.meta.url));
  const logged = globSync('{core,feedback,guard,queue,send}/**/*.{ts,lua}', { cwd: src }).flatMap((path) =>
    [...readFileSync(join(src, path), 'utf8').matchAll(/['"](campaign_[a-z_]+)['"]/g)].map(
      ([, type = '']) => type,
    ),
  );
  const source = readFileSync(join(src, 'log/event.ts'), 'utf8');
  const [union = ''] = /export type SettingChange =[^;]+;/.exec(source) ?? [];
  const settings = [...union.matchAll(/'(\w+)'/g)].map(([, type = '']) => type);
  const types = [...new Set([...logged, ...settings])].filter((type) => !/^campaign_(id)?$/.test(type));
  expect(types.length).toBeGreaterThan(12);
  expect(types.filter((type) => !doc.includes(`\`${type}\``))).toEqual([]);
});

describe('ids look as they are shown', () => {
  test.each([
    [{ campaign_id: 'spring', seq: 12, event_type: 'skipped', reason: 'bounced' }],
    [{ campaign_id: 'spring', seq: 12, event_type: 'in_doubt', mark: '3' }],
    [{ campaign_id: 'spring', event_type: 'campaign_paused' }],
    [{ recipient: 'a@example.jp', sender: 'news@example.jp', event_type: 'unsubscribe' }],
  ] as const)('%j', (event) => {
    const [, ids = ''] = /## Ids([\s\S]*?)## /.exec(doc) ?? [];
    expect(ids.split('\n').map((line) => line.replace(/ {2,}.*/, ''))).toContain(
      eventId({ ...event, event_time: AT }),
    );
  });
});
