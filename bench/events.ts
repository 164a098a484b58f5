import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { systemClock } from '../src/core/clock.ts';
import { Keys } from '../src/core/keys.ts';
import { connectRedis } from '../src/core/redis.ts';
import { startRedisServer } from '../src/core/redis-server.ts';
import { FeedbackBook } from '../src/feedback/apply.ts';
import { DeadLetters } from '../src/feedback/dead-letters.ts';
import { Intake } from '../src/feedback/intake.ts';
import { ReadingBook } from '../src/feedback/reading.ts';
import { Outbox } from '../src/log/outbox.ts';
import { eventBodies } from './support/event-bodies.ts';
import type { Figure } from './support/figure.ts';

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => SILENT };
/** As the readers of SQS bring them: ten at a time, sixteen readers. */
const AT_A_TIME = 10;
const READERS = 16;

export const events: Figure = {
  name: 'events',
  about:
    "SES's events read, judged and applied by one process, as they come out of the queue, without the queue",
  async run({ quick, pairs, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const server = await startRedisServer(folder);
    const redis = connectRedis(server.url);
    const values: number[] = [];
    try {
      for (let run = 0; run <= Math.min(pairs, 3); run += 1) {
        const mails = quick ? 10_000 : 40_000;
        const campaign = `bench-${run}`;
        const keys = new Keys('{sluice}');
        await planned(redis, keys, campaign, mails);
        const bodies = Array.from({ length: mails }, (_, mail) => eventBodies(campaign, mail)).flat();
        const perSecond = await applied(redis, keys, bodies);
        say(`${run === 0 ? 'warm-up' : `run ${run}`}: ${Math.round(perSecond)} events/s`);
        if (run > 0) values.push(perSecond);
        await redis.del(keys.outbox());
      }
      return [
        { what: 'events applied, one process', values, unit: '/s', goal: { sign: '>=', value: 10_000 } },
      ];
    } finally {
      redis.disconnect();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A campaign whose mails SES has all accepted, as most are when their events come. */
async function planned(redis: Redis, keys: Keys, campaign: string, mails: number): Promise<void> {
  await redis.hset(keys.campaign(campaign), {
    id: campaign,
    project: 'default',
    sender: 'news@example.com',
    phase: 'running',
    planned: mails,
    accepted: mails,
    next: Math.ceil(mails / 50),
  });
  await redis.sadd(keys.open(), campaign);
}

async function applied(redis: Redis, keys: Keys, bodies: readonly string[]): Promise<number> {
  const intake = new Intake({
    book: new FeedbackBook(redis, keys, new Outbox(redis, keys), null),
    reading: new ReadingBook(redis, keys),
    dead: new DeadLetters(redis, keys),
    clock: systemClock,
    logger: SILENT,
    source: 'sqs',
  });
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: READERS }, async () => {
      while (next < bodies.length) {
        const some = bodies.slice(next, next + AT_A_TIME);
        next += some.length;
        const messages = some.map((body, index) => ({ id: `${next}-${index}`, receipt: '', body }));
        const { failure } = await intake.take(messages);
        if (failure) throw failure;
      }
    }),
  );
  return (bodies.length / (performance.now() - start)) * 1000;
}
