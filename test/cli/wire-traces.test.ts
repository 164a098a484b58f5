import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientOf } from '../../src/cli/wire.ts';
import { buildRoles } from '../../src/cli/wire-roles.ts';
import { openTraces } from '../../src/cli/wire-traces.ts';
import { loadConfig } from '../../src/config/load.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';

/* A real worker in this process, and a collector on this machine. */

let collector: Collector;
let end = async () => {};

beforeAll(async () => {
  const ends: (() => Promise<unknown>)[] = [];
  end = async () => {
    for (const one of ends.toReversed()) await one();
  };
  const folder = mkdtempSync(join(tmpdir(), 'sluice-traces-'));
  ends.push(async () => rmSync(folder, { recursive: true, force: true }));
  const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  ends.push(() => server.close());
  const sandbox = await startSandbox({ account: { perSecond: 1_000 } });
  ends.push(() => sandbox.close());
  collector = await startCollector();
  ends.push(() => collector.close());
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  const config = loadConfig('worker', {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_LOG_DIR: join(folder, 'log'),
    SLUICE_TRACES: 'on',
  });
  const traces = await openTraces(config);
  const client = clientOf(connectRedis(server.url), config, traces);
  const place = { endpoint: sandbox.url, queueUrl: null };
  const worker = await buildRoles(config, client, place, ['plan', 'send'], silentLogger);
  await worker.start();
  const emails = Array.from({ length: 120 }, (_email, n) => `reader${n}@example.com`);
  await enqueueCampaign(
    {
      id: 'traced',
      category: 'transactional',
      sender: { from: 'news@example.com' },
      content: { subject: 'x', text: 'x' },
      audience: { kind: 'inline', recipients: emails.map((email) => ({ email })) },
    },
    { redis: client.redis, ...(traces ? { telemetry: traces.telemetry } : {}) },
  );
  await eventually(async () => expect((await client.campaigns.receipt('traced'))?.state).toBe('finished'));
  await worker.stop();
  // What is left is sent then.
  await client.close();
});

afterAll(() => end());

const named = (name: string) => collector.spans.filter((span) => span.name === name);
const parentOf = ({ parentSpanId }: CollectedSpan) =>
  collector.spans.find(({ spanId }) => spanId === parentSpanId);

test('one trace goes from the enqueuing of a campaign over its plan to the settling of its batches', () => {
  const [first] = named('add campaigns.campaign');
  expect(first?.parentSpanId).toBeUndefined();
  const trace = collector.spans.filter(({ traceId }) => traceId === first?.traceId);
  const names = new Set(trace.map(({ name }) => name));
  for (const name of [
    'process campaigns',
    'plan a stretch',
    'addBulk batches',
    'process batches',
    'claim',
    'SendBulkEmail',
    'settle',
  ])
    expect(names).toContain(name);
  expect(trace.filter(({ name }) => name === 'settle')).toHaveLength(3);
});

test('each span is below the one that led to it', () => {
  for (const name of ['claim', 'SendBulkEmail', 'settle']) {
    expect(named(name)).toHaveLength(3);
    for (const span of named(name)) expect(parentOf(span)?.name).toBe('process batches');
  }
  expect(named('plan a stretch').length).toBeGreaterThan(0);
  for (const span of named('plan a stretch')) expect(parentOf(span)?.name).toBe('process campaigns');
  for (const span of named('process batches')) expect(parentOf(span)?.name).toBe('addBulk batches');
});

test('spans say how many and never who', () => {
  const claimed = named('claim').map(({ attributes }) => Number(attributes['claimed']));
  expect(claimed.reduce((sum, one) => sum + one, 0)).toBe(120);
  expect(named('settle')[0]?.attributes).toMatchObject({ campaign: 'traced' });
  for (const body of collector.bodies) expect(body).not.toMatch(/@/);
});

test('queues that only look for jobs make no traces', () => {
  const roots = new Set(collector.spans.filter(({ parentSpanId }) => !parentSpanId).map(({ name }) => name));
  expect([...roots]).toEqual(['add campaigns.campaign']);
});

test('nothing is collected where traces are off', async () => {
  expect(
    await openTraces(loadConfig('worker', { REDIS_URL: 'redis://127.0.0.1', SLUICE_SES: 'sandbox' })),
  ).toBeNull();
});
