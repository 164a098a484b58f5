import type { BigQuery } from '@google-cloud/bigquery';
import { openPlace } from '../bigquery/connect.ts';
import { type BigQueryPlace, fullName } from '../bigquery/place.ts';
import type { Config } from '../config/schema.ts';
import { InputFault } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import { BigQueryLogPlace } from '../log/bigquery-place.ts';
import { BigQueryLog } from '../log/bigquery-read.ts';
import { BigQuerySink } from '../log/bigquery-sink.ts';
import { LogTable } from '../log/bigquery-table.ts';
import { InsertWriter } from '../log/insert-writer.ts';
import type { RowWriter } from '../log/row-writer.ts';
import { StorageWriter } from '../log/storage-writer.ts';

type Settings = NonNullable<Config['bigquery']>;

export interface Warehouse {
  readonly bigquery: BigQuery;
  readonly place: BigQueryPlace;
  readonly table: LogTable;
  readonly settings: Settings;
  /** For people. */
  readonly name: string;
}

/**
 * The client, and where the log is in it.
 * @param retries whether the client tries again by itself; a sink's caller does
 * @throws InputFault where no dataset is named; Fault BIGQUERY_… where nobody knows the project
 */
export async function openWarehouse({ bigquery: settings }: Config, retries = true): Promise<Warehouse> {
  if (settings === null) {
    throw new InputFault([
      'SLUICE_BIGQUERY_DATASET is not set: it names the dataset of the log in BigQuery, such as sluice',
    ]);
  }
  const { bigquery, place } = await openPlace(settings, retries);
  const table = new LogTable({ bigquery, place, expiryDays: settings.expiryDays });
  return { bigquery, place, table, settings, name: fullName(place, place.table) };
}

/** For those who read it. */
export async function openBigQueryLog(
  config: Config,
): Promise<{ readonly log: BigQueryLog; readonly name: string }> {
  const { bigquery, place, name } = await openWarehouse(config);
  return { log: new BigQueryLog(bigquery, place), name };
}

/** For those who take a person out of it. */
export async function bigQueryLogPlace(config: Config): Promise<BigQueryLogPlace> {
  const { bigquery, place } = await openWarehouse(config);
  return new BigQueryLogPlace(bigquery, place);
}

/** Writes by the way that is set. */
export function bigQuerySink(warehouse: Warehouse, logger: Logger): BigQuerySink {
  return new BigQuerySink(warehouse.table, rowWriter(warehouse), logger);
}

function rowWriter({ bigquery, place, settings: { write, storageHost } }: Warehouse): RowWriter {
  return write === 'insert' ? new InsertWriter(bigquery, place) : new StorageWriter({ place, storageHost });
}
