import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { SluiceClient } from '../../src/client/index.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { Daemon } from './cli.ts';

export interface ConsoleStage {
  /** Of the console, without a slash at its end. */
  readonly url: string;
  readonly redis: Redis;
  readonly sandbox: Sandbox;
  /** Its API, where no token is asked for. */
  readonly api: SluiceClient;
  /** Folder of the log, and of DMARC reports. */
  readonly log: string;
  enqueue(campaign: CampaignInput): Promise<void>;
}

export const keys = new Keys('{sluice}');

/**
 * `sluice up` as a process of its own, for one test file, with a Redis and a sandbox that the test sees into.
 * @param isWanted false where there is no browser to look at it with
 */
export function useConsole(
  isWanted: boolean,
  environment: Readonly<Record<string, string>> = {},
  options: SandboxOptions = {},
): ConsoleStage {
  let stage: ConsoleStage | undefined;
  let end = async () => {};
  beforeAll(async () => {
    if (!isWanted) return;
    const folder = mkdtempSync(join(tmpdir(), 'sluice-console-'));
    const lists = join(folder, 'lists');
    const log = join(folder, 'log');
    mkdirSync(lists);
    const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
    const redis = connectRedis(server.url);
    const sandbox = await startSandbox({ account: { perSecond: 1_000, perDay: null }, ...options });
    const settings = {
      REDIS_URL: server.url,
      SLUICE_SES: 'sandbox',
      AWS_ENDPOINT_URL_SESV2: sandbox.url,
      AWS_ENDPOINT_URL_SQS: sandbox.url,
      SLUICE_SQS_URL: sandbox.queueUrl ?? '',
      SLUICE_DNS_SERVERS: sandbox.dnsServer ?? '',
      SLUICE_LOG_DIR: log,
      SLUICE_FILES: lists,
      SLUICE_PORT: '0',
      SLUICE_SECRET: 'a secret of these tests that is long enough',
      LOG_LEVEL: 'warn',
      ...environment,
    };
    const up = new Daemon(['up'], settings, folder);
    end = async () => {
      await up.stop();
      await sandbox.close();
      redis.disconnect();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    };
    const [, url = ''] = await up.says(/console is at (http:\/\/\S+?)\.?\n/);
    stage = {
      url,
      redis,
      sandbox,
      api: new SluiceClient({ url }),
      log,
      enqueue: async (campaign) => {
        await enqueueCampaign(campaign, { redis, filesRoot: lists });
      },
    };
  });
  afterAll(() => end());
  const ready = () => {
    if (!stage) throw new Error('the console of this file has not started yet');
    return stage;
  };
  return {
    get url() {
      return ready().url;
    },
    get redis() {
      return ready().redis;
    },
    get sandbox() {
      return ready().sandbox;
    },
    get api() {
      return ready().api;
    },
    get log() {
      return ready().log;
    },
    enqueue: (campaign) => ready().enqueue(campaign),
  };
}
