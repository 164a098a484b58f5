import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import type { Receipt } from '../../src/queue/receipt.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { eventually } from '../support/eventually.ts';

/*
 * What should stop stops, and goes on when somebody says so: commands in processes of their own, a real Redis, and the
 * sandbox, whose mails bounce as SES's do.
 */

const Counted = z.object({
  counts: z.looseObject({ accepted: z.number(), skipped: z.looseObject({ bounced: z.number() }) }),
});

const PEOPLE = 600;
const isDead = (n: number) => n % 5 === 0;
const address = (n: number) =>
  isDead(n) ? `hardbounce+${n}@sandbox.sluice.example` : `person${n}@example.com`;

let folder = '';
let environment: Record<string, string> = {};
let campaigns: Campaigns;
let connection: Redis;
let end = async () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-guard-'));
  const redis = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  const sandbox = new Daemon(['sandbox', '--port', '0', '--per-second', '700'], {});
  const [, url = ''] = await sandbox.says(/sandbox at (http:\S+)/);
  const [, queue = ''] = await sandbox.says(/in the queue (http:\S+)/);
  environment = {
    REDIS_URL: redis.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: url.replace(/\/$/, ''),
    SLUICE_SQS_URL: queue,
    SLUICE_LOG_DIR: join(folder, 'log'),
    LOG_LEVEL: 'warn',
  };
  connection = connectRedis(redis.url);
  campaigns = new Campaigns(connection, new Keys('{sluice}'), systemClock);
  const worker = new Daemon(['worker'], environment);
  end = async () => {
    await worker.stop();
    connection.disconnect();
    await sandbox.stop();
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  };
  writeFileSync(
    join(folder, 'people.csv'),
    ['email', ...Array.from({ length: PEOPLE }, (_, n) => address(n))].join('\n'),
  );
});

afterAll(() => end());

function campaign(id: string, change: object = {}): string {
  return JSON.stringify({
    id,
    category: 'transactional',
    sender: { from: 'News <news@example.com>' },
    content: { subject: 'Hello', text: 'Hello {{email}}' },
    audience: { kind: 'csv', path: join(folder, 'people.csv') },
    ...change,
  });
}

async function receiptOf(id: string): Promise<Receipt> {
  const receipt = await campaigns.receipt(id);
  if (!receipt) throw new Error(`no campaign ${id}`);
  return receipt;
}

const until = (id: string, state: string) =>
  eventually(async () => {
    const receipt = await receiptOf(id);
    expect(receipt.state).toBe(state);
    return receipt;
  });

/** As if others of this project and sender had sent nearly ten thousand mails within the last minutes. */
async function sentBefore(): Promise<void> {
  const base = '{sluice}:guard:default:news@example.com';
  const now = Date.now();
  for (const slot of [`m:${Math.floor(now / 60_000)}`, `h:${Math.floor(now / 3_600_000)}`])
    await connection.hset(`${base}:${slot}`, { s: 9_900, b: 490 });
  await connection.zadd('{sluice}:index:guarded', Math.floor(now / 3_600_000), base);
}

test('a list of which a fifth is dead is stopped in time, its dead get no more mail, and it goes on when the limit is raised', async () => {
  await sentBefore();
  const slowly = { limits: { perSecond: 20 } };
  expect((await sluice(['send', '-'], environment, campaign('bad-list', slowly))).code).toBe(0);
  const held = await until('bad-list', 'held');
  expect(held.reason).toMatch(
    /^\d+(\.\d+)? % of the last hour's mail of project default from news@example\.com bounced hard: \d+ of \d{1,2},\d{3}, and the limit is 5 %$/,
  );
  // Seven more of them are more than five in a hundred.
  expect(held.counts.accepted).toBeGreaterThan(30);
  expect(held.counts.accepted).toBeLessThan(PEOPLE);

  // When calls that were on their way have ended nobody is sent to any more.
  let last = -1;
  await eventually(async () => {
    const { accepted } = (await receiptOf('bad-list')).counts;
    const before = last;
    last = accepted;
    expect(accepted).toBe(before);
  }, 1_000);
  expect(last).toBeLessThan(PEOPLE);

  const shown = await sluiceHere(['guard', '--json'], environment);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    rates: [{ project: 'default', sender: 'news@example.com', limits: { bounceRate: 0.05 } }],
    held: [{ campaign: 'bad-list', reason: held.reason }],
  });

  const refused = await sluiceHere(['resume', 'bad-list'], environment);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('what would hold bad-list still stands');

  // Another sender is not kept from sending, and the dead of the first campaign are left out of its list.
  const dead = Array.from({ length: 8 }, (_, n) => ({ email: address(n * 5) }));
  const other = await sluice(
    ['send', '-', '--wait', '--timeout', '250', '--json'],
    environment,
    campaign('other-sender', {
      sender: { from: 'shop@example.com' },
      audience: { kind: 'inline', recipients: [...dead, { email: 'person1@example.com' }] },
    }),
  );
  expect(Counted.parse(JSON.parse(other.stdout)).counts).toMatchObject({
    accepted: 1,
    skipped: { bounced: 8 },
  });
  const why = await sluiceHere(['why', 'other-sender', address(0)], environment);
  expect(why.stdout).toContain('bounced');

  const unsaid = await sluiceHere(['guard', 'set', '--bounce-rate', '50%', '--by', 'Hana'], environment);
  expect(unsaid.code).toBe(2);
  const raised = await sluiceHere(
    ['guard', 'set', '--bounce-rate', '50%', '--by', 'Hana', '--reason', 'known to be old'],
    environment,
  );
  expect(raised.stdout).toContain('at most 50 % hard bounces');
  expect((await sluiceHere(['resume', 'bad-list', '--reason', 'agreed'], environment)).code).toBe(0);
  const finished = await until('bad-list', 'finished');
  expect(finished.counts).toMatchObject({ planned: PEOPLE, accepted: PEOPLE, pending: 0 });
  await eventually(async () => expect((await receiptOf('bad-list')).counts.bounced.hard).toBe(PEOPLE / 5));
  await eventually(
    async () => expect((await sluiceHere(['audit', 'bad-list'], environment)).code).toBe(0),
    500,
  );
  const { stdout: log } = await sluiceHere(
    [
      'log',
      'query',
      `SELECT event_type, detail->>'by' AS by_whom, detail->>'reason' AS why FROM deliveries
       WHERE event_type IN ('guard_set', 'campaign_held', 'campaign_released') ORDER BY event_time`,
      '--json',
    ],
    environment,
  );
  expect(JSON.parse(log)).toMatchObject([
    { event_type: 'campaign_held', why: held.reason },
    { event_type: 'guard_set', by_whom: 'Hana', why: 'known to be old' },
    { event_type: 'campaign_released', why: 'agreed' },
  ]);
});

test('a canary stops a bad list after its first hundreds, and goes on when somebody says so', async () => {
  const sent = await sluice(
    ['send', '-'],
    environment,
    campaign('careful', {
      sender: { from: 'careful@example.com' },
      project: 'careful',
      audience: {
        kind: 'inline',
        recipients: Array.from({ length: 3_000 }, (_, n) => ({
          email: isDead(n) ? `hardbounce+c${n}@sandbox.sluice.example` : `careful${n}@example.com`,
        })),
      },
      canary: { recipients: 500, waitSeconds: 1 },
    }),
  );
  expect(sent.stderr).toBe('');
  const held = await until('careful', 'held');
  expect(held.reason).toMatch(/of the first \d+ mails bounced hard/);
  expect(held.counts).toMatchObject({ planned: 500 });
  expect((await sluiceHere(['resume', 'careful'], environment)).code).toBe(2);
  const on = await sluiceHere(
    ['resume', 'careful', '--override', '--reason', 'a test', '--by', 'Hana'],
    environment,
  );
  expect(on.stderr).toBe('');
  expect((await until('careful', 'finished')).counts).toMatchObject({ accepted: 3_000 });
});
