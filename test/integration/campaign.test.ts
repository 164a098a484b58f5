import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import Handlebars from 'handlebars';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { judgeCsv } from '../support/audience-rules.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';

/*
 * The whole path as its users walk it: commands in processes of their own, a real Redis, and the real SDK against the
 * sandbox. One campaign is sent once, and the tests look at it from different sides.
 */

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const people = judgeCsv(readFileSync(`${samples}audience-messy.csv`, 'utf8'), 'email');
const listed = (file: string) =>
  new Set(judgeCsv(readFileSync(`${samples}${file}`, 'utf8'), 'email').map((row) => row.normal));

const Mail = z.object({
  seq: z.number(),
  to: z.array(z.string()),
  from: z.string(),
  replyTo: z.array(z.string()),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  tags: z.record(z.string(), z.string()),
});
type Mail = z.infer<typeof Mail>;

const Receipt = z.object({ state: z.string(), counts: z.record(z.string(), z.unknown()) });

let folder = '';
let sandboxUrl = '';
let redisUrl = '';
let environment: Record<string, string> = {};
let end = async () => {};
let mails: Mail[] = [];
let sent: Awaited<ReturnType<typeof sluice>>;

const json = (text: string): unknown => JSON.parse(text);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-scenario-'));
  const redis = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  const sandbox = new Daemon(['sandbox', '--port', '0', '--per-second', '3000'], {});
  sandboxUrl = (await sandbox.says(/sandbox at (http:\S+)/))[1] ?? '';
  redisUrl = redis.url;
  environment = {
    REDIS_URL: redis.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandboxUrl,
    SLUICE_PUBLIC_URL: 'https://mail.example.co.jp',
    SLUICE_SECRET: 'a secret of this test that is long enough for anybody',
    SLUICE_LOG_DIR: join(folder, 'log'),
    LOG_LEVEL: 'info',
  };
  const worker = new Daemon(['worker'], environment);
  end = async () => {
    await worker.stop();
    await sandbox.stop();
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await worker.says(/worker started/);
  await sluice(
    ['suppression', 'import', `${samples}unsubscribed.csv`, '--sender', 'NEWS@example.co.jp'],
    environment,
  );
  await sluice(['suppression', 'import', `${samples}bounced.csv`, '--reason', 'bounced'], environment);
  sent = await sluice(
    ['send', `${samples}campaign.json`, '--wait', '--timeout', '250', '--json'],
    environment,
  );
  mails = await readMails();
});

afterAll(() => end());

async function readMails(): Promise<Mail[]> {
  const all: Mail[] = [];
  for (;;) {
    const response = await fetch(`${sandboxUrl}/mails?limit=200&after=${all.at(-1)?.seq ?? 0}`);
    const page = z.array(Mail).parse(await response.json());
    if (page.length === 0) return all;
    all.push(...page);
  }
}

test('the receipt says what the data say: read, invalid, duplicate, planned, skipped by rule, accepted', () => {
  expect(sent.stderr).not.toContain('sluice:');
  expect(sent.code).toBe(0);
  expect(Receipt.parse(json(sent.stdout))).toMatchObject({
    state: 'finished',
    counts: {
      read: 5_000,
      invalid: 129,
      duplicate: 225,
      planned: 4_646,
      pending: 0,
      skipped: { unsubscribed: 92, bounced: 46, complained: 0, blocked: 0 },
      accepted: 4_508,
      rejected: 0,
      inDoubt: 0,
    },
  });
});

test('the mails at the SES endpoint go to exactly the people whom the rules leave, each once', () => {
  const unsubscribed = listed('unsubscribed.csv');
  const bounced = listed('bounced.csv');
  const expected = people
    .filter((row) => row.kind === 'person' && !unsubscribed.has(row.normal) && !bounced.has(row.normal))
    .map((row) => row.wire);
  expect(expected).toHaveLength(4_508);
  expect(mails.map((mail) => mail.to.join()).toSorted()).toEqual(expected.toSorted());
});

test('every mail has the content that Handlebars gives for its own row, and its own unsubscribe link', () => {
  const html = Handlebars.compile(readFileSync(`${samples}newsletter.html`, 'utf8'));
  const subject = Handlebars.compile('{{name}} さん、秋の新作が届きました', { noEscape: true });
  const rows = new Map(people.filter((row) => row.kind === 'person').map((row) => [row.wire, row.row]));
  const links = new Set<string>();
  for (const mail of mails) {
    const row = rows.get(mail.to[0] ?? '');
    const header = mail.headers.find(({ name }) => name === 'List-Unsubscribe')?.value ?? '';
    const unsubscribeUrl = /^<(https:\/\/mail\.example\.co\.jp\/u\/[\w-]+)>$/.exec(header)?.[1] ?? 'missing';
    links.add(unsubscribeUrl);
    const data = { ...row, campaign: 'sample-autumn', unsubscribeUrl };
    expect(mail.subject).toBe(subject(data).replaceAll(/[\r\n]/g, ' '));
    if (mail.html !== html(data)) expect(mail.html).toBe(html(data));
    expect(mail.text).toContain(unsubscribeUrl);
    expect(mail.headers).toContainEqual({
      name: 'List-Unsubscribe-Post',
      value: 'List-Unsubscribe=One-Click',
    });
  }
  expect(links.size).toBe(mails.length);
});

test('sender, reply-to and tags are the campaign’s own', () => {
  const [mail] = mails;
  expect(mail?.from).toMatch(/^=\?utf-8\?b\?.+\?= <news@example\.co\.jp>$/i);
  expect(mail?.replyTo).toEqual(['help@example.co.jp']);
  expect(mail?.tags).toMatchObject({
    team: 'crm',
    sluice_campaign: 'sample-autumn',
    sluice_entry: expect.stringMatching(/^\d+-\d+-\d+$/),
  });
});

test('the log has one row for every row of the list, and the campaign’s own changes', async () => {
  const query = `SELECT event_type, reason, count(*) AS n FROM deliveries GROUP BY ALL`;
  const { stdout } = await sluice(['log', 'query', query, '--json'], environment);
  const rows = z
    .array(z.object({ event_type: z.string(), reason: z.string().nullable(), n: z.number() }))
    .parse(json(stdout));
  const count = (type: string, reason?: string) =>
    rows
      .filter((row) => row.event_type === type && (reason === undefined || row.reason === reason))
      .reduce((sum, row) => sum + row.n, 0);
  expect(count('accepted')).toBe(4_508);
  expect(count('skipped', 'unsubscribed')).toBe(92);
  expect(count('skipped', 'bounced')).toBe(46);
  expect(count('invalid')).toBe(129);
  expect(count('duplicate')).toBe(225);
  for (const change of ['campaign_accepted', 'campaign_started', 'campaign_finished'])
    expect(count(change)).toBe(1);
});

test('the log names everybody by the address that was mailed, with SES’s message id', async () => {
  const query = `SELECT count(*) AS n, count(DISTINCT ses_message_id) AS ids, count(DISTINCT lower(recipient)) AS people,
    count(*) FILTER (recipient_domain IS NULL OR sender IS NULL OR seq IS NULL) AS incomplete FROM events WHERE event_type = 'accepted'`;
  const { stdout } = await sluice(['log', 'query', query, '--json'], environment);
  expect(json(stdout)).toEqual([{ n: 4_508, ids: 4_508, people: 4_508, incomplete: 0 }]);
});

test('the same campaign again does nothing and succeeds', async () => {
  const again = await sluice(['send', `${samples}campaign.json`, '--wait', '--json'], environment);
  expect(again.code).toBe(0);
  expect(json(again.stdout)).toEqual(json(sent.stdout));
  const stats = z
    .object({ accepted: z.number(), duplicates: z.number() })
    .parse(await (await fetch(`${sandboxUrl}/stats`)).json());
  expect(stats).toMatchObject({ accepted: 4_508, duplicates: 0 });
});

test('another campaign under the same id is refused', async () => {
  const other = {
    ...z.record(z.string(), z.unknown()).parse(json(readFileSync(`${samples}campaign.json`, 'utf8'))),
    name: 'Another one',
  };
  const { content, audience } = z
    .object({ content: z.record(z.string(), z.unknown()), audience: z.record(z.string(), z.unknown()) })
    .parse(other);
  const moved = {
    ...other,
    content: { ...content, htmlFile: `${samples}newsletter.html` },
    audience: { ...audience, path: `${samples}audience-messy.csv` },
  };
  const refused = await sluice(['send', '-'], environment, JSON.stringify(moved));
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('"sample-autumn" was used before');
});

test('a plain BullMQ job is a campaign too', async () => {
  const redis = connectRedis(redisUrl);
  const queue = new Queue('campaigns', { connection: redis, prefix: '{sluice}' });
  await queue.add('campaign', {
    id: 'plain-job',
    category: 'transactional',
    sender: { from: 'orders@example.co.jp' },
    content: { subject: 'Your order', text: 'Thank you, {{name}}' },
    audience: {
      kind: 'inline',
      recipients: [{ email: 'a@example.com', data: { name: 'A' } }, { email: 'A@EXAMPLE.com' }],
    },
  });
  await queue.close();
  const campaigns = new Campaigns(redis, new Keys('{sluice}'), systemClock);
  await eventually(async () => expect((await campaigns.receipt('plain-job'))?.state).toBe('finished'));
  await redis.quit();
  const { stdout } = await sluice(['status', 'plain-job', '--json'], environment);
  expect(json(stdout)).toMatchObject({ state: 'finished', counts: { read: 2, duplicate: 1, accepted: 1 } });
});

test('status without an id is a list of receipts', async () => {
  const { stdout } = await sluice(['status', '--json'], environment);
  const ids = z
    .array(z.object({ id: z.string() }))
    .parse(json(stdout))
    .map((receipt) => receipt.id);
  expect(ids).toContain('sample-autumn');
});

test('a campaign whose list has no such column fails before the first mail, with file, line and columns', async () => {
  const path = join(folder, 'people.csv');
  writeFileSync(path, 'name,plan\nA,free\n');
  const campaign = {
    id: 'no-column',
    sender: { from: 'news@example.co.jp' },
    content: { subject: 'x', text: 'x {{unsubscribeUrl}}' },
    audience: { kind: 'csv', path, emailColumn: 'email' },
  };
  const failed = await sluice(['send', '-', '--wait', '--json'], environment, JSON.stringify(campaign));
  expect(failed.code).toBe(1);
  const receipt = z
    .object({
      state: z.string(),
      reason: z.string(),
      counts: z.object({ read: z.number(), accepted: z.number() }),
    })
    .parse(json(failed.stdout));
  expect(receipt).toMatchObject({ state: 'failed', counts: { read: 0, accepted: 0 } });
  expect(receipt.reason).toMatch(/people\.csv, line 1: .*email.*name, plan/);
});

test('a worker that is told to stop ends with exit code 0', async () => {
  const worker = new Daemon(['worker', '--roles', 'send'], environment);
  await worker.says(/worker started/);
  expect(await worker.stop()).toBe(0);
});
