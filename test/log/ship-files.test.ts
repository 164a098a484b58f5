import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { BigQuerySink } from '../../src/log/bigquery-sink.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { refusedFile, shipFiles } from '../../src/log/ship-files.ts';
import type { LogSink } from '../../src/log/sink.ts';
import { storageSink } from '../support/bigquery/log-place.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { batch, memoryLog, rowsOf, useFolder } from './support.ts';

const newFolder = useFolder();
let fake: FakeBigQuery;
let sink: BigQuerySink;
let dir = '';

beforeEach(async () => {
  dir = newFolder();
  fake = await startFakeBigQuery();
  sink = storageSink(fake, memoryLog());
});

afterEach(async () => {
  await sink.close();
  await fake.close();
});

async function write(writer: string, from: number, count: number, more: object = {}): Promise<void> {
  const files = new FilesSink({ dir, writer, clock: systemClock });
  await files.write(rowsOf(batch(from, count, more)));
  await files.close();
}

const ship = (to: LogSink = sink, destination = 'p.d.events') =>
  shipFiles({ dir, sink: to, destination, onProgress: () => {} });
const stored = async () => (await fake.rows('mail', 'events')).map((row) => Number(row['seq']));

test('what the files sink wrote is loaded, row for row, and only once however often it is asked for', async () => {
  await write('one', 1, 300, { detail: { 理由: 'テスト' }, tags: { team: 'crm' } });
  await write('two', 301, 20, { event_time: Date.UTC(2026, 10, 28) });
  expect(await ship()).toEqual({ files: 2, already: 0, rows: 320, broken: 0, refused: 0 });
  expect(await ship()).toEqual({ files: 2, already: 2, rows: 0, broken: 0, refused: 0 });
  expect((await stored()).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 320 }, (_, index) => index + 1),
  );
  const [first] = await fake.rows('mail', 'events');
  expect(JSON.parse(String(first?.['detail']))).toEqual({ 理由: 'テスト' });
});

test('of a file that has grown only what is new is loaded, and to another table all of it', async () => {
  await write('one', 1, 3);
  await ship();
  const [line = ''] = rowsOf(batch(9, 1)).map((row) => JSON.stringify(row));
  const path = join(dir, 'events', '2026-11-27', 'one-1.ndjson');
  await appendFile(path, `${line}\n`);
  expect(await ship()).toMatchObject({ already: 0, rows: 1 });
  expect(await stored()).toEqual([1, 2, 3, 9]);
  expect(await ship(sink, 'p.d.other')).toMatchObject({ rows: 4 });
});

test('half a line is left for later while its writer may be at work, and counted where a whole one follows', async () => {
  await write('one', 1, 2);
  const path = join(dir, 'events', '2026-11-27', 'one-1.ndjson');
  const [line = ''] = rowsOf(batch(3, 1)).map((row) => JSON.stringify(row));
  await appendFile(path, line.slice(0, 40));
  expect(await ship()).toMatchObject({ rows: 2, broken: 0 });
  await appendFile(path, `${line.slice(40)}\n{"event_id":"half\n`);
  expect(await ship()).toMatchObject({ rows: 1, broken: 1 });
  expect(await stored()).toEqual([1, 2, 3]);
});

test('a run that is cut off goes on where it was', async () => {
  await write('one', 1, 2);
  await write('two', 3, 2);
  let writes = 0;
  const failing: LogSink = {
    name: 'failing',
    close: async () => {},
    write: async (rows) => {
      writes += 1;
      if (writes === 2) throw new Error('away');
      return sink.write(rows);
    },
  };
  await expect(ship(failing)).rejects.toThrow('away');
  expect(await ship()).toMatchObject({ already: 1, rows: 2 });
  expect(await stored()).toEqual([1, 2, 3, 4]);
});

test('rows that BigQuery will never take are kept with the reason', async () => {
  await write('one', 1, 5);
  fake.faults.poison = (row) => (Number(row['seq']) === 4 ? 'no such luck' : null);
  expect(await ship()).toMatchObject({ rows: 4, refused: 1 });
  const kept: unknown = JSON.parse(await readFile(refusedFile(dir), 'utf8'));
  expect(kept).toMatchObject({ reason: expect.stringContaining('no such luck'), row: { seq: 4 } });
});

test('a folder without a log is an error that names it', async () => {
  await mkdir(join(dir, 'events'));
  await writeFile(join(dir, 'events', 'notes.txt'), '');
  await expect(ship()).rejects.toMatchObject({ problems: [expect.stringContaining('no log was found')] });
});
