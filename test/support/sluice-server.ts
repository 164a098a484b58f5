import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { Daemon } from './cli.ts';

export const TOKEN = 'the-token-of-a-test-0123456789abcdef';

export interface SluiceServer {
  /** Such as `http://127.0.0.1:3000`. */
  readonly base: string;
  /** What other commands need to find it. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * `sluice up` for one test file: worker, server and sandbox as they are run, on a Redis of their own. It is not emptied between tests, so
 * each takes ids of its own.
 */
export function useSluiceServer(): SluiceServer {
  let base = '';
  let environment: Readonly<Record<string, string>> = {};
  const ends: (() => Promise<unknown> | void)[] = [];
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-server-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const redis = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
    ends.push(() => redis.close());
    environment = {
      REDIS_URL: redis.url,
      SLUICE_PORT: '0',
      SLUICE_API_TOKEN: TOKEN,
      SLUICE_FILES: folder,
      SLUICE_LOG_DIR: join(folder, 'log'),
      SLUICE_PUBLIC_URL: 'https://mail.example.com',
      SLUICE_SECRET: 'the-secret-of-a-test-which-has-more-than-thirty-two-characters',
    };
    const daemon = new Daemon(['up'], environment);
    ends.push(() => daemon.stop());
    [, base = ''] = await daemon.says(/The console is at (http:[^\s]+)\.\s/);
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });
  return {
    get base() {
      return base;
    },
    get environment() {
      return environment;
    },
  };
}
