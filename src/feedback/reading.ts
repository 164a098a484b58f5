import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';

/** Messages that nobody could read, at most: enough to see what they are. */
const DEAD_LETTERS_MAX = 1_000;
/** A message of SQS may have a megabyte; what it is shows at its beginning. */
const DEAD_LETTER_CHARACTERS_MAX = 16_384;

/** Stream: messages that are no events, or of a type that is not known, with the reason. The oldest make room. */
export function deadLetters(keys: Keys): string {
  return `${keys.feedback()}:dead`;
}

/**
 * What the readers of events have seen, for everybody who has to know whether events flow: in the hash `feedback`,
 * `emptyAt` (ms), when the queue was last found empty; `foreign`, how many messages were about somebody else's mail; and
 * `dead`, how many were set aside.
 */
export class ReadingBook {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async setAside(letters: readonly { readonly body: string; readonly reason: string }[]): Promise<void> {
    if (letters.length === 0) return;
    const stream = deadLetters(this.#keys);
    await Promise.all([
      ...letters.map(({ body, reason }) =>
        this.#redis.xadd(
          stream,
          'MAXLEN',
          DEAD_LETTERS_MAX,
          '*',
          'reason',
          reason,
          'body',
          body.slice(0, DEAD_LETTER_CHARACTERS_MAX),
        ),
      ),
      this.#redis.hincrby(this.#keys.feedback(), 'dead', letters.length),
    ]);
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
    await this.#redis.hset(this.#keys.feedback(), 'emptyAt', atMs);
  }

  /** Entries of the log's outbox. */
  outboxEntries(): Promise<number> {
    return this.#redis.xlen(this.#keys.outbox());
  }
}
