import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { connectBigQuery } from '../src/bigquery/connect.ts';
import { systemClock } from '../src/core/clock.ts';
import { Keys } from '../src/core/keys.ts';
import { connectRedis } from '../src/core/redis.ts';
import { startRedisServer } from '../src/core/redis-server.ts';
import { BigQuerySink } from '../src/log/bigquery-sink.ts';
import { LogTable } from '../src/log/bigquery-table.ts';
import { encodeBlock } from '../src/log/block.ts';
import { FilesSink } from '../src/log/files-sink.ts';
import { InsertWriter } from '../src/log/insert-writer.ts';
import type { RowWriter } from '../src/log/row-writer.ts';
import { Shipper } from '../src/log/shipper.ts';
import type { LogSink } from '../src/log/sink.ts';
import { StorageWriter } from '../src/log/storage-writer.ts';
import type { Figure } from './support/figure.ts';
import { startScript } from './support/process.ts';

const ROWS_PER_BLOCK = 50;
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => SILENT };

type Redis = ReturnType<typeof connectRedis>;

export const shipper: Figure = {
  name: 'shipper',
  about:
    'rows a second from the outbox to files and to a fake of BigQuery, one shipper, nothing else at work',
  async run({ quick, pairs, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const server = await startRedisServer(folder);
    const redis = connectRedis(server.url);
    const fake = await startScript('support/fake-bigquery.ts', ['--discard']);
    const measure = async (what: string, blocks: number, sinkOf: (run: number) => LogSink) => {
      const values: number[] = [];
      for (let run = 0; run <= Math.min(pairs, 3); run += 1) {
        const perSecond = await shipped(redis, blocks, sinkOf(run));
        say(`${what}, ${run === 0 ? 'warm-up' : `run ${run}`}: ${Math.round(perSecond)} rows/s`);
        if (run > 0) values.push(perSecond);
      }
      return values;
    };
    try {
      const blocks = quick ? 4_000 : 16_000;
      const files = await measure('files', blocks, (run) => filesSink(join(folder, `log-${run}`)));
      const storage = await measure('storage', blocks, () => storageSink(fake.line));
      const insert = await measure('insert', blocks / 8, () => insertSink(fake.line));
      const note = 'what the fake takes is in it';
      return [
        { what: 'shipper to files', values: files, unit: 'rows/s', goal: { sign: '>=', value: 100_000 } },
        {
          what: 'shipper to BigQuery, Storage Write API',
          values: storage,
          unit: 'rows/s',
          goal: { sign: '>=', value: 50_000 },
          note,
        },
        { what: 'shipper to BigQuery, insertAll', values: insert, unit: 'rows/s', goal: null, note },
      ];
    } finally {
      redis.disconnect();
      await fake.stop();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Rows a second, from the start of the shipper until the outbox is empty. */
async function shipped(redis: Redis, blocks: number, sink: LogSink): Promise<number> {
  const keys = new Keys('{sluice}');
  await fill(redis, keys.outbox(), blocks);
  const one = new Shipper({
    redis,
    keys,
    sinks: [sink],
    clock: systemClock,
    logger: SILENT,
    random: Math.random,
    consumer: `bench-${randomUUID()}`,
  });
  const start = performance.now();
  await one.start();
  while ((await redis.xlen(keys.outbox())) > 0) await systemClock.sleep(5);
  const perSecond = ((blocks * ROWS_PER_BLOCK) / (performance.now() - start)) * 1000;
  await one.stop();
  await sink.close();
  return perSecond;
}

function filesSink(dir: string): LogSink {
  return new FilesSink({ dir, writer: 'bench', clock: systemClock });
}

const PLACE = { project: 'fake-project', dataset: 'bench', table: 'events', location: null };

/** @param line the fake's: its two addresses */
function storageSink(line: string): LogSink {
  const [restUrl = '', storageHost = ''] = line.split(' ');
  return bigQuerySink(restUrl, () => new StorageWriter({ place: PLACE, storageHost }));
}

function insertSink(line: string): LogSink {
  const [restUrl = ''] = line.split(' ');
  return bigQuerySink(restUrl, (bigquery) => new InsertWriter(bigquery, PLACE));
}

function bigQuerySink(restUrl: string, writerOf: (bigquery: BigQuery) => RowWriter): LogSink {
  const bigquery = connectBigQuery({ project: PLACE.project, restUrl }, false);
  const table = new LogTable({ bigquery, place: PLACE, expiryDays: null });
  return new BigQuerySink(table, writerOf(bigquery), SILENT);
}

async function fill(redis: Redis, outbox: string, blocks: number): Promise<void> {
  for (let from = 0; from < blocks; from += 500) {
    const pipeline = redis.pipeline();
    for (let block = from; block < from + 500; block += 1) pipeline.xadd(outbox, '*', 'b', blockOf(block));
    await pipeline.exec();
  }
}

function blockOf(block: number): Buffer {
  const common = {
    event_time: Date.now(),
    campaign_id: 'bench',
    project: 'default',
    sender: 'news@example.com',
    tags: { team: 'crm' },
  };
  return encodeBlock({
    common,
    events: Array.from({ length: ROWS_PER_BLOCK }, (_, at) => {
      const seq = block * ROWS_PER_BLOCK + at + 1;
      const ses_message_id = `0100019abcdef012-${seq.toString(16).padStart(8, '0')}-6f2b-4c1d-9e8f-0123456789ab-000000`;
      return { event_type: 'accepted', recipient: `user${seq}@example${seq % 97}.com`, seq, ses_message_id };
    }),
  });
}
