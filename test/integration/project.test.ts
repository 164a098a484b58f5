import { mkdtempSync, rmSync } from 'node:fs';
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
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { eventually } from '../support/eventually.ts';

/* Campaigns of a project with limits, as their operator meets them: commands and a worker in processes of their own. */

const keys = new Keys('{sluice}');
let redis: Redis;
let sandbox: Sandbox;
let environment: Record<string, string> = {};
let end = async () => {};

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-project-'));
  const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  redis = connectRedis(server.url);
  sandbox = await startSandbox({ account: { perSecond: 2_000, perDay: null } });
  environment = {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_LOG_DIR: join(folder, 'log'),
    LOG_LEVEL: 'warn',
  };
  const worker = new Daemon(['worker'], { ...environment, LOG_LEVEL: 'info' });
  end = async () => {
    await worker.stop();
    await sandbox.close();
    redis.disconnect();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await worker.says(/worker started/);
});

afterAll(() => end());

async function send(id: string, project: string, people: number): Promise<void> {
  const campaign = {
    id,
    project,
    category: 'transactional',
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x' },
    audience: {
      kind: 'inline',
      recipients: Array.from({ length: people }, (_, index) => ({ email: `p${index}@example.com` })),
    },
  };
  const { code } = await sluice(['send', '-'], environment, JSON.stringify(campaign));
  expect(code).toBe(0);
}

async function receipt(id: string): Promise<Receipt> {
  const found = await new Campaigns(redis, keys, systemClock).receipt(id);
  if (!found) throw new Error(`no campaign ${id}`);
  return found;
}

const comesTo = (id: string, state: string, accepted: number) =>
  eventually(async () => expect(await receipt(id)).toMatchObject({ state, counts: { accepted } }));

test('campaigns of a project are held when its day is used up, and go on when there is room', async () => {
  await sluiceHere(['project', 'set', 'shop', '--per-day', '100'], environment);
  await send('one', 'shop', 70);
  await comesTo('one', 'finished', 70);
  await send('two', 'shop', 80);
  // All that fits goes out, and not one more: calls of fifty and of thirty were to be made. One of them may still be under way when the other holds
  // the campaign; then the hold is made again with what has become of it.
  const used = await eventually(async () => {
    const { state, reason, counts } = await receipt('two');
    expect(state).toBe('held');
    expect(counts.accepted).toBeLessThanOrEqual(30);
    expect(reason).toContain(
      `${70 + counts.accepted} recipients of the project shop were sent to within 24 hours, and 100 may be`,
    );
    return 70 + counts.accepted;
  });
  // Whoever has another project has nothing to do with that.
  await send('three', 'default', 60);
  await comesTo('three', 'finished', 60);

  await aDayPasses('two', used);
  await comesTo('two', 'finished', 80);
  expect(sandbox.store.stats().accepted).toBe(210);
});

test('campaigns that are held by a limit go on when it is raised, and not when it is not', async () => {
  await sluiceHere(['project', 'set', 'shop', '--per-day', '90'], environment);
  await send('four', 'shop', 90);
  await eventually(async () => expect((await receipt('four')).state).toBe('held'));
  const kept = await sluiceHere(['project', 'set', 'shop', '--per-second', '1000'], environment);
  expect(kept.stderr).toBe('');
  expect((await receipt('four')).state).toBe('held');
  const raised = await sluiceHere(['project', 'set', 'shop', '--per-day', 'none'], environment);
  expect(raised.stderr).toBe('four was held by these limits, and goes on\n');
  await comesTo('four', 'finished', 90);
  const listed = await sluiceHere(['project', 'list', '--json'], environment);
  // Everything is counted, also what was sent while there was no limit.
  const [shop] = z.array(z.looseObject({ used: z.unknown() })).parse(JSON.parse(listed.stdout));
  expect(shop?.used).toMatchObject({ month: 240 });
});

/** What was sent was sent a day ago, and the hold is over. */
async function aDayPasses(id: string, sent: number): Promise<void> {
  const key = keys.sentIn('day', 'shop');
  const slots = (await redis.hkeys(key)).filter((field) => /^\d+$/.test(field));
  const then = Math.min(...slots.map(Number)) - 300;
  await redis
    .multi()
    .hdel(key, ...slots)
    .hset(key, { total: sent, oldest: then, [then]: sent })
    .exec();
  const hold: unknown = JSON.parse((await redis.hget(keys.campaign(id), 'held')) ?? '');
  const { code, reason } = z.object({ code: z.literal('PROJECT_DAY'), reason: z.string() }).parse(hold);
  await redis.hset(keys.campaign(id), 'held', JSON.stringify({ code, reason, until: Date.now() }));
}
