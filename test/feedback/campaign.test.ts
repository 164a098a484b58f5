import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { queryLog } from '../../src/log/query.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import type { Receipt } from '../../src/queue/receipt.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { sluice } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';

/* The whole path: workers in processes of their own, a real Redis, and the real SDKs against the sandbox. */

const BIN = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url));

let folder = '';
let redisUrl = '';
let campaigns: Campaigns;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-feedback-'));
  const redis = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  redisUrl = redis.url;
  const connection = connectRedis(redisUrl);
  campaigns = new Campaigns(connection, new Keys('{sluice}'), systemClock);
  ends.push(
    () => redis.close(),
    async () => connection.disconnect(),
  );
});

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  rmSync(folder, { recursive: true, force: true });
});

async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = await startSandbox({ account: { perSecond: 5_000 }, ...options });
  ends.push(() => sandbox.close());
  return sandbox;
}

const environmentOf = (sandbox: Sandbox) => ({
  REDIS_URL: redisUrl,
  SLUICE_SES: 'sandbox',
  AWS_ENDPOINT_URL_SESV2: sandbox.url,
  SLUICE_SQS_URL: sandbox.queueUrl ?? '',
  SLUICE_LOG_DIR: join(folder, 'log'),
  SLUICE_LOCK_MS: '1000',
});

/** A worker that can be killed; gone after the test in any case. */
function startWorker(environment: Readonly<Record<string, string>>, roles: string): ChildProcess {
  const child = spawn(process.execPath, [BIN, 'worker', '--roles', roles], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  ends.push(() => endChild(child, 'SIGTERM'));
  return child;
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'close');
}

function campaign(id: string, emails: readonly string[]): string {
  return JSON.stringify({
    id,
    category: 'transactional',
    sender: { from: 'News <news@example.com>' },
    content: { subject: 'Hello', text: 'Hello {{email}}' },
    audience: { kind: 'inline', recipients: emails.map((email) => ({ email })) },
    tags: { team: 'crm' },
  });
}

async function receiptOf(id: string): Promise<Receipt> {
  const receipt = await campaigns.receipt(id);
  if (!receipt) throw new Error(`no campaign ${id}`);
  return receipt;
}

const people = (count: number, address: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => address(n));

test('a campaign to the mailbox simulator is counted right, though its events come twice and in any order', async () => {
  const sandbox = await openSandbox({ events: { duplicates: 0.4, spreadMs: 1_500 } });
  const environment = environmentOf(sandbox);
  startWorker(environment, 'plan,send,log,feedback');
  const simulator = (part: string) => (n: number) => `${part}+${n}@simulator.amazonses.com`;
  const ours = (part: string) => (n: number) => `${part}+${n}@sandbox.sluice.example`;
  const emails = [
    ...people(60, (n) => `person${n}@example.com`),
    ...people(20, simulator('success')),
    ...people(9, simulator('bounce')),
    ...people(4, simulator('suppressionlist')),
    ...people(5, simulator('complaint')),
    ...people(3, simulator('ooto')),
    ...people(7, simulator('success+opens')),
    ...people(6, simulator('success+clicks')),
    ...people(8, ours('softbounce')),
    ...people(2, ours('delayed')),
    ...people(1, ours('virus')),
    ...people(3, ours('rejected')),
  ];
  const sent = await sluice(
    ['send', '-', '--wait', '--timeout', '250', '--json'],
    environment,
    campaign('simulated', emails),
  );
  expect(sent.stderr).not.toContain('sluice:');
  expect(sent.code).toBe(0);
  const expected = {
    accepted: 125,
    rejected: 3,
    inDoubt: 0,
    delivered: 60 + 20 + 5 + 3 + 7 + 6 + 2,
    bounced: { hard: 9 + 4, soft: 8 },
    complained: 5,
    opened: 7 + 6,
    clicked: 6,
  };
  await eventually(async () =>
    expect(sandbox.queueDepth()).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 }),
  );
  expect((await receiptOf('simulated')).counts).toMatchObject(expected);

  const counted = await eventually(async () => {
    const { rows } = await queryLog(
      join(folder, 'log'),
      `SELECT event_type AS type, count(*) AS n, count(DISTINCT seq) AS people FROM deliveries
       WHERE campaign_id = 'simulated' AND ses_message_id IS NOT NULL GROUP BY 1`,
    );
    const found = Object.fromEntries(
      rows.map((row) => [row['type'], [Number(row['n']), Number(row['people'])]]),
    );
    expect(found['send']).toEqual([124, 124]);
    expect(found['delivery']).toEqual([103, 103]);
    expect(found['click']).toEqual([6, 6]);
    return found;
  });
  expect(counted).toEqual({
    accepted: [125, 125],
    send: [124, 124],
    delivery: [103, 103],
    delivery_delay: [2, 2],
    bounce: [21, 21],
    complaint: [5, 5],
    reject: [1, 1],
    open: [13, 13],
    click: [6, 6],
  });
  const audit = await sluice(['audit', 'simulated'], environment);
  expect(audit.stdout + audit.stderr).not.toContain('differ');
  expect(audit.code).toBe(0);
});

test('what a killed worker had claimed is settled by its Send events, and nobody has two mails', async () => {
  const sandbox = await openSandbox({
    // SES takes the mails, and its answer never comes.
    faults: ({ operation }) =>
      operation === 'SendBulkEmail' ? { kind: 'delay', taken: true, ms: 120_000 } : null,
  });
  const environment = environmentOf(sandbox);
  const victim = startWorker(environment, 'plan,send,log');
  const emails = people(120, (n) => `person${n}@example.com`);
  expect((await sluice(['send', '-', '--json'], environment, campaign('killed', emails))).code).toBe(0);
  await eventually(() => expect(sandbox.store.stats().accepted).toBe(120));
  expect((await receiptOf('killed')).counts).toMatchObject({ accepted: 0, pending: 120 });
  await endChild(victim, 'SIGKILL');

  startWorker(environment, 'plan,send,log,feedback');
  await eventually(async () => expect((await receiptOf('killed')).state).toBe('finished'));
  await eventually(() => expect(sandbox.queueDepth()).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 }));
  expect((await receiptOf('killed')).counts).toMatchObject({
    accepted: 120,
    inDoubt: 0,
    pending: 0,
    resent: 0,
    delivered: 120,
  });
  expect(sandbox.store.stats()).toMatchObject({ accepted: 120, duplicates: 0 });
  const accepted = await eventually(async () => {
    const { rows } = await queryLog(
      join(folder, 'log'),
      `SELECT ses_message_id AS id FROM deliveries WHERE campaign_id = 'killed' AND event_type = 'accepted'`,
    );
    expect(rows).toHaveLength(120);
    return rows;
  });
  const ids = [...sandbox.store.mails()].map(({ messageId }) => messageId);
  expect(accepted.map((row) => row['id']).toSorted()).toEqual(ids.toSorted());
  expect((await sluice(['audit', 'killed'], environment)).code).toBe(0);
});
