import { connectBigQuery } from '../../../src/bigquery/connect.ts';
import type { BigQueryAccess, BigQueryPlace } from '../../../src/bigquery/place.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { BigQuerySink } from '../../../src/log/bigquery-sink.ts';
import { LogTable } from '../../../src/log/bigquery-table.ts';
import { InsertWriter } from '../../../src/log/insert-writer.ts';
import type { RowWriter } from '../../../src/log/row-writer.ts';
import { StorageWriter } from '../../../src/log/storage-writer.ts';
import type { FakeBigQuery } from './start.ts';

export const PLACE: BigQueryPlace = {
  project: 'fake-project',
  dataset: 'mail',
  table: 'events',
  location: 'asia-northeast1',
};

export function accessOf(fake: FakeBigQuery): BigQueryAccess {
  return { project: PLACE.project, restUrl: fake.restUrl };
}

export function logTable(
  fake: FakeBigQuery,
  more: Partial<BigQueryPlace> = {},
  expiryDays: number | null = null,
): LogTable {
  return new LogTable({
    bigquery: connectBigQuery(accessOf(fake), false),
    place: { ...PLACE, ...more },
    expiryDays,
  });
}

/** Both ways into the table, by the name of their setting. */
export const WRITERS: readonly (readonly ['storage' | 'insert', (fake: FakeBigQuery) => RowWriter])[] = [
  [
    'storage',
    (fake) => new StorageWriter({ place: PLACE, storageHost: fake.storageHost, answerMsMax: 60_000 }),
  ],
  ['insert', (fake) => new InsertWriter(connectBigQuery(accessOf(fake), false), PLACE)],
];

/** The log by the Storage Write API. */
export function storageSink(fake: FakeBigQuery, logger: Logger): BigQuerySink {
  const writer = new StorageWriter({ place: PLACE, storageHost: fake.storageHost });
  return new BigQuerySink(logTable(fake), writer, logger);
}
