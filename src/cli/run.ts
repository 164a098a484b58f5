import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../core/logger.ts';
import { startRedisServer } from '../core/redis-server.ts';
import type { Service } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { note } from './output.ts';
import type { runSandbox, SesPlace } from './wire.ts';

/** Something that was started for the length of a command. */
export interface Running<T> {
  readonly value: T;
  close(): Promise<void>;
}

/** Where embedded servers keep their data, below the folder the command runs in. */
export const DATA_FOLDER = '.sluice';

/** The Redis of the settings, or a private one in the folder where none is named. */
export async function openRedis(
  config: Config,
  folder: string,
  logger: Logger,
): Promise<Running<Client> & { readonly url: string }> {
  const { openClient } = await import('./wire.ts');
  if (config.redis.url !== null) {
    const client = await openClient(config, config.redis.url, logger);
    return { value: client, url: config.redis.url, close: () => client.close() };
  }
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  const server = await startRedisServer(path);
  try {
    const client = await openClient(config, server.url, logger);
    return {
      value: client,
      url: server.url,
      close: async () => {
        await client.close();
        await server.close();
      },
    };
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
}

/**
 * Settings for mail that goes to the sandbox: what marketing mail needs and nobody has set is made up, so that a newcomer
 * needs to set nothing. The key is kept in the folder, so that links sealed before a restart still open.
 */
export function withLinksForSandbox(config: Config, folder: string): Config {
  if (config.ses.kind === 'aws') return config;
  const { publicUrl, secrets } = config.unsubscribe;
  return {
    ...config,
    unsubscribe: {
      publicUrl: publicUrl ?? `http://127.0.0.1:${config.server.port}`,
      secrets: secrets.length > 0 ? secrets : [keptSecret(resolve(folder))],
    },
  };
}

function keptSecret(folder: string): string {
  const file = join(folder, 'secret');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, randomBytes(33).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/**
 * Where mails go: SES, a sandbox that runs somewhere else, or one that is started here, and then its events are read as
 * well unless a queue is named.
 */
export async function openSes(
  config: Config,
  options: Parameters<typeof runSandbox>[0],
): Promise<Running<SesPlace>> {
  const { endpoint, kind } = config.ses;
  const { sqsUrl } = config.feedback;
  if (kind === 'aws' || endpoint !== null)
    return { value: { endpoint, queueUrl: sqsUrl }, close: async () => {} };
  const wire = await import('./wire.ts');
  const sandbox = await wire.runSandbox(options);
  const value = { endpoint: sandbox.url, queueUrl: sqsUrl ?? sandbox.queueUrl };
  return { value, close: () => sandbox.close() };
}

/** A call to SES takes 30 s at the most; a deploy waits a little longer before it kills. */
const STOP_MS_MAX = 45_000;

/**
 * Lets a worker finish what is in flight, for so long. A Redis or a sink that is away can keep it longer; then the process
 * ends as it is, which is as safe as SIGKILL: what it had claimed is in doubt, and the log's rows are still in Redis.
 */
export async function stopInTime(worker: Service, logger: Logger): Promise<void> {
  const alarm = setTimeout(() => {
    logger.error('what is in flight did not end in time; leaving it', { waitedMs: STOP_MS_MAX });
    process.exit(1);
  }, STOP_MS_MAX);
  try {
    await worker.stop();
  } finally {
    clearTimeout(alarm);
  }
}

/** What is allowed but should be known. */
export function warnOf(config: Config, logger: Logger): void {
  for (const warning of config.warnings) logger.warn(warning);
}

/**
 * Resolves on SIGTERM or SIGINT. A second signal ends the process at once: that is as safe as SIGKILL, and so is
 * everything else that can happen to a worker.
 */
export function untilSignal(): Promise<void> {
  return new Promise((done) => {
    let isFirst = true;
    const onSignal = (signal: NodeJS.Signals) => {
      if (!isFirst) process.exit(signal === 'SIGINT' ? 130 : 143);
      isFirst = false;
      note(`${signal}: finishing what is in flight; again to leave at once`);
      done();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
