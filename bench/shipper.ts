import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import { Keys } from '../src/core/keys.ts';
import { connectRedis } from '../src/core/redis.ts';
import { startRedisServer } from '../src/core/redis-server.ts';
import { encodeBlock } from '../src/log/block.ts';
import { FilesSink } from '../src/log/files-sink.ts';
import { Shipper } from '../src/log/shipper.ts';
import type { Figure } from './support/figure.ts';

const ROWS_PER_BLOCK = 50;
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => SILENT };

export const shipper: Figure = {
  name: 'shipper',
  about: 'rows a second from the outbox to files, one shipper, nothing else at work',
  async run({ quick, pairs, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const server = await startRedisServer(folder);
    const redis = connectRedis(server.url);
    const keys = new Keys('{sluice}');
    const values: number[] = [];
    try {
      for (let run = 0; run <= Math.min(pairs, 3); run += 1) {
        const blocks = quick ? 4_000 : 16_000;
        await fill(redis, keys.outbox(), blocks);
        const sink = new FilesSink({ dir: join(folder, `log-${run}`), writer: 'bench', clock: systemClock });
        const one = new Shipper({
          redis,
          keys,
          sinks: [sink],
          clock: systemClock,
          logger: SILENT,
          random: Math.random,
          consumer: `bench-${run}`,
        });
        const start = performance.now();
        await one.start();
        while ((await redis.xlen(keys.outbox())) > 0) await systemClock.sleep(5);
        const perSecond = ((blocks * ROWS_PER_BLOCK) / (performance.now() - start)) * 1000;
        await one.stop();
        await sink.close();
        say(`${run === 0 ? 'warm-up' : `run ${run}`}: ${Math.round(perSecond)} rows/s`);
        if (run > 0) values.push(perSecond);
      }
      return [{ what: 'shipper to files', values, unit: 'rows/s', goal: { sign: '>=', value: 100_000 } }];
    } finally {
      redis.disconnect();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function fill(redis: ReturnType<typeof connectRedis>, outbox: string, blocks: number): Promise<void> {
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
