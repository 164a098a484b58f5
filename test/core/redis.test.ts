import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectRedis, inspectServer, reviewServer } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();

/** INFO as Redis writes it, with lines changed. */
function info(changes: Readonly<Record<string, string>> = {}): string {
  const fields = {
    redis_version: '7.0.15',
    run_id: 'f00',
    role: 'master',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    ...changes,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}:${value}`);
  return `# Server\r\n${lines.join('\r\n')}\r\n`;
}

describe('a server is looked at before anything is trusted to it', () => {
  test('one that is new, forgets nothing and keeps a file passes', () => {
    expect(reviewServer(info())).toEqual({ version: '7.0.15', runId: 'f00', refusals: [], warnings: [] });
  });

  test.each(['6.2.0', '6.2.14', '7.2.4', '8.0.0', '10.1'])('version %s is new enough', (redis_version) => {
    expect(reviewServer(info({ redis_version })).refusals).toEqual([]);
  });

  test.each(['6.0.16', '5.0.7', '2.8', ''])('version "%s" is refused', (redis_version) => {
    expect(reviewServer(info({ redis_version })).refusals).toEqual([expect.stringContaining('6.2')]);
  });

  test.each(['allkeys-lru', 'volatile-ttl'])('one that evicts (%s) is refused', (maxmemory_policy) => {
    expect(reviewServer(info({ maxmemory_policy })).refusals).toEqual([
      expect.stringContaining(maxmemory_policy),
    ]);
  });

  test('a replica is refused', () => {
    expect(reviewServer(info({ role: 'slave' })).refusals).toEqual([expect.stringContaining('replica')]);
  });

  test('one without an append-only file is warned about', () => {
    const review = reviewServer(info({ aof_enabled: '0' }));
    expect(review).toMatchObject({ refusals: [], warnings: [expect.stringContaining('append-only')] });
  });

  test('everything that is wrong is said at once', () => {
    expect(
      reviewServer(info({ redis_version: '5.0', maxmemory_policy: 'allkeys-lru' })).refusals,
    ).toHaveLength(2);
  });

  test('a real one that evicts is refused with its policy', async () => {
    await server.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    onTestFinished(async () => {
      await server.redis.config('SET', 'maxmemory-policy', 'noeviction');
    });
    await expect(inspectServer(server.redis)).rejects.toMatchObject({
      code: 'REDIS_UNFIT',
      message: expect.stringContaining('allkeys-lru'),
    });
  });
});

test('a command that is given while Redis is away is carried out when it is back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-away-'));
  const first = await startRedisServer(folder);
  const redis = connectRedis(first.url);
  redis.on('error', () => {});
  onTestFinished(() => {
    redis.disconnect();
    rmSync(folder, { recursive: true, force: true });
  });
  await redis.set('before', '1');
  await first.close();

  const written = redis.set('meanwhile', '2');
  const second = await startRedisServer(folder);
  onTestFinished(() => second.close());
  await written;
  expect(await redis.mget('before', 'meanwhile')).toEqual(['1', '2']);
});

test('a socket may be given as a path or as a unix: URL', async () => {
  for (const url of [server.url, `unix://${server.url}`]) {
    const redis = connectRedis(url);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  }
});
