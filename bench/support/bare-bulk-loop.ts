/*
 * The bare loop that every figure is compared with: SendBulkEmail by the AWS SDK, 50 entries a call, 20 calls in flight on kept
 * connections, the mail that the product sends (ten kilobytes of HTML, slots, unsubscribe headers, tags), and nothing else: no
 * suppression, no ledger, no log, no retry.
 *
 *   node bench/support/bare-bulk-loop.ts URL RECIPIENTS
 */
import { SESv2Client, SendBulkEmailCommand } from '@aws-sdk/client-sesv2';
import { HTML } from './mail.ts';

const [, , url = '', count = '0'] = process.argv;
const RECIPIENTS = Number(count);
const WARM_UP = 20_000;
const CALLS = 20;
const ENTRIES = 50;
const TOKEN = 'A'.repeat(150);

const client = new SESv2Client({
  region: 'us-east-1',
  endpoint: url,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  maxAttempts: 1,
  requestHandler: { httpAgent: { keepAlive: true, maxSockets: CALLS } },
});
const slots = ['name', 'plan', 'city', 'points', 'link', 'unsubscribeUrl'];
const html = slots.reduce((text, name, at) => text.replaceAll(`{{${name}}}`, `{{s${at}}}`), HTML);

function entry(n: number) {
  const link = `https://mail.example.com/u/${TOKEN}${n}`;
  const data = {
    s0: `氏名 ${n}`,
    s1: 'gold',
    s2: '東京',
    s3: String(n % 1000),
    s4: `https://shop.example/${n}`,
    s5: link,
  };
  return {
    Destination: { ToAddresses: [`user${n}@example${n % 97}.com`] },
    ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(data) } },
    ReplacementHeaders: [
      { Name: 'List-Unsubscribe', Value: `<${link}>` },
      { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
    ],
    ReplacementTags: [{ Name: 'entry', Value: String(n) }],
  };
}

async function run(recipients: number): Promise<void> {
  let next = 0;
  const caller = async () => {
    while (next < recipients) {
      const first = next;
      next += ENTRIES;
      await client.send(
        new SendBulkEmailCommand({
          FromEmailAddress: 'Example News <news@example.com>',
          DefaultEmailTags: [{ Name: 'campaign', Value: 'bare' }],
          DefaultContent: {
            Template: {
              TemplateContent: { Subject: 'Hello {{s0}}', Html: html, Text: 'Hello {{s0}} {{s5}}' },
              TemplateData: '{}',
            },
          },
          BulkEmailEntries: Array.from({ length: ENTRIES }, (_, at) => entry(first + at)),
        }),
      );
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
