import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOf } from '../../src/cli/wire.ts';
import { buildMetrics, type Metrics } from '../../src/cli/wire-metrics.ts';
import { buildRoles } from '../../src/cli/wire-roles.ts';
import { WORKER_ROLES } from '../../src/cli/worker-card.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { METRIC_SPECS } from '../../src/core/metrics.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import type { Client } from '../../src/desk/client.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { type Scraped, scraped } from '../support/scraped.ts';

/* A real worker with all its roles in this process, a real Redis and the sandbox: what a campaign does is what Prometheus is told. */

let client: Client;
let metrics: Metrics;
let end = async () => {};
let before: Scraped;
let after: Scraped;

const SIMULATOR = 'simulator.amazonses.com';
const OURS = 'sandbox.sluice.example';
const people = (n: number, address: (index: number) => string) =>
  Array.from({ length: n }, (_person, index) => ({ email: address(index) }));

/** 120 rows: 2 invalid, 3 twice, 4 suppressed, and of 111 who are tried SES rejects 5 and 6. */
const recipients = [
  ...people(90, (n) => `person${n}@example.com`),
  ...people(10, (n) => `bounce+${n}@${SIMULATOR}`),
  ...people(5, (n) => `rejected+${n}@${OURS}`),
  ...people(6, (n) => `invalid+${n}@${OURS}`),
  ...people(4, (n) => `blocked${n}@example.com`),
  ...people(3, (n) => `person${n}@EXAMPLE.com`),
  ...people(2, () => 'no address'),
];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-metrics-'));
  const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  const sandbox = await startSandbox({ account: { perSecond: 5_000 } });
  const config = loadConfig('worker', {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_SQS_URL: sandbox.queueUrl ?? '',
    SLUICE_LOG_DIR: join(folder, 'log'),
  });
  client = clientOf(connectRedis(server.url), config);
  metrics = buildMetrics(client, config, silentLogger);
  await metrics.service.start();
  before = scraped(await metrics.text());
  await client.suppression.add(
    { kind: 'everywhere', reason: 'blocked' },
    people(4, (n) => `blocked${n}@example.com`).map(({ email }) => email),
    { at: Date.now(), source: 'operator', detail: null },
  );
  const worker = await buildRoles(
    config,
    client,
    { endpoint: sandbox.url, queueUrl: sandbox.queueUrl },
    WORKER_ROLES,
    silentLogger,
  );
  await worker.start();
  await enqueueCampaign(
    {
      id: 'c-autumn',
      category: 'transactional',
      sender: { from: 'News <news@example.com>' },
      content: { subject: 'Hello', text: 'Hello' },
      audience: { kind: 'inline', recipients },
    },
    { redis: client.redis },
  );
  await eventually(async () => {
    const receipt = await client.campaigns.receipt('c-autumn');
    expect(receipt?.state).toBe('finished');
    expect(receipt?.counts).toMatchObject({ delivered: 90, bounced: { hard: 10 } });
  });
  await client.outbox.drained(systemClock);
  await worker.stop();
  // The scrape before is shared for a second.
  await systemClock.sleep(1_000);
  after = scraped(await metrics.text());
  end = async () => {
    await metrics.service.stop();
    await client.close();
    await sandbox.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

afterAll(() => end());

test('every metric that is scraped is in the table, or Node’s own', () => {
  const ours = after.names().filter((name) => name.startsWith('sluice_'));
  expect(ours.filter((name) => !METRIC_SPECS.has(name))).toEqual([]);
  expect(after.names()).toContain('process_resident_memory_bytes');
  expect(after.names()).toContain('nodejs_eventloop_lag_p99_seconds');
});

test('before anything has happened, counters are zero and no figure is made up', () => {
  expect(before.value('sluice_recipients_accepted_total')).toBe(0);
  expect(before.value('sluice_ses_calls_total', { api: 'bulk', outcome: 'silent' })).toBe(0);
  expect(before.value('sluice_recipients_rejected_total', { reason: 'TOO_LARGE' })).toBe(0);
  expect(before.value('sluice_recipients_rejected_total', { reason: 'other' })).toBeUndefined();
  expect(before.value('sluice_http_requests_total')).toBeUndefined();
  expect(before.value('sluice_account_recipients_per_second')).toBeUndefined();
  expect(before.value('sluice_outbox_entries')).toBe(0);
});

test.each([
  ['sluice_recipients_accepted_total', {}, 100],
  ['sluice_recipients_rejected_total', { reason: 'MESSAGE_REJECTED' }, 5],
  ['sluice_recipients_rejected_total', { reason: 'INVALID_PARAMETER' }, 6],
  ['sluice_recipients_skipped_total', { rule: 'blocked' }, 4],
  ['sluice_recipients_in_doubt_total', {}, 0],
  ['sluice_batches_settled_total', {}, 3],
  ['sluice_planner_rows_total', { kind: 'person' }, 115],
  ['sluice_planner_rows_total', { kind: 'duplicate' }, 3],
  ['sluice_planner_rows_total', { kind: 'invalid' }, 2],
  ['sluice_campaigns_accepted_total', {}, 1],
  ['sluice_campaigns_ended_total', { state: 'finished' }, 1],
  ['sluice_feedback_events_total', { type: 'send' }, 100],
  ['sluice_feedback_events_total', { type: 'bounce' }, 10],
  ['sluice_feedback_event_age_seconds_count', { type: 'bounce' }, 10],
  ['sluice_suppressed_addresses', { list: 'everywhere' }, 4],
  ['sluice_campaigns_open', {}, 0],
  ['sluice_recipients_pending', {}, 0],
  ['sluice_dead_letters', { of: 'log' }, 0],
  ['sluice_account_recipients_per_second', {}, 5_000],
  ['sluice_account_rate_share', {}, 1],
  ['sluice_guard_sends', { project: 'default', period: 'week' }, 90],
  ['sluice_queue_jobs', { queue: 'batches', state: 'wait' }, 0],
])('%s %o is %d', (name, labels, value) => {
  expect(after.value(name, labels)).toBe(value);
});

test('no series is told twice, and names are as `promtool check metrics` wants them', () => {
  expect(after.repeated()).toEqual([]);
  for (const [, name = '', type = ''] of after.text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
    expect(`${name} ${type}`).toMatch(/_total counter$|^(?!.*_total )(?!.* counter$)/);
});

test('calls are counted and timed: three batches, and what SES threw back with an entry of each', () => {
  const calls = after.sum('sluice_ses_calls_total');
  expect(calls).toBeGreaterThanOrEqual(3);
  expect(after.sum('sluice_ses_call_duration_seconds_count')).toBe(calls);
  expect(after.value('sluice_ses_call_duration_seconds_bucket', { api: 'bulk', le: '+Inf' })).toBe(calls);
});

test('the sink has as many rows as the outbox was given', async () => {
  const rows = after.value('sluice_log_rows_total', { sink: 'files' }) ?? 0;
  // 120 rows of people, an accepted one for each of 100 and so on: all of them once.
  expect(rows).toBeGreaterThan(100 + 11 + 4 + 5 + 100);
  expect(after.value('sluice_log_rows_refused_total', { sink: 'files' })).toBe(0);
});

test('the worker says how it is, under a name that is no campaign and no address', () => {
  expect(after.sum('sluice_worker_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  expect(after.text).not.toContain('@');
  expect(after.text).not.toContain('c-autumn');
});
