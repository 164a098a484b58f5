import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createLogger, type Logger } from '../core/logger.ts';
import type { Client } from '../desk/client.ts';
import type { DeskParts } from '../desk/parts.ts';
import { openClient } from './wire.ts';

/** How long a command waits for a Redis that is away. */
export const REACH_MS = 5_000;

/**
 * Runs a command that talks to Redis and to nothing else, and closes the connection after it.
 * @param command resolves with the exit code
 * @throws Fault REDIS_AWAY where there is no Redis
 */
export async function withClient(
  command: (client: Client, config: Config, logger: Logger) => Promise<number>,
): Promise<void> {
  const config = loadConfig('client');
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY });
  const client = await openClient(config, config.redis.url, logger, REACH_MS);
  try {
    process.exitCode = await command(client, config, logger);
  } finally {
    await client.close();
  }
}

/** The same for one that does what the HTTP API and the console do as well, or asks SES, DNS or the log. */
export async function withDesk(command: (parts: DeskParts) => Promise<number>): Promise<void> {
  const { deskParts } = await import('./wire-parts.ts');
  await withClient(async (client, config, logger) => {
    const made = deskParts(config, client, logger, 'anywhere');
    try {
      return await command(made.parts);
    } finally {
      await made.close();
    }
  });
}
