import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { judgeCsv } from '../support/audience-rules.ts';
import { Daemon, sluice } from '../support/cli.ts';

/* What says what would happen, and what only tries: `check`, `send --dry-run`, `send --test` and `doctor`. */

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const stamp = { at: 1, source: 'test', detail: null };
const listed = (file: string) =>
  judgeCsv(readFileSync(`${samples}${file}`, 'utf8'), 'email').flatMap(({ kind, normal }) =>
    kind === 'person' ? [normal] : [],
  );
const json = (text: string): unknown => JSON.parse(text);

let folder = '';
let redis: Redis;
let sandbox: Sandbox;
let worker: Daemon;
let environment: Record<string, string> = {};
let end = async () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-check-'));
  const server = await startRedisServer(join(folder, 'redis'));
  redis = connectRedis(server.url);
  sandbox = await startSandbox({ account: { perSecond: 400, perDay: 10_000 } });
  environment = {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_PUBLIC_URL: 'https://mail.example.co.jp',
    SLUICE_SECRET: 'a secret of this test that is long enough for anybody',
    SLUICE_LOG_DIR: join(folder, 'log'),
  };
  worker = new Daemon(['worker'], environment);
  end = async () => {
    await worker.stop();
    await sandbox.close();
    redis.disconnect();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await worker.says(/worker started/);
  const store = new SuppressionStore(redis, new Keys('{sluice}'));
  await store.add({ kind: 'sender', sender: 'news@example.co.jp' }, listed('unsubscribed.csv'), stamp);
  await store.add({ kind: 'everywhere', reason: 'bounced' }, listed('bounced.csv'), stamp);
});

afterAll(() => end());

const idle = new Keys('{sluice}');

/** All but those by which an idle worker begins, takes its turns, says that it lives, and tells what it has counted. */
const keys = async () => {
  const begun = [idle.server(), idle.account(), idle.workers(), idle.outbox(), idle.probe()];
  const turns = [idle.guardWatch(), idle.courseWatch()];
  return (await redis.keys('*')).filter(
    (key) =>
      ![...begun, ...turns].includes(key) &&
      !/:(meta|stalled-check)$/.test(key) &&
      !key.startsWith(idle.meter()),
  );
};

const Report = z.looseObject({ counts: z.record(z.string(), z.unknown()), samples: z.array(z.unknown()) });

test('check and send --dry-run say the same: what the campaign’s receipt will say', async () => {
  const before = await keys();
  const checked = await sluice(['check', `${samples}campaign.json`, '--json'], environment);
  const tried = await sluice(['send', `${samples}campaign.json`, '--dry-run', '--json'], environment);
  expect([checked.stderr, checked.code, tried.code]).toEqual(['', 0, 0]);
  // Each has asked of the domain itself.
  const timeless = (text: string) => text.replace(/"at": "[^"]*"/g, '"at": "then"');
  expect(json(timeless(tried.stdout))).toEqual(json(timeless(checked.stdout)));
  const report = Report.parse(json(checked.stdout));
  expect(report).toMatchObject({
    id: 'sample-autumn',
    standing: 'new',
    counts: {
      read: 5_000,
      duplicate: 225,
      invalid: 129,
      skipped: { unsubscribed: 92, bounced: 46, complained: 0, blocked: 0 },
      sendable: 4_508,
    },
    rate: { perSecond: 400, limitedBy: 'account', account: { perDay: 10_000 } },
    durationMs: 11_270,
    problems: [],
  });
  expect(report.samples).toHaveLength(3);
  // And nothing was enqueued, sent or logged by that.
  expect((await keys()).filter((key) => !before.includes(key))).toEqual([]);
  expect([await redis.xlen('{sluice}:outbox'), sandbox.store.stats().accepted]).toEqual([0, 0]);
});

test('what a campaign takes, whom it goes to and what would be minded is in the JSON', async () => {
  const { stdout } = await sluice(['check', `${samples}campaign.json`, '--json'], {
    ...environment,
    SLUICE_MAX_PER_DAY: '4000',
  });
  expect(json(stdout)).toMatchObject({
    quota: [
      { whose: 'account', period: 'day', limit: 10_000, takes: 4_508, share: 0.4508 },
      { whose: 'setting', period: 'day', limit: 4_000, takes: 4_508, fits: false },
    ],
    guard: { sender: 'news@example.co.jp', week: { sends: 0, bounceRate: null }, broken: [] },
    domain: { name: 'example.co.jp' },
    content: [],
    blockers: [],
  });
  const { receivers } = z
    .object({ receivers: z.array(z.object({ receiver: z.string(), recipients: z.number() })) })
    .parse(json(stdout));
  expect(receivers.filter(({ recipients }) => recipients > 0).map(({ receiver }) => receiver)).toEqual(
    expect.arrayContaining(['gmail', 'docomo', 'au', 'softbank', 'outlook', 'yahoo-japan']),
  );
});

test('a sender whose rate is beyond its limit would not be sent for: exit code 1, with the figures', async () => {
  const name = new Keys('{sluice}');
  const base = `${name.guards()}default:news@example.co.jp`;
  const hour = Math.floor(Date.now() / 3_600_000);
  await redis.hset(`${base}:h:${hour}`, { s: 1_000, b: 80 });
  await redis.zadd(name.guarded(), hour, base);
  const { code, stdout } = await sluice(['check', `${samples}campaign.json`], environment);
  await redis.del(`${base}:h:${hour}`, name.guarded());
  expect(code).toBe(1);
  expect(stdout).toMatch(/^sample-autumn .*\n {2}would not be sent: 8 % of the last 7 days' mail/);
});

test('a list that can’t be read is named with its place, on both ways out, and ends with exit code 2', async () => {
  writeFileSync(join(folder, 'people.csv'), 'email,name\na@example.com,"open\n');
  const campaign = {
    id: 'broken',
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x {{unsubscribeUrl}}' },
    audience: { kind: 'csv', path: join(folder, 'people.csv') },
  };
  const { code, stdout, stderr } = await sluice(
    ['check', '-', '--json'],
    environment,
    JSON.stringify(campaign),
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/^sluice: people\.csv, line 2.*\n$/);
  expect(json(stdout)).toEqual({ problems: [stderr.replace(/^sluice: /, '').trim()] });
});

test('a test goes to the given addresses through a worker, and to nobody who is suppressed', async () => {
  const args = ['--row', '3', '--json', '--test', 'me@example.com'];
  const store = new SuppressionStore(redis, new Keys('{sluice}'));
  await store.add({ kind: 'everywhere', reason: 'blocked' }, ['aaron@example.net'], stamp);
  const { code, stdout } = await sluice(
    ['send', ...args, `${samples}campaign.json`, 'Aaron@example.net'],
    environment,
  );
  expect(json(stdout)).toEqual({
    id: 'sample-autumn',
    row: 3,
    results: [
      {
        address: 'me@example.com',
        outcome: 'accepted',
        messageId: expect.any(String),
        reason: null,
        detail: null,
      },
      { address: 'Aaron@example.net', outcome: 'skipped', messageId: null, reason: 'blocked', detail: null },
    ],
  });
  expect(code).toBe(1);
  const [mail, ...others] = [...sandbox.store.mails()];
  expect(others).toEqual([]);
  expect(mail).toMatchObject({
    to: ['me@example.com'],
    subject: expect.stringMatching(/ さん、秋の新作が届きました$/),
    tags: { team: 'crm', sluice_campaign: 'sample-autumn', sluice_test: '1' },
  });
  expect(mail?.headers.map(({ name }) => name)).toEqual(['List-Unsubscribe', 'List-Unsubscribe-Post']);
});

test('a test uses up no id, makes no campaign, and its addresses are in no process log', async () => {
  const { stdout } = await sluice(['status', '--json'], environment);
  expect(json(stdout)).toEqual([]);
  await expect
    .poll(
      async () => {
        const query =
          "SELECT event_type, recipient, test FROM deliveries WHERE campaign_id = 'sample-autumn' ORDER BY 1";
        return json((await sluice(['log', 'query', query, '--json'], environment)).stdout);
      },
      { interval: 500 },
    )
    .toEqual([
      { event_type: 'accepted', recipient: 'me@example.com', test: true },
      { event_type: 'skipped', recipient: 'Aaron@example.net', test: true },
    ]);
  expect(worker.said).toContain('a test was sent');
  expect(worker.said).not.toMatch(/@example|\[address\]/);
});

test('doctor finds an installation that runs in order, and changes nothing', async () => {
  const before = await keys();
  const { code, stdout } = await sluice(['doctor', '--json'], environment);
  const report = z
    .object({ ok: z.boolean(), checks: z.array(z.object({ name: z.string(), status: z.string() })) })
    .parse(json(stdout));
  expect(report.checks.filter(({ status }) => status !== 'ok')).toMatchObject([
    { name: 'ses configuration', status: 'warn' },
  ]);
  expect([code, report.ok]).toEqual([0, true]);
  expect((await keys()).filter((key) => !before.includes(key))).toEqual([]);
});

test('doctor ends with exit code 1 where mail would not go out, and says what to do', async () => {
  sandbox.account.sendingEnabled = false;
  const settings = { ...environment, SLUICE_CONFIGURATION_SET: 'not-there' };
  const { code, stdout } = await sluice(['doctor'], settings);
  sandbox.account.sendingEnabled = true;
  expect(stdout).toMatch(/^fail {2}ses account .*paused.*: see the SES console/m);
  expect(stdout).toMatch(/^fail {2}ses configuration .*"not-there": run sluice setup/m);
  expect(code).toBe(1);
  const wrong = await sluice(['doctor'], { SLUICE_LOCK_MS: 'long', SLUICE_FOO: '1' });
  expect(wrong.stdout.match(/^fail {2}settings/gm)).toHaveLength(3);
  expect(wrong.code).toBe(1);
});

test('a command waits a few seconds for a Redis that is away, and says so in one line', async () => {
  const { code, stdout, stderr } = await sluice(['status'], { REDIS_URL: 'redis://u:hunter2@127.0.0.1:1' });
  expect(stderr).toBe(
    "sluice: Redis can't be reached at redis://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n",
  );
  expect([code, stdout]).toEqual([1, '']);
});
