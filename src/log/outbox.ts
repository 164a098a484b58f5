import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import type { Keys } from '../core/keys.ts';
import { encodeBlock } from './block.ts';
import type { EventBlock } from './event.ts';

/**
 * How many entries the outbox may hold. An entry is a block of up to fifty rows, 2.2 KB in Redis: 200,000 take
 * 440 MB and stand for ten million rows, an hour's outage of the sink at 2,700 recipients a second. Scripts compare
 * with XLEN, which costs nothing.
 */
export const OUTBOX_ENTRIES_MAX = 200_000;
/** From here on sending holds: what is in flight, and the events of what was sent, still have room. */
export const OUTBOX_HOLD_ENTRIES = OUTBOX_ENTRIES_MAX / 2;
/** From here on SES's events stay in their queue, where they are safe. Unsubscribes never wait. */
export const OUTBOX_FULL_ENTRIES = (OUTBOX_ENTRIES_MAX * 9) / 10;

/** What `append` puts into one entry, so that the sum above holds. */
export const BLOCK_EVENTS_MAX = 50;

/** The one field of an entry: its block (`block.ts`). */
export const BLOCK_FIELD = 'b';

/** How often `drained` looks again. */
const LOOK_MS = 50;

export interface Backlog {
  readonly entries: number;
  /** How long the oldest entry has waited, by Redis's clock; 0 when there is none. */
  readonly oldestMs: number;
  /** Blocks that nobody could read, and rows that a sink refused, set aside in `deadLetters`. */
  readonly dead: number;
}

/**
 * Stream: entries that can't be read, with the reason and their first id; and rows that a sink will never take, with the sink and
 * its reason. Nothing removes them but an operator.
 */
export function deadLetters(keys: Keys): string {
  return `${keys.outbox()}:dead`;
}

/**
 * Rows on their way to the sink, as a stream in Redis. Scripts that change state add their own entries
 * (`XADD <outbox> * b <block>`), in the same step; `append` is for everybody else. An entry is removed when, and
 * only when, every sink has its rows.
 */
export class Outbox {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Resolves when Redis has the events. Called again with the same block it writes the same rows again. */
  async append(block: EventBlock): Promise<void> {
    const additions: Promise<unknown>[] = [];
    for (let from = 0; from < block.events.length; from += BLOCK_EVENTS_MAX) {
      const events = block.events.slice(from, from + BLOCK_EVENTS_MAX);
      const bytes = encodeBlock({ common: block.common, events });
      additions.push(this.#redis.xadd(this.#keys.outbox(), '*', BLOCK_FIELD, bytes));
    }
    await Promise.all(additions);
  }

  async backlog(): Promise<Backlog> {
    const [entries, oldest, time, dead] = await Promise.all([
      this.#redis.xlen(this.#keys.outbox()),
      this.#redis.xrange(this.#keys.outbox(), '-', '+', 'COUNT', 1),
      this.#redis.time(),
      this.#redis.xlen(deadLetters(this.#keys)),
    ]);
    const [id] = oldest[0] ?? [];
    const now = Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000);
    return { entries, oldestMs: id === undefined ? 0 : Math.max(0, now - Number(id.split('-')[0])), dead };
  }

  /**
   * The id of the newest entry. Taken after a campaign has ended, everything that was said about it is at or before
   * this place.
   */
  async position(): Promise<string> {
    const newest = await this.#redis.xrevrange(this.#keys.outbox(), '+', '-', 'COUNT', 1);
    return newest[0]?.[0] ?? '0-0';
  }

  /**
   * Whether every sink has everything up to that place; from any process. Since an entry goes when its rows are
   * durable, that is so when none is left. (Dead letters have gone elsewhere: `backlog().dead` counts them.)
   */
  async shippedPast(position: string): Promise<boolean> {
    const left = await this.#redis.xrange(this.#keys.outbox(), '-', position, 'COUNT', 1);
    return left.length === 0;
  }

  /**
   * Resolves with true when every sink has what is in the outbox at this moment, whatever is added meanwhile; with
   * false when the signal is aborted first.
   */
  async drained(clock: Clock, signal?: AbortSignal): Promise<boolean> {
    const position = await this.position();
    while (!(await this.shippedPast(position))) {
      if (signal?.aborted) return false;
      await clock.sleep(LOOK_MS, signal);
    }
    return true;
  }
}
