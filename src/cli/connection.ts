import type { Redis } from 'ioredis';
import type { Logger } from '../core/logger.ts';
import { reachRedis } from '../core/reach.ts';
import { connectRedis, inspectServer } from '../core/redis.ts';

/**
 * Connects, and refuses a server that would lose or forget what it is told.
 *
 * @param waitMs how long to wait for a Redis that is away; null: as long as it takes
 * @throws Fault REDIS_AWAY where that time is up, REDIS_UNFIT with every reason to refuse it
 */
export async function openConnection(
  redisUrl: string,
  logger: Logger,
  waitMs: number | null = null,
): Promise<Redis> {
  const redis = waitMs === null ? connectRedis(redisUrl) : await reachRedis(redisUrl, waitMs);
  watch(redis, logger);
  try {
    const review = await inspectServer(redis);
    for (const warning of review.warnings) logger.warn(warning);
  } catch (thrown) {
    redis.disconnect();
    throw thrown;
  }
  return redis;
}

/** A further connection of a process to a server that it has looked at. */
export function furtherConnection(redisUrl: string, logger: Logger): Redis {
  const redis = connectRedis(redisUrl);
  watch(redis, logger);
  return redis;
}

function watch(redis: Redis, logger: Logger): void {
  redis.on('error', (error: Error) => logger.warn('Redis is away; waiting for it', { error: error.message }));
}
