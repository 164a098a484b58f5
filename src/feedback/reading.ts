import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';

/** Of readers that are gone nobody knows how late they would be. */
const LAG_KNOWN_MS = 60_000;

/**
 * What the readers of events have seen, for everybody who has to know whether events flow: in the hash `feedback`,
 * `emptyAt` (ms), when the queue was last found empty, and `foreign`, how many messages were about somebody else's mail; and
 * for a minute how late the events were.
 */
export class ReadingBook {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async countForeign(messages: number): Promise<void> {
    if (messages > 0) await this.#redis.hincrby(this.#keys.feedback(), 'foreign', messages);
  }

  /** Milliseconds since 1970, by Redis's clock: the one that everybody shares. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  /** The queue held nothing at that time, and everything that had been in it before is applied. */
  async noteEmpty(atMs: number): Promise<void> {
    await Promise.all([this.#redis.hset(this.#keys.feedback(), 'emptyAt', atMs), this.noteLag(0)]);
  }

  /** Events were applied so long after their mails went out. The word of the reader that came last counts. */
  async noteLag(ms: number): Promise<void> {
    await this.#redis.set(this.#keys.feedbackLag(), ms, 'PX', LAG_KNOWN_MS);
  }

  /** Null where no event came lately, and no reader has found its queue empty. */
  async lagMs(): Promise<number | null> {
    const ms = await this.#redis.get(this.#keys.feedbackLag());
    return ms === null ? null : Number(ms);
  }

  /** Entries of the log's outbox. */
  outboxEntries(): Promise<number> {
    return this.#redis.xlen(this.#keys.outbox());
  }
}
