// Ships into BigQuery until it is killed: argv[2] Redis, argv[3] REST, argv[4] gRPC, argv[5] its name.
import { connectBigQuery } from '../../../src/bigquery/connect.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { Keys } from '../../../src/core/keys.ts';
import { createLogger } from '../../../src/core/logger.ts';
import { connectRedis } from '../../../src/core/redis.ts';
import { BigQuerySink } from '../../../src/log/bigquery-sink.ts';
import { LogTable } from '../../../src/log/bigquery-table.ts';
import { Shipper } from '../../../src/log/shipper.ts';
import { StorageWriter } from '../../../src/log/storage-writer.ts';

const [url = '', restUrl = '', storageHost = '', consumer = ''] = process.argv.slice(2);
const access = { project: 'fake-project', restUrl };
const place = { project: 'fake-project', dataset: 'mail', table: 'events', location: 'asia-northeast1' };
const logger = createLogger({ level: 'info', pretty: false });
const table = new LogTable({ bigquery: connectBigQuery(access, false), place, expiryDays: null });
await new Shipper({
  redis: connectRedis(url),
  keys: new Keys('{sluice}'),
  sinks: [new BigQuerySink(table, new StorageWriter({ place, storageHost }), logger)],
  clock: systemClock,
  logger,
  random: Math.random,
  consumer,
  claimIdleMs: 500,
}).start();
