import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { BigQuerySink } from '../../src/log/bigquery-sink.ts';
import type { LogRow } from '../../src/log/event.ts';
import { StorageWriter } from '../../src/log/storage-writer.ts';
import { batch, memoryLog, rowsOf } from '../log/support.ts';
import { accessOf, logTable, PLACE, WRITERS } from '../support/bigquery/log-place.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';

let fake: FakeBigQuery;
let sink: BigQuerySink;
let log = memoryLog();

describe.each(WRITERS)('the log by the way %s', (way, writerTo) => {
  beforeEach(async () => {
    fake = await startFakeBigQuery();
    log = memoryLog();
    sink = new BigQuerySink(logTable(fake), writerTo(fake), log);
  });

  afterEach(async () => {
    await sink.close();
    await fake.close();
  });

  const operation = way === 'storage' ? 'append' : 'insertAll';
  const stored = () => fake.rows('mail', 'events');
  const seqs = async () => (await stored()).map((row) => Number(row['seq'])).toSorted((a, b) => a - b);
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const rows = (from: number, count: number): LogRow[] => rowsOf(batch(from, count));

  test('makes the table, and every column arrives as it was', async () => {
    const [first] = rows(1, 1);
    const full: LogRow[] = first
      ? [
          {
            ...first,
            recipient: '山田@例え.jp',
            diagnostic: 'smtp; 550 宛先がありません\n"quoted"',
            override: true,
            tags: { team: 'crm' },
            detail: { figures: [1, 2.5], note: '絵文字 🎉', nested: { yes: true } },
          },
        ]
      : [];
    expect(await sink.write(full)).toEqual([]);
    expect(await stored()).toMatchObject([
      {
        event_id: first?.event_id,
        event_time: '2026-11-27T12:00:00.000000Z',
        logged_at: '2026-11-27T13:00:00.000000Z',
        campaign_id: 'spring',
        recipient: '山田@例え.jp',
        diagnostic: 'smtp; 550 宛先がありません\n"quoted"',
        override: true,
        test: false,
        reason: null,
      },
    ]);
    const [row] = await stored();
    expect(JSON.parse(String(row?.['detail']))).toEqual(full[0]?.detail);
    expect(JSON.parse(String(row?.['tags']))).toEqual({ team: 'crm' });
    expect(log.lines.join('\n')).not.toContain('@');
  });

  test('takes more rows than one request holds', async () => {
    expect(await sink.write(rows(1, 2_700))).toEqual([]);
    expect(await seqs()).toEqual(numbers(1, 2_700));
  });

  test.each(['unavailable', 'tooManyRequests', 'quotaExceeded', 'resetBefore'] as const)(
    'of a request that fails with %s nothing is said to be there, and the next one writes it',
    async (kind) => {
      await sink.write(rows(1, 1));
      fake.faults.next(operation, kind, 8);
      await expect(sink.write(rows(2, 3))).rejects.toMatchObject({
        code: expect.stringMatching(/^BIGQUERY_(AWAY|BUSY)$/),
      });
      fake.faults.clear();
      expect(await sink.write(rows(2, 3))).toEqual([]);
      expect(await seqs()).toEqual([1, 2, 3, 4]);
    },
    30_000,
  );

  test('a connection that is cut after the write makes rows twice, never none, and the view has them once', async () => {
    await sink.write(rows(1, 1));
    fake.faults.next(operation, 'resetAfter', way === 'storage' ? 1 : 8);
    await expect(sink.write(rows(2, 3))).rejects.toMatchObject({ code: 'BIGQUERY_AWAY' });
    fake.faults.clear();
    await sink.write(rows(2, 3));
    expect(new Set(await seqs())).toEqual(new Set([1, 2, 3, 4]));
    expect((await seqs()).length).toBeGreaterThan(4);
    const [found] = await connectBigQuery(accessOf(fake), false).query({
      query: 'SELECT seq FROM `fake-project.mail.deliveries` ORDER BY seq',
      location: 'asia-northeast1',
    });
    expect(found.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test('a slow answer is waited for', async () => {
    await sink.write(rows(1, 1));
    fake.faults.next(operation, { slowMs: 300 });
    expect(await sink.write(rows(2, 2))).toEqual([]);
    expect(await seqs()).toEqual([1, 2, 3]);
  });

  test('rows that BigQuery will never take are given back with the reason, and keep no other one back', async () => {
    fake.faults.poison = (row) => (Number(row['seq']) % 100 === 7 ? 'no such luck' : null);
    const refused = await sink.write(rows(1, 600));
    expect(refused.map(({ row }) => row.seq).toSorted((a, b) => Number(a) - Number(b))).toEqual([
      7, 107, 207, 307, 407, 507,
    ]);
    expect(refused[0]?.reason).toContain('no such luck');
    expect(await seqs()).toEqual(numbers(1, 600).filter((seq) => seq % 100 !== 7));
  });

  test('a row larger than a request is refused by itself', async () => {
    const [small, large] = rows(1, 2);
    const refused = await sink.write([small, { ...large, diagnostic: 'x'.repeat(11_000_000) }].filter(isRow));
    expect(refused).toMatchObject([{ row: { seq: 2 }, reason: expect.stringContaining('10 MB') }]);
    expect(await seqs()).toEqual([1]);
  });

  test('a table that is removed meanwhile is made again', async () => {
    await sink.write(rows(1, 1));
    await connectBigQuery(accessOf(fake), false).dataset('mail').table('events').delete();
    await expect(sink.write(rows(2, 1))).rejects.toMatchObject({ code: 'BIGQUERY_MISSING' });
    await sink.write(rows(2, 1));
    expect(await seqs()).toEqual([2]);
  });

  test('a table of an earlier version gets the columns that it lacks', async () => {
    const bigquery = connectBigQuery(accessOf(fake), false);
    await bigquery.createDataset('mail', { location: 'asia-northeast1' });
    await bigquery.dataset('mail').createTable('events', olderTable('INT64'));
    await sink.write(rows(1, 2));
    expect(await stored()).toMatchObject([{ seq: 1, campaign_id: 'spring' }, { seq: 2 }]);
  });

  test('a table with another type is a clash that names it, and no row is given up for it', async () => {
    await sink.write(rows(1, 1));
    const bigquery = connectBigQuery(accessOf(fake), false);
    await bigquery.dataset('mail').table('events').delete();
    await bigquery.dataset('mail').createTable('events', olderTable('BOOL'));
    await expect(sink.write(rows(2, 1))).rejects.toThrow();
    await expect(sink.write(rows(2, 1))).rejects.toMatchObject({
      code: 'BIGQUERY_CLASH',
      message: expect.stringContaining('its column seq is BOOLEAN, and the log has INTEGER there'),
    });
  });
});

describe('the Storage Write API', () => {
  beforeEach(async () => {
    fake = await startFakeBigQuery();
    sink = new BigQuerySink(logTable(fake), (WRITERS[0]?.[1] ?? never)(fake), memoryLog());
    await sink.write(rowsOf(batch(1, 1)));
  });

  afterEach(async () => {
    await sink.close();
    await fake.close();
  });

  test('an answer that resolves with an error is a failure', async () => {
    fake.faults.next('append', { errorCode: 8 });
    await expect(sink.write(rowsOf(batch(2, 1)))).rejects.toMatchObject({ code: 'BIGQUERY_BUSY' });
    await sink.write(rowsOf(batch(2, 1)));
    expect(await fake.rows('mail', 'events')).toHaveLength(2);
  });

  test('an answer that never comes is given up, and the next request has an answer of its own', async () => {
    await sink.close();
    const hasty = new StorageWriter({ place: PLACE, storageHost: fake.storageHost, answerMsMax: 4_000 });
    sink = new BigQuerySink(logTable(fake), hasty, memoryLog());
    fake.faults.next('append', 'silent');
    await expect(sink.write(rowsOf(batch(2, 1)))).rejects.toMatchObject({ code: 'BIGQUERY_AWAY' });
    await sink.write(rowsOf(batch(2, 1)));
    expect(await fake.rows('mail', 'events')).toHaveLength(2);
  });
});

/** A table with few of our columns. */
function olderTable(seqType: string) {
  const fields = [
    { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'event_type', type: 'STRING', mode: 'REQUIRED' },
    { name: 'event_time', type: 'TIMESTAMP', mode: 'REQUIRED' },
    { name: 'seq', type: seqType },
  ];
  return { schema: { fields }, timePartitioning: { type: 'DAY', field: 'event_time' } };
}

function isRow(row: LogRow | undefined | object): row is LogRow {
  return row !== undefined;
}

function never(): never {
  throw new Error('there is no such writer');
}
