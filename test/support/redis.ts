import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';

/**
 * A real Redis for one test file: started before its first test, emptied before each, gone after the last.
 * `appendfsync no`, since no test here pulls the plug on the machine.
 */
export function useRedis(): { readonly redis: Redis; readonly url: string } {
  let redis: Redis | undefined;
  let url = '';
  let end = async () => {};
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'));
    const server = await startRedisServer(folder, ['--appendfsync', 'no']);
    const connection = connectRedis(server.url);
    url = server.url;
    redis = connection;
    end = async () => {
      connection.disconnect();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    };
  });
  beforeEach(async () => {
    await redis?.flushall();
  });
  afterAll(() => end());
  return {
    get redis() {
      if (!redis) throw new Error('the Redis of this file has not started yet');
      return redis;
    },
    get url() {
      return url;
    },
  };
}
