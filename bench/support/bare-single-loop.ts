/*
 * SendEmail by the AWS SDK, one recipient a call, 50 calls in flight (the SDK's own number of connections) on kept connections, each mail rendered by Handlebars.
 *
 *   node bench/support/bare-single-loop.ts URL RECIPIENTS
 */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import Handlebars from 'handlebars';
import { HTML } from './mail.ts';

const [, , url = '', count = '0'] = process.argv;
const RECIPIENTS = Number(count);
const WARM_UP = 2_000;
const CALLS = 50;
const TOKEN = 'A'.repeat(150);

const client = new SESv2Client({
  region: 'us-east-1',
  endpoint: url,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  maxAttempts: 1,
  requestHandler: { httpAgent: { keepAlive: true, maxSockets: CALLS } },
});
const html = Handlebars.compile(HTML);
const text = Handlebars.compile('Hello {{{name}}} {{{unsubscribeUrl}}}');

async function send(n: number): Promise<void> {
  const unsubscribeUrl = `https://mail.example.com/u/${TOKEN}${n}`;
  const data = {
    name: `氏名 ${n}`,
    plan: 'gold',
    city: '東京',
    points: n % 1000,
    link: `https://shop.example/${n}`,
    unsubscribeUrl,
  };
  await client.send(
    new SendEmailCommand({
      FromEmailAddress: 'Example News <news@example.com>',
      Destination: { ToAddresses: [`user${n}@example${n % 97}.com`] },
      Content: {
        Simple: {
          Subject: { Data: `Hello ${data.name}` },
          Body: { Html: { Data: html(data) }, Text: { Data: text(data) } },
          Headers: [
            { Name: 'List-Unsubscribe', Value: `<${unsubscribeUrl}>` },
            { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
          ],
        },
      },
      EmailTags: [{ Name: 'entry', Value: String(n) }],
    }),
  );
}

async function run(recipients: number): Promise<void> {
  let next = 0;
  const caller = async () => {
    while (next < recipients) {
      next += 1;
      await send(next);
    }
  };
  await Promise.all(Array.from({ length: CALLS }, caller));
}

await run(WARM_UP);
const [cpu, start] = [process.cpuUsage(), performance.now()];
await run(RECIPIENTS);
const used = process.cpuUsage(cpu);
const perSecond = (RECIPIENTS / (performance.now() - start)) * 1000;
const cpuPer100k = ((used.user + used.system) / 1e6 / RECIPIENTS) * 100_000;
process.stdout.write(`${JSON.stringify({ perSecond, cpuPer100k })}\n`);
