import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';

/* A reader who wants no more mail, by the header of a mail that was really sent, and what the next campaigns make of it. */

const Mails = z.array(
  z.object({
    to: z.array(z.string()),
    html: z.string(),
    headers: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
);
const Receipt = z.object({ counts: z.looseObject({ accepted: z.number(), unsubscribed: z.number() }) });

const ANNA = 'Anna@example.jp';
let folder = '';
let sandboxUrl = '';
let environment: Record<string, string> = {};
let end = async () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-unsubscribe-'));
  const redis = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  const sandbox = new Daemon(['sandbox', '--port', '0'], {});
  sandboxUrl = (await sandbox.says(/sandbox at (http:\S+)/))[1] ?? '';
  const shared = {
    REDIS_URL: redis.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandboxUrl,
    SLUICE_SECRET: 'a secret of this test that is long enough for anybody',
    SLUICE_LOG_DIR: join(folder, 'log'),
  };
  const server = new Daemon(['serve'], { ...shared, SLUICE_PORT: '0' });
  const [, port = ''] = await server.says(/"port":(\d+)/);
  environment = { ...shared, SLUICE_PUBLIC_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'warn' };
  const worker = new Daemon(['worker'], environment);
  end = async () => {
    await worker.stop();
    await server.stop();
    await sandbox.stop();
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

afterAll(() => end());

async function send(id: string, from: string): Promise<z.infer<typeof Receipt>['counts']> {
  const campaign = {
    id,
    sender: { from },
    content: { subject: 'Hello', html: '<p>Hello</p><p><a href="{{unsubscribeUrl}}">Stop</a></p>' },
    audience: { kind: 'inline', recipients: [{ email: ANNA }, { email: 'ben@example.jp' }] },
  };
  const { stdout, stderr, code } = await sluice(
    ['send', '-', '--wait', '--timeout', '250', '--json'],
    environment,
    JSON.stringify(campaign),
  );
  expect([code, stderr.includes('sluice:')]).toEqual([0, false]);
  return Receipt.parse(JSON.parse(stdout)).counts;
}

async function mailTo(address: string) {
  const all = Mails.parse(await (await fetch(`${sandboxUrl}/mails?limit=200`)).json());
  const mail = all.find(({ to }) => to.includes(address));
  if (!mail) throw new Error(`nobody wrote to ${address}`);
  return mail;
}

test('a one-click POST stops the next campaign of that sender, and of no other, and why says so', async () => {
  expect(await send('first', 'News <news@example.com>')).toMatchObject({ accepted: 2 });
  const mail = await mailTo('Anna@example.jp');
  const header = (name: string) => mail.headers.find((one) => one.name === name)?.value;
  expect(header('List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
  const link = /^<(http[^>]+)>$/.exec(header('List-Unsubscribe') ?? '')?.[1] ?? '';
  expect(mail.html).toContain(link);

  // A scanner of mail follows every link, and changes nothing.
  expect((await fetch(link)).status).toBe(200);
  expect(await send('second', 'news@example.com')).toMatchObject({ accepted: 2 });

  // What a mail program sends (RFC 8058): a form, no cookies, and it follows no redirect.
  const answer = await fetch(link, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
    redirect: 'manual',
  });
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, null]);

  const other = await send('other-sender', 'shop@example.com');
  expect(other).toMatchObject({ accepted: 2, skipped: { unsubscribed: 0 } });
  // The same address under another name is the same sender.
  const third = await send('third', 'Weekly <NEWS@example.com>');
  expect(third).toMatchObject({ accepted: 1, skipped: { unsubscribed: 1 } });
  const { stdout: first } = await sluiceHere(['status', 'first', '--json'], environment);
  expect(Receipt.parse(JSON.parse(first)).counts.unsubscribed).toBe(1);

  const why = await sluiceHere(['why', 'third', 'anna@example.jp'], environment);
  expect(why.stdout).toMatch(/skipped.*unsubscribed/i);
  const before = await sluiceHere(['why', 'first', 'anna@example.jp'], environment);
  expect(before.stdout).toMatch(/unsubscribe/i);
});
