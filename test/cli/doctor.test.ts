import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkLine, ok, warn } from '../../src/cli/doctor-check.ts';
import { logFolderCheck } from '../../src/cli/doctor-log.ts';
import { type QueueFacts, queueChecks } from '../../src/cli/doctor-queue.ts';
import { type RedisFacts, redisChecks, redisFacts } from '../../src/cli/doctor-redis.ts';
import { sesChecks, unaskedChecks } from '../../src/cli/doctor-ses.ts';
import { reachRedis } from '../../src/core/reach.ts';
import { NEEDED_EVENT_TYPES } from '../../src/identity/event-types.ts';
import type { ConfigurationSetState, EventDestination } from '../../src/identity/ses-identity.ts';
import { OUTBOX_HOLD_ENTRIES } from '../../src/log/outbox.ts';
import type { OpenCampaign } from '../../src/queue/campaigns.ts';
import type { SesInspection } from '../../src/send/ses-inspection.ts';
import type { SesAccount } from '../../src/send/transport.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();

/** The lines that are not ok, as `status name`. */
const complaints = (checks: readonly { readonly name: string; readonly status: string }[]) =>
  checks.filter(({ status }) => status !== 'ok').map(({ name, status }) => `${status} ${name}`);

test('a line says how it stands, what was found, and what to do', () => {
  expect(checkLine(ok('clock', 'it runs'))).toMatch(/^ok {4}clock {2,}it runs$/);
  expect(checkLine(warn('clock', 'it is slow', 'wind it up'))).toMatch(
    /^warn {2}clock {2,}it is slow: wind it up$/,
  );
});

test('no address and no secret gets into a line, whoever wrote the reason down', () => {
  const { found } = warn('queue', 'refused "Ann <ann@example.com>"\nat redis://u:hunter2@host/0', 'x');
  expect(found).toContain('refused "Ann <[address]>" at redis://[secret]@host/0');
});

/* Redis */

const redis = (lines: Readonly<Record<string, string>>, change: Partial<RedisFacts> = {}): RedisFacts => ({
  info: Object.entries({
    redis_version: '7.4.0',
    maxmemory_policy: 'noeviction',
    role: 'master',
    aof_enabled: '1',
    used_memory: '1000000',
    maxmemory: '0',
    total_system_memory: '8000000000',
    ...lines,
  })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join(''),
  appendfsync: 'always',
  aheadMs: 20,
  ...change,
});

test('a real Redis as Sluice starts it is in order but for what this test leaves out', async () => {
  const facts = await redisFacts(server.redis);
  expect(facts).toMatchObject({ appendfsync: 'no' });
  expect(complaints(redisChecks(facts))).toEqual(['warn redis durability']);
  expect(complaints(redisChecks({ ...facts, appendfsync: 'always' }))).toEqual([]);
});

test.each([
  ['too old', { redis_version: '5.0.7' }, {}, ['fail redis']],
  ['one that evicts', { maxmemory_policy: 'allkeys-lru' }, {}, ['fail redis']],
  ['a replica', { role: 'slave' }, {}, ['fail redis']],
  ['without an append-only file', { aof_enabled: '0' }, {}, ['warn redis durability']],
  ['synced every second', {}, { appendfsync: 'everysec' }, ['warn redis durability']],
  ['one that does not tell', {}, { appendfsync: null }, []],
  ['nearly full', { used_memory: '900', maxmemory: '1000' }, {}, ['warn redis memory']],
  ['full', { used_memory: '980', maxmemory: '1000' }, {}, ['fail redis memory']],
  ['with another clock', {}, { aheadMs: -70_000 }, ['warn clock']],
] as const)('a Redis that is %s is told apart', (_what, lines, change, expected) => {
  expect(complaints(redisChecks(redis(lines, change)))).toEqual(expected);
});

test('a Redis that is not there is said to be away soon, without its password', async () => {
  await expect(reachRedis('redis://user:hunter2@127.0.0.1:1', 50)).rejects.toMatchObject({
    code: 'REDIS_AWAY',
    message: expect.stringMatching(
      /^Redis can't be reached at redis:\/\/127\.0\.0\.1:1: connect ECONNREFUSED/,
    ),
  });
  const there = await reachRedis(server.url, 5_000);
  expect(await there.ping()).toBe('PONG');
  there.disconnect();
});

test('a Redis that does not let us in is not waited for', async () => {
  await server.redis.config('SET', 'requirepass', 'hush');
  // The test would not last so long.
  await expect(reachRedis(server.url, 3_600_000)).rejects.toMatchObject({
    message: expect.stringMatching(/NOAUTH/),
  });
  await server.redis.config('SET', 'requirepass', '');
});

/* Workers, queues, campaigns, outbox */

const worker = { name: 'w', roles: ['plan', 'send', 'log'], ses: 'aws' as const, marketingObstacle: null };
const campaign: OpenCampaign = {
  id: 'autumn',
  project: 'default',
  category: 'marketing',
  epoch: 1,
  isPlanned: false,
  notBefore: null,
  isEnding: false,
  paused: false,
  held: null,
  doubt: 'auto',
  hasCanary: false,
  waitsForCanary: false,
  pending: 10,
  inDoubt: 0,
};

const queues = (change: Partial<QueueFacts> = {}): QueueFacts => ({
  workers: [worker],
  queues: [{ name: 'campaigns', live: 0, failed: 0, newestFailure: null }],
  open: [campaign],
  backlog: { entries: 3, oldestMs: 100, dead: 0 },
  setAside: null,
  hasEventQueue: false,
  feedbackLagMs: 2_000,
  doubtMs: 900_000,
  ownObstacle: 'nothing is set here',
  ...change,
});

test('an installation that runs has nothing to complain of', () => {
  expect(complaints(queueChecks(queues()))).toEqual([]);
});

test.each<[string, Partial<QueueFacts>, string[]]>([
  ['no worker and no settings for links', { workers: [] }, ['fail workers', 'fail marketing mail']],
  ['no worker', { workers: [], ownObstacle: null }, ['fail workers']],
  ['nobody who sends', { workers: [{ ...worker, roles: ['plan', 'log'] }] }, ['fail workers']],
  [
    'a worker without links among others',
    { workers: [worker, { ...worker, name: 'v', marketingObstacle: 'no secret' }] },
    ['fail marketing mail'],
  ],
  [
    'a job that failed',
    { queues: [{ name: 'campaigns', live: 1, failed: 2, newestFailure: 'id: "x@y.jp" is wrong' }] },
    ['warn queue campaigns'],
  ],
  [
    'a held campaign',
    {
      open: [
        { ...campaign, held: { code: 'SES_QUOTA', reason: 'used up', until: null, about: {}, stored: '' } },
      ],
    },
    ['warn campaigns: held'],
  ],
  ['a log that is behind', { backlog: { entries: 9, oldestMs: 90_000, dead: 0 } }, ['warn outbox']],
  [
    'a log that holds sending',
    { backlog: { entries: OUTBOX_HOLD_ENTRIES, oldestMs: 1, dead: 0 } },
    ['fail outbox'],
  ],
  [
    'events that nobody could read',
    { setAside: { messages: 2, newestReason: 'it is not JSON' } },
    ['warn events set aside'],
  ],
  ['dead letters', { backlog: { entries: 0, oldestMs: 0, dead: 1 } }, ['warn dead letters']],
  ['events that are late', { feedbackLagMs: 675_000 }, ['warn events']],
])('%s shows', (_what, change, expected) => {
  const checks = queueChecks(queues(change));
  expect(complaints(checks)).toEqual(expected);
  expect(checks.every(({ status, todo }) => (status === 'ok') === (todo === null))).toBe(true);
});

test.each(['plan', 'send', 'log', 'feedback'])(
  'that nobody has the role %s shows, and what to start',
  (role) => {
    const roles = ['plan', 'send', 'log', 'feedback'].filter((each) => each !== role);
    const [check] = queueChecks(queues({ workers: [{ ...worker, roles }], hasEventQueue: true }));
    expect(check).toMatchObject({
      status: role === 'feedback' ? 'warn' : 'fail',
      found: expect.stringContaining(`${role}: 0`),
      todo: `start one with --roles ${role}`,
    });
  },
);

test('where no queue brings events, nobody has to read them', () => {
  expect(complaints(queueChecks(queues({ hasEventQueue: false })))).toEqual([]);
});

test('how late events are is said where it is known, and what follows from it', () => {
  const line = (feedbackLagMs: number | null) =>
    queueChecks(queues({ feedbackLagMs })).find(({ name }) => name === 'events')?.found;
  expect(line(null)).toBeUndefined();
  expect(line(2_000)).toBe("SES's events are applied 2 s after their mails went out");
  expect(line(675_000)).toMatch(/applied 11 min after .* slowed down to 28% of the account's rate$/);
});

test('a hold says what it is, how to lift it, or when it lifts by itself', () => {
  const held = (until: number | null) =>
    queueChecks(
      queues({
        open: [{ ...campaign, held: { code: 'SES_QUOTA', reason: 'used up', until, about: {}, stored: '' } }],
      }),
    ).find(({ status }) => status === 'warn');
  expect(held(null)).toMatchObject({
    found: 'autumn (SES_QUOTA), used up',
    todo: expect.stringContaining('sluice resume autumn'),
  });
  expect(held(Date.parse('2026-11-27T09:00:00Z'))?.todo).toContain('2026-11-27T09:00:00.000Z');
});

/* The log's folder */

test('a folder that can be written to, one that can be made, and one that can’t', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), '');
  expect(logFolderCheck(folder, false).found).toContain('can be written to');
  expect(logFolderCheck(join(folder, 'a', 'b'), false).found).toContain('can be made');
  expect(logFolderCheck(join(folder, 'file', 'log'), false).status).toBe('fail');
  expect(logFolderCheck(join(folder, 'file', 'log'), true).status).toBe('warn');
});

/* SES */

const account: SesAccount = {
  perSecond: 14,
  perDay: 50_000,
  sentLast24Hours: 10,
  sendingEnabled: true,
  productionAccess: true,
  enforcement: 'HEALTHY',
};
const DESTINATION: EventDestination = {
  name: 'any',
  enabled: true,
  types: NEEDED_EVENT_TYPES,
  topic: 'arn:aws:sns:us-east-1:123456789012:events',
};
const set = (change: Partial<ConfigurationSetState>) => ({
  kind: 'answer' as const,
  value: { tlsRequired: true, sendingEnabled: true, destinations: [DESTINATION], ...change },
});
const inspection = (
  change: Partial<SesAccount> = {},
  configurationSet: SesInspection['configurationSet'] = set({}),
): SesInspection => ({
  account: { kind: 'answer', value: { ...account, ...change } },
  configurationSet,
});
const failure = (name: string, message = 'x') => ({ kind: 'failure' as const, name, message });

test.each<[string, SesInspection, string[]]>([
  ['in order', inspection(), []],
  ['without a quota', inspection({ perDay: null }), []],
  ['paused', inspection({ sendingEnabled: false }), ['fail ses account']],
  ['suspended', inspection({ enforcement: 'SHUTDOWN' }), ['fail ses account']],
  ['under review', inspection({ enforcement: 'PROBATION' }), ['warn ses account']],
  ['in the SES sandbox', inspection({ productionAccess: false }), ['warn ses account']],
  ['with its quota used up', inspection({ sentLast24Hours: 50_000 }), ['fail ses account']],
  ['with little left', inspection({ sentLast24Hours: 49_000 }), ['warn ses account']],
  ['without a configuration set', inspection({}, null), ['warn ses configuration']],
  ['with one that is not there', inspection({}, failure('NotFoundException')), ['fail ses configuration']],
  [
    'with one that it may not look at',
    inspection({}, failure('AccessDeniedException')),
    ['warn ses configuration'],
  ],
  ['with one that is paused', inspection({}, set({ sendingEnabled: false })), ['fail ses configuration']],
  ['with one that goes without TLS', inspection({}, set({ tlsRequired: false })), ['warn ses configuration']],
  ['with one whose events go nowhere', inspection({}, set({ destinations: [] })), ['warn ses events']],
  [
    'with one whose destination is switched off',
    inspection({}, set({ destinations: [{ ...DESTINATION, enabled: false }] })),
    ['warn ses events'],
  ],
  [
    'with one whose events go to no topic',
    inspection({}, set({ destinations: [{ ...DESTINATION, topic: null }] })),
    ['warn ses events'],
  ],
  [
    'with one that lacks a type',
    inspection({}, set({ destinations: [{ ...DESTINATION, types: DESTINATION.types.slice(1) }] })),
    ['warn ses events'],
  ],
  [
    'with one that has its types in two destinations',
    inspection(
      {},
      set({
        destinations: [
          { ...DESTINATION, types: DESTINATION.types.slice(1) },
          { ...DESTINATION, types: DESTINATION.types.slice(0, 1) },
        ],
      }),
    ),
    [],
  ],
  [
    'without credentials',
    { account: failure('CredentialsProviderError'), configurationSet: null },
    ['fail ses account'],
  ],
  [
    'that does not answer',
    { account: failure('TimeoutError'), configurationSet: null },
    ['fail ses account'],
  ],
])('an SES account %s is told apart', (_what, of, expected) => {
  const name = of.configurationSet === null ? null : 'sluice';
  expect(complaints(sesChecks(of, name))).toEqual(expected);
});

test('a sandbox publishes all events to its own queue, and is not asked for more', () => {
  expect(complaints(sesChecks(inspection({}, set({ destinations: [] })), 'sluice', true))).toEqual([]);
});

test('where SES can’t be asked from here, the workers’ word counts', () => {
  expect(complaints(unaskedChecks(null, 0))).toEqual(['warn ses account']);
  const [check] = unaskedChecks({ perSecond: 14, perDay: null, sentLast24Hours: 0, at: 0 }, 120_000);
  expect(check).toMatchObject({
    status: 'ok',
    found: expect.stringContaining('2 min ago a worker might send 14'),
  });
});
