import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { PostmasterBook } from '../../src/identity/postmaster-book.ts';
import { postmasterFault } from '../../src/identity/postmaster-trouble.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { PostmasterStandIn } from '../support/postmaster.ts';

/* What commands show of Postmaster Tools, in processes of their own. */

let folder = '';
let environment: Record<string, string> = {};
let end = async () => {};
let book: PostmasterBook;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-gmail-'));
  const google = new PostmasterStandIn();
  await google.start();
  const redis = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  const connection = connectRedis(redis.url);
  book = new PostmasterBook(connection, new Keys('{sluice}'));
  environment = {
    REDIS_URL: redis.url,
    SLUICE_SES: 'sandbox',
    SLUICE_LOG_DIR: join(folder, 'log'),
    SLUICE_POSTMASTER: 'on',
    SLUICE_POSTMASTER_URL: google.url,
    LOG_LEVEL: 'warn',
  };
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await book.store('example.com', [{ date: day, rate: 0.0034 }], Date.now());
  await book.store('small.example', [], Date.now());
  await book.conclude(null, Date.now());
  end = async () => {
    connection.disconnect();
    await redis.close();
    await google.stop();
    rmSync(folder, { recursive: true, force: true });
  };
});

afterAll(() => end());

test('the guard shows spam rates beside its own, for people and machines', async () => {
  const { stdout } = await sluiceHere(['guard'], environment);
  expect(stdout).toMatch(/example\.com +0\.34 % +\d{4}-\d\d-\d\d +0\.3 % +campaigns are held/);
  expect(stdout).toMatch(/small\.example .*no figure/);
  const shape = z.object({ spam: z.array(z.record(z.string(), z.unknown())) });
  const { spam } = shape.parse(JSON.parse((await sluiceHere(['guard', '--json'], environment)).stdout));
  expect(spam).toMatchObject([
    { domain: 'example.com', rate: 0.0034, verdict: 'over', limit: 0.003, warnsAt: 0.001, trouble: null },
    { domain: 'small.example', rate: null, date: null, verdict: 'none' },
  ]);
});

test('doctor has a line where they are connected, and none where they are not', async () => {
  const { stdout } = await sluiceHere(['doctor'], environment);
  expect(stdout).toMatch(/warn +postmaster .*example\.com \(0\.34 % on/);
  const without = await sluiceHere(['doctor'], { ...environment, SLUICE_POSTMASTER: 'off' });
  expect(without.stdout).not.toContain('postmaster');
});

test('status says that they could not be read', async () => {
  await book.conclude(postmasterFault('NOT_ENABLED', 'the list of domains'), Date.now());
  const { stderr } = await sluiceHere(['status'], environment);
  expect(stderr).toContain('not enabled');
});
