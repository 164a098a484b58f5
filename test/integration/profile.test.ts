import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import type { Receipt } from '../../src/queue/receipt.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { type DeskStage, deskStage, HANA } from '../support/desk-stage.ts';

/*
 * A sender profile that changes while campaigns run, as operators change it: commands beside a worker that is sending. What has to come between the first
 * mail and the last is done by the desk in this process, since a command's process may take longer to start than the campaign has mails.
 */

const PEOPLE = 300;
const OWN = 'https://example.com/stop?m={{email}}&id={{customer_id}}';
const EMAIL_ONLY = 'https://example.com/stop?m={{email}}';
const json = (text: string): unknown => JSON.parse(text);

let folder = '';
let sandbox: Sandbox;
let environment: Record<string, string> = {};
let stage: DeskStage;
let end = async () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-profiles-'));
  const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  // Ten seconds for a campaign, so that there is time for a change between its first mail and its last, also on a busy machine.
  sandbox = await startSandbox({ account: { perSecond: 30 } });
  environment = {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_PUBLIC_URL: 'https://mail.example.co.jp',
    SLUICE_SECRET: 'a secret of this test that is long enough for anybody',
    SLUICE_LOG_DIR: join(folder, 'log'),
  };
  const redis = connectRedis(server.url);
  stage = deskStage({ redis, url: server.url }, environment);
  const worker = new Daemon(['worker'], environment);
  end = async () => {
    await worker.stop();
    redis.disconnect();
    await sandbox.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await worker.says(/worker started/);
  const rows = Array.from({ length: PEOPLE }, (_unused, index) => `p${index}@example.com,c${index}`);
  writeFileSync(join(folder, 'people.csv'), `email,customer_id\n${rows.join('\n')}\n`);
});

afterAll(() => end());

const run = (...args: string[]) => sluice(args, environment);
const setProfile = (name: string, from: string, change: object = {}) =>
  stage.desk.senders.setProfile({ name, from, ...change }, HANA);
async function receipt(id: string): Promise<Receipt> {
  const found = await stage.client.campaigns.receipt(id);
  if (!found) throw new Error(`no campaign ${id}`);
  return found;
}
const mailsOf = (id: string) =>
  [...sandbox.store.mails()].filter(({ tags }) => tags['sluice_campaign'] === id);
const headerOf = ({ headers }: { headers: readonly { name: string; value: string }[] }) =>
  headers.find(({ name }) => name === 'List-Unsubscribe')?.value;

function campaign(id: string, profile: string): string {
  const file = join(folder, `${id}.json`);
  const content = {
    subject: 'Hello',
    html: '<a href="{{unsubscribeUrl}}">stop</a>',
    text: 'stop: {{unsubscribeUrl}}',
  };
  const audience = { kind: 'csv', path: 'people.csv' };
  writeFileSync(file, JSON.stringify({ id, sender: { profile }, content, audience }));
  return file;
}

async function sentSome(id: string): Promise<void> {
  await expect.poll(() => mailsOf(id).length).toBeGreaterThan(0);
}

test('a change reaches a campaign that is being sent, and everybody gets one mail', async () => {
  await setProfile('news', 'News <news@example.com>', { replyTo: ['help@example.com'] });
  const file = campaign('moving', 'news');
  expect((await run('send', file)).code).toBe(0);
  await sentSome('moving');
  await setProfile('news', 'Shop <shop@example.com>', { unsubscribe: EMAIL_ONLY });
  const before = mailsOf('moving').length;
  expect((await run('send', file, '--wait', '--timeout', '250')).code).toBe(0);
  const mails = mailsOf('moving');
  expect(new Set(mails.map(({ to }) => to.join())).size).toBe(PEOPLE);
  expect(mails).toHaveLength(PEOPLE);
  const old = mails.filter(({ from }) => from.includes('news@example.com'));
  expect(old.length).toBeGreaterThan(0);
  // A call or two may have been on their way.
  expect(old.length).toBeLessThanOrEqual(before + 100);
  expect(old.length).toBeLessThan(PEOPLE);
  for (const mail of mails) {
    const isOld = old.includes(mail);
    expect(mail.replyTo).toEqual(isOld ? ['help@example.com'] : []);
    const url = isOld
      ? (/^<(https:\/\/mail\.example\.co\.jp\/u\/.+)>$/.exec(headerOf(mail) ?? '')?.[1] ?? 'none')
      : `https://example.com/stop?m=${encodeURIComponent(mail.to.join())}`;
    expect(headerOf(mail)).toBe(`<${url}>`);
    expect(mail.text).toBe(`stop: ${url}`);
    expect(mail.html?.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=')).toContain(`href="${url}"`);
  }
});

test('a URL that reads what was not planned holds the campaign, which goes on when it is set back', async () => {
  await setProfile('held', 'held@example.com', { unsubscribe: EMAIL_ONLY });
  expect((await run('send', campaign('held', 'held'))).code).toBe(0);
  await sentSome('held');
  await setProfile('held', 'held@example.com', { unsubscribe: OWN });
  await expect.poll(async () => (await receipt('held')).state).toBe('held');
  expect((await receipt('held')).reason).toMatch(/\{\{customer_id\}\}.*set the URL back/);
  // Resumed too early it is held again, and nobody has a broken link.
  expect((await run('resume', 'held')).code).toBe(0);
  await expect.poll(async () => (await receipt('held')).state).toBe('held');
  await setProfile('held', 'held@example.com', { unsubscribe: EMAIL_ONLY });
  expect((await run('resume', 'held')).code).toBe(0);
  await expect.poll(async () => (await receipt('held')).state).toBe('finished');
  expect(new Set(mailsOf('held').map(({ to }) => to.join())).size).toBe(PEOPLE);
  expect(mailsOf('held')).toHaveLength(PEOPLE);
  for (const mail of mailsOf('held'))
    expect(headerOf(mail)).toBe(`<https://example.com/stop?m=${encodeURIComponent(mail.to.join())}>`);
  expect((await run('audit', 'held')).code).toBe(0);
});

test('a campaign whose profile is removed can be cancelled, and everybody is accounted for', async () => {
  await setProfile('gone', 'gone@example.com');
  expect((await run('send', campaign('gone', 'gone'))).code).toBe(0);
  await sentSome('gone');
  await stage.desk.senders.removeProfile('gone', HANA);
  await expect.poll(async () => (await receipt('gone')).state).toBe('held');
  expect((await receipt('gone')).reason).toMatch(/there is no profile "gone"/);
  expect((await run('cancel', 'gone')).code).toBe(0);
  await expect.poll(async () => (await receipt('gone')).counts.pending).toBe(0);
  const { state, counts } = await receipt('gone');
  expect([state, counts.accepted]).toEqual(['cancelled', mailsOf('gone').length]);
  expect(counts.cancelled).toBeGreaterThan(0);
});

test('check and a test send look the profile up as well', async () => {
  await setProfile('looked', 'Looked <looked@example.com>', { unsubscribe: OWN, oneClick: false });
  const file = campaign('looked', 'looked');
  const report = z
    .object({
      sender: z.string(),
      variables: z.array(z.object({ name: z.string() })),
      warnings: z.array(z.object({ code: z.string() })),
    })
    .parse(json((await run('check', file, '--json')).stdout));
  expect(report).toEqual({
    sender: 'looked@example.com',
    variables: [{ name: 'customer_id' }],
    warnings: [{ code: 'NO_ONE_CLICK' }],
  });
  expect((await run('send', file, '--test', 'me@example.com', '--row', '3')).code).toBe(0);
  const [mail] = mailsOf('looked');
  expect(mail?.headers).toEqual([
    { name: 'List-Unsubscribe', value: '<https://example.com/stop?m=me%40example.com&id=c2>' },
  ]);
  const unknown = campaign('unknown', 'nobody');
  for (const args of [
    ['check', unknown],
    ['send', unknown],
    ['send', unknown, '--test', 'me@example.com'],
  ]) {
    const { code, stderr } = await run(...args);
    expect([args, code]).toEqual([args, 2]);
    expect(stderr).toContain('sender.profile: there is no profile "nobody"; sluice profile list shows them');
  }
});
