/*
 * The usual design: a BullMQ job for each recipient, which renders the mail and makes one SendEmail call. Enqueueing is not counted.
 *
 *   node bench/support/job-a-recipient.ts REDIS_URL SES_URL RECIPIENTS
 */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { Queue, Worker } from 'bullmq';
import Handlebars from 'handlebars';
import { connectRedis } from '../../src/core/redis.ts';
import { HTML } from './mail.ts';

const [, , redisUrl = '', sesUrl = '', count = '0'] = process.argv;
const RECIPIENTS = Number(count);
/** Of 10, 20, 50 and 100 this was the fastest by a little. */
const CONCURRENCY = 50;
const BULK = 1_000;

const client = new SESv2Client({
  region: 'us-east-1',
  endpoint: sesUrl,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  maxAttempts: 1,
  requestHandler: { httpAgent: { keepAlive: true, maxSockets: CONCURRENCY } },
});
const html = Handlebars.compile(HTML);
const redis = connectRedis(redisUrl);
const queue = new Queue('mails', { connection: redis });
for (let from = 0; from < RECIPIENTS; from += BULK) {
  await queue.addBulk(
    Array.from({ length: Math.min(BULK, RECIPIENTS - from) }, (_, at) => ({
      name: 'mail',
      data: {
        email: `user${from + at}@example.com`,
        name: `氏名 ${from + at}`,
        plan: 'gold',
        city: '東京',
        points: at,
        link: 'https://shop.example',
      },
      opts: { removeOnComplete: true, removeOnFail: true },
    })),
  );
}

let done = 0;
const start = performance.now();
const cpu = process.cpuUsage();
await new Promise<void>((resolve) => {
  const worker = new Worker(
    'mails',
    async (job) => {
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: 'Example News <news@example.com>',
          Destination: { ToAddresses: [job.data.email] },
          Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Html: { Data: html(job.data) } } } },
        }),
      );
    },
    { connection: redis, concurrency: CONCURRENCY },
  );
  worker.on('completed', () => {
    done += 1;
    if (done === RECIPIENTS) void worker.close().then(resolve);
  });
});
const used = process.cpuUsage(cpu);
const perSecond = (RECIPIENTS / (performance.now() - start)) * 1000;
const cpuPer100k = ((used.user + used.system) / 1e6 / RECIPIENTS) * 100_000;
process.stdout.write(`${JSON.stringify({ perSecond, cpuPer100k })}\n`);
await queue.close();
redis.disconnect();
