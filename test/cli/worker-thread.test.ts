import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Daemon } from '../support/cli.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();

function startWorker(preload: string): Daemon {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-threads-'));
  const script = join(folder, 'preload.mjs');
  writeFileSync(script, preload);
  const worker = new Daemon(['worker'], {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    SLUICE_PUBLIC_URL: 'https://mail.example.com',
    SLUICE_SECRET: 'a secret that is long enough for anybody',
    SLUICE_LOG_DIR: join(folder, 'log'),
    NODE_OPTIONS: `--import ${script}`,
  });
  onTestFinished(async () => {
    await worker.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return worker;
}

/** Runs in each thread of the worker but its main one. */
const inThreads = (code: string) =>
  `import { isMainThread } from 'node:worker_threads';\nif (!isMainThread) { ${code} }\n`;

test('a worker works in threads, and all of them end with it', async () => {
  const worker = startWorker('');
  await worker.says(/worker started/);
  expect(await worker.stop()).toBe(0);
  expect(worker.said).toMatch(/worker stopped/);
});

test('a thread that can not start is said in a line, and ends the process', async () => {
  const worker = startWorker(inThreads("throw new Error('no memory for this thread');"));
  await worker.says(/^sluice: no memory for this thread$/m);
  expect(await worker.ended()).toBe(1);
});

test('a thread that fails later ends the process', async () => {
  const worker = startWorker(inThreads("setTimeout(() => { throw new Error('a fault of ours'); }, 1500);"));
  await worker.says(/a fault of ours/);
  expect(await worker.ended()).not.toBe(0);
});
