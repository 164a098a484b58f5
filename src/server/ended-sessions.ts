import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { inTime } from '../core/in-time.ts';
import type { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';

/** A session, as far as it must be known to end it. */
export interface EndedSession {
  readonly id: string;
  /** Milliseconds since 1970; from then on nobody needs to remember it. */
  readonly expiresAt: number;
}

export interface EndedSessionsParts {
  /** A connection that gives up soon. */
  readonly redis: Redis;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Longer than any answer of Redis, and as long as somebody may wait for one. */
const LOOK_MS_MAX = 3_000;
/** From one attempt to write down what Redis did not take to the next. */
const RETRY_MS = 1_000;
/** Sessions whose end this process knows by itself, some hundred bytes each; the oldest make room. */
const KNOWN_MAX = 10_000;

/**
 * Sessions that were ended before their time, kept in Redis until they would have expired: so every server knows them.
 *
 * While Redis is away, a sign-out holds in this process at once, and is written down when Redis is back.
 */
export class EndedSessions {
  readonly #parts: EndedSessionsParts;
  /** Ended here: expiry by id. */
  readonly #known = new Map<string, number>();
  readonly #unwritten = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: EndedSessionsParts) {
    this.#parts = parts;
  }

  /** Holds here when it returns; in other processes as well, unless Redis is away. Never rejects. */
  async end({ id, expiresAt }: EndedSession): Promise<void> {
    this.#forget();
    this.#known.set(id, expiresAt);
    this.#unwritten.set(id, expiresAt);
    await this.#write();
    if (this.#unwritten.has(id))
      this.#parts.logger.warn(
        'a session was ended in this process only, since Redis does not answer; others hear of it when it is back',
      );
  }

  /** Which of these have been ended; null where Redis does not say. */
  async among(ids: readonly string[]): Promise<ReadonlySet<string> | null> {
    const unknown = ids.filter((id) => !this.#known.has(id));
    const here = ids.filter((id) => this.#known.has(id));
    if (unknown.length === 0) return new Set(here);
    const { redis, keys } = this.#parts;
    // A connection that waits for its server keeps commands until it is there.
    if (redis.status === 'reconnecting' || redis.status === 'end') return null;
    try {
      const look = redis.mget(unknown.map((id) => keys.endedSession(id)));
      const found = await inTime(look, LOOK_MS_MAX, () => new Fault('REDIS_SILENT', 'Redis does not answer'));
      return new Set([...here, ...unknown.filter((_, at) => found[at] !== null)]);
    } catch {
      return null;
    }
  }

  /** Whether it was ended; null where Redis does not say. */
  async has(id: string): Promise<boolean | null> {
    const ended = await this.among([id]);
    return ended === null ? null : ended.has(id);
  }

  /** Tries no more to write down what Redis did not take. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#unwritten.clear();
  }

  async #write(): Promise<void> {
    const { redis, keys, clock } = this.#parts;
    try {
      for (const [id, expiresAt] of this.#unwritten) {
        const leftMs = expiresAt - clock.now();
        if (leftMs > 0) await redis.set(keys.endedSession(id), '1', 'PX', leftMs);
        this.#unwritten.delete(id);
      }
    } catch {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        void this.#write();
      }, RETRY_MS).unref();
    }
  }

  #forget(): void {
    const now = this.#parts.clock.now();
    for (const [id, expiresAt] of this.#known)
      if (expiresAt <= now || this.#known.size >= KNOWN_MAX) this.#known.delete(id);
    for (const [id] of this.#unwritten) if (!this.#known.has(id)) this.#unwritten.delete(id);
  }
}
