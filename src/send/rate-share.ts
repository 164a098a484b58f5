import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';

/** How long the account's rate takes to come back from nothing. */
export const RECOVERY_MS = 30_000;

/** Share of the account's rate that is used at present, by what `throttled.lua` noted last: 1 where SES does not throttle. */
export async function rateShare(redis: Redis, keys: Keys): Promise<number> {
  const [[share = null, at = null], [seconds, microseconds]] = await Promise.all([
    redis.hmget(keys.throttle(), 'share', 'at'),
    redis.time(),
  ]);
  if (share === null) return 1;
  const nowMs = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  return Math.min(1, Number(share) + Math.max(0, nowMs - Number(at)) / RECOVERY_MS);
}
