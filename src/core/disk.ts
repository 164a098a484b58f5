import type { Redis } from 'ioredis';
import { Fault, messageOf } from './fault.ts';

/** With `appendfsync everysec` the next sync is a second away, and on a busy disk two. */
const FLUSH_MS_MAX = 3_000;

/** Errors by which a server says that it can't tell. */
const CANNOT_TELL = /unknown command|appendonly is disabled|NOPERM|not allowed/i;

/**
 * Whether Redis has on disk what one connection has written, as far as the server can say: Redis 7.2 and Valkey can
 * (WAITAOF). An older one, one without an append-only file, and one that leaves syncing to the system
 * (`appendfsync no`) can't, and there its answer to a write is all that there is; with `appendfsync always` that
 * answer says it.
 */
export class Disk {
  readonly #redis: Redis;
  #isAskable: Promise<boolean> | null = null;

  /** @param redis the connection whose writes count; a wait blocks it for up to three seconds */
  constructor(redis: Redis) {
    this.#redis = redis;
    // Another server may be another version.
    redis.on('close', () => {
      this.#isAskable = null;
    });
  }

  /** @throws Fault REDIS_NOT_ON_DISK where the server could say, and does not in time */
  async flushed(): Promise<void> {
    this.#isAskable ??= this.#leavesSyncToSystem().then((leaves) => !leaves);
    if (!(await this.#isAskable)) return;
    try {
      const answer: unknown = await this.#redis.call('WAITAOF', 1, 0, FLUSH_MS_MAX);
      if (Array.isArray(answer) && Number(answer[0]) >= 1) return;
    } catch (thrown) {
      if (!CANNOT_TELL.test(messageOf(thrown))) throw thrown;
      this.#isAskable = Promise.resolve(false);
      return;
    }
    throw new Fault('REDIS_NOT_ON_DISK', `Redis did not write to its disk within ${FLUSH_MS_MAX} ms`);
  }

  /** False where CONFIG is not allowed: hosted servers sync every second. */
  async #leavesSyncToSystem(): Promise<boolean> {
    const setting = await this.#redis.config('GET', 'appendfsync').catch(() => null);
    return Array.isArray(setting) && setting[1] === 'no';
  }
}
