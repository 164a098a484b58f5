import type { Redis } from 'ioredis';
import { Fault, messageOf } from './fault.ts';
import { connectRedis } from './redis.ts';

/** What waiting does not mend: Redis is there, and does not let us in. */
const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password)/i;

/** ioredis keeps a process alive for so long after it gave a socket up, even one that is closed already. */
const PARTING_MS = 50;

/**
 * A connection to a Redis that is there. Workers wait for one that is away; somebody at a terminal wants to know.
 * Once it is there the connection is as patient as any.
 *
 * @throws Fault REDIS_AWAY, with the reason and without the password
 */
export async function reachRedis(url: string, waitMs: number): Promise<Redis> {
  const redis = connectRedis(url, { disconnectTimeout: PARTING_MS });
  const failure = await untilReady(redis, waitMs);
  if (failure === null) return redis;
  redis.disconnect();
  throw new Fault('REDIS_AWAY', `Redis can't be reached at ${placeOf(url)}: ${failure}`);
}

/** Null when it is ready, else why it is not. */
function untilReady(redis: Redis, waitMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let reason = `it does not answer within ${waitMs / 1000} s`;
    const end = (failure: string | null) => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      // What comes after a refusal is nobody's business, and an error without a listener would be printed.
      if (failure === null) redis.off('error', onError);
      resolve(failure);
    };
    const onReady = () => end(null);
    const onError = (thrown: unknown) => {
      reason = messageOf(thrown);
      if (REFUSED.test(reason)) end(reason);
    };
    const timer = setTimeout(() => end(reason), waitMs);
    redis.on('ready', onReady);
    redis.on('error', onError);
  });
}

/** The URL without what may hold a password: user and query. */
function placeOf(url: string): string {
  return url.replace(/\/\/.*@/, '//').replace(/\?.*$/, '');
}
