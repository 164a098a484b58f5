import type { BigQuery } from '@google-cloud/bigquery';
import { connectBigQuery, projectOf } from '../bigquery/connect.ts';
import type { BigQueryPlace } from '../bigquery/place.ts';
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

export interface Warehouse {
  readonly bigquery: BigQuery;
  readonly place: BigQueryPlace;
  readonly table: LogTable;
}

/**
 * The client, and where the log is in it.
 * @throws InputFault where no dataset is named; Fault BIGQUERY_… where nobody knows the project
 */
export async function openWarehouse({ bigquery: settings }: Config, retries = true): Promise<Warehouse> {
  if (settings === null) {
    throw new InputFault([
      'SLUICE_BIGQUERY_DATASET is not set: it names the dataset of the log in BigQuery, such as sluice',
    ]);
  }
  const bigquery = connectBigQuery(settings, retries);
  const place = {
    project: await projectOf(bigquery, settings),
    dataset: settings.dataset,
    table: settings.table,
    location: settings.location,
  };
  return { bigquery, place, table: new LogTable({ bigquery, place, expiryDays: settings.expiryDays }) };
}

/** For those who read it. */
export async function openBigQueryLog(
  config: Config,
): Promise<{ readonly log: BigQueryLog; readonly name: string }> {
  const { bigquery, place } = await openWarehouse(config);
  return { log: new BigQueryLog(bigquery, place), name: `${place.project}.${place.dataset}.${place.table}` };
}

/** For those who take a person out of it. */
export async function bigQueryLogPlace(config: Config): Promise<BigQueryLogPlace> {
  const { bigquery, place } = await openWarehouse(config);
  return new BigQueryLogPlace(bigquery, place);
}

/** Writes to BigQuery by the way that is set. */
export async function bigQuerySink(config: Config, logger: Logger): Promise<BigQuerySink> {
  const warehouse = await openWarehouse(config, false);
  return new BigQuerySink(warehouse.table, rowWriter(config, warehouse), logger);
}

function rowWriter({ bigquery: settings }: Config, { bigquery, place }: Warehouse): RowWriter {
  return settings?.write === 'insert'
    ? new InsertWriter(bigquery, place)
    : new StorageWriter({
        place,
        access: {
          project: place.project,
          restUrl: settings?.restUrl ?? null,
          storageHost: settings?.storageHost ?? null,
        },
      });
}
