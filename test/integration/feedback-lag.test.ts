import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { Daemon, sluice } from '../support/cli.ts';

/* A worker that is told that SES's events are late, as a reader of another process would tell it. */

const keys = new Keys('{sluice}');
let redis: Redis;
let sandbox: Sandbox;
let worker: Daemon;
let environment: Record<string, string> = {};
let end = async () => {};

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-lag-'));
  const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  redis = connectRedis(server.url);
  sandbox = await startSandbox({ account: { perSecond: 20, perDay: null } });
  environment = {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_LOG_DIR: join(folder, 'log'),
  };
  worker = new Daemon(['worker'], environment);
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

const Mails = z.array(
  z.object({ tags: z.object({ sluice_campaign: z.string(), sluice_claim: z.string() }) }),
);

/** Both threads of the worker say it: the one that sends, and the one that plans. */
const bothSay = (words: string) => worker.says(new RegExp(`(${words}[^]*){2}`));

/** Sends to three people. @returns how many calls that took */
async function callsFor(id: string): Promise<number> {
  const campaign = {
    id,
    category: 'transactional',
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x' },
    audience: {
      kind: 'inline',
      recipients: ['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com` })),
    },
  };
  const { code } = await sluice(['send', '-', '--wait'], environment, JSON.stringify(campaign));
  expect(code).toBe(0);
  const response = await fetch(`${sandbox.url}/mails?limit=200`);
  const mails = Mails.parse(await response.json()).filter(({ tags }) => tags.sluice_campaign === id);
  expect(mails).toHaveLength(3);
  return new Set(mails.map(({ tags }) => tags.sluice_claim)).size;
}

test('sending slows down while events are late, which the log and the doctor say, and goes on when they are not', async () => {
  expect(await callsFor('before')).toBe(1);
  await redis.set(keys.feedbackLag(), 3_600_000);
  await bothSay('events are applied late: sending slows down');
  // A twentieth of twenty a second is one: a call has no more than that.
  expect(await callsFor('late')).toBe(3);
  const { stdout } = await sluice(['doctor'], environment);
  expect(stdout).toMatch(
    /^warn {2}events +SES's events are applied 60 min after .* slowed down to 5% of the account's rate: start more/m,
  );
  await redis.set(keys.feedbackLag(), 0);
  await bothSay('events have caught up: sending goes on at its rate');
  expect(await callsFor('after')).toBe(1);
});
