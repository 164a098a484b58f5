import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { BLOCK_FIELD, deadLetters } from './outbox.ts';
import type { RefusedRow } from './sink.ts';

export const GROUP = 'shipper';

/** A consumer that was not heard of for so long is dead and holds nothing: only its name is left to remove. */
const DEAD_MS = 3_600_000;

export interface OutboxEntry {
  readonly id: string;
  /** Null where the entry has no such field. */
  readonly bytes: Buffer | null;
}

export interface ConsumerParts {
  readonly redis: Redis;
  /** A connection for reads that wait, used for nothing else. */
  readonly blocking: Redis;
  readonly keys: Keys;
  /** A name in the group that no other process has or had. */
  readonly name: string;
  /** Entries that their holder has not touched for so long belong to whoever claims them. */
  readonly claimIdleMs: number;
  /** Entries of one read, at most. */
  readonly readEntries: number;
}

/** A row that a sink will never take. */
export interface SetAside extends RefusedRow {
  readonly sink: string;
}

/**
 * One reader of the outbox among others. An entry is with one consumer at a time, from `read` or `claim` until
 * `acknowledge` or `bury`; the holder says `keep` while it works on it, else another one claims it.
 *
 * The group is made where it is missing, from the stream's start: after FLUSHALL, or when somebody destroyed it,
 * what is there is read (again).
 */
export class OutboxConsumer {
  readonly #redis: Redis;
  readonly #blocking: Redis;
  readonly #name: string;
  readonly #claimIdleMs: number;
  readonly #readEntries: number;
  readonly #outbox: string;
  readonly #dead: string;
  readonly #scripts: Readonly<Record<'acknowledge' | 'bury' | 'leave', ReturnType<typeof loadScript>>>;
  #claimCursor = '0-0';

  constructor(parts: ConsumerParts) {
    this.#redis = parts.redis;
    this.#blocking = parts.blocking;
    this.#name = parts.name;
    this.#claimIdleMs = parts.claimIdleMs;
    this.#readEntries = parts.readEntries;
    this.#outbox = parts.keys.outbox();
    this.#dead = deadLetters(parts.keys);
    this.#scripts = {
      acknowledge: loadScript(parts.redis, new URL('./acknowledge.lua', import.meta.url)),
      bury: loadScript(parts.redis, new URL('./bury.lua', import.meta.url)),
      leave: loadScript(parts.redis, new URL('./leave.lua', import.meta.url)),
    };
  }

  /** New entries, oldest first; none when nothing came for `blockMs`. */
  async read(blockMs: number): Promise<OutboxEntry[]> {
    const streams = await this.#inGroup(() =>
      this.#blocking.xreadgroupBuffer(
        'GROUP',
        GROUP,
        this.#name,
        'COUNT',
        this.#readEntries,
        'BLOCK',
        blockMs,
        'STREAMS',
        this.#outbox,
        '>',
      ),
    );
    return parseEntries(streams?.[0]?.[1]);
  }

  /** Entries whose holder is gone. */
  async claim(): Promise<OutboxEntry[]> {
    const reply = await this.#inGroup(() =>
      this.#redis.callBuffer(
        'XAUTOCLAIM',
        this.#outbox,
        GROUP,
        this.#name,
        this.#claimIdleMs,
        this.#claimCursor,
        'COUNT',
        this.#readEntries,
      ),
    );
    const [cursor, entries]: unknown[] = Array.isArray(reply) ? reply : [];
    this.#claimCursor = Buffer.isBuffer(cursor) ? cursor.toString() : '0-0';
    return parseEntries(entries);
  }

  /** Says that these are still being worked on. */
  async keep(ids: readonly string[]): Promise<void> {
    await this.#redis.xclaim(this.#outbox, GROUP, this.#name, 0, ...ids, 'JUSTID');
  }

  /** Every sink has their rows, but for those that one of them refused: they go, and those are kept aside. */
  async acknowledge(ids: readonly string[], refused: readonly SetAside[] = []): Promise<void> {
    const aside = refused.flatMap(({ row, sink, reason }) => [JSON.stringify(row), sink, reason]);
    await this.#scripts.acknowledge([this.#outbox, this.#dead], [GROUP, refused.length, ...aside, ...ids]);
  }

  /** Sets an entry aside that nobody can read. */
  async bury(id: string, reason: string): Promise<void> {
    await this.#scripts.bury([this.#outbox, this.#dead], [GROUP, id, reason]);
  }

  /** What this consumer still holds can be claimed at once; where it holds nothing, its name is removed. */
  async leave(): Promise<void> {
    await this.#scripts.leave([this.#outbox], [GROUP, this.#name, this.#claimIdleMs, DEAD_MS]);
  }

  async #inGroup<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (thrown) {
      // A read that waited while its stream was deleted hears UNBLOCKED from some versions.
      if (!isReply(thrown, 'NOGROUP') && !isReply(thrown, 'UNBLOCKED')) throw thrown;
      await this.#createGroup();
      return action();
    }
  }

  async #createGroup(): Promise<void> {
    try {
      await this.#redis.xgroup('CREATE', this.#outbox, GROUP, '0', 'MKSTREAM');
    } catch (thrown) {
      // Another process was faster.
      if (!isReply(thrown, 'BUSYGROUP')) throw thrown;
    }
  }
}

function isReply(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && thrown.message.startsWith(code);
}

/** `[[id, [field, value, …]], …]`; an entry that was deleted while it was pending is null (Redis 6.2). */
export function parseEntries(reply: unknown): OutboxEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: unknown) => {
    if (!Array.isArray(entry)) return [];
    const [id, fields]: unknown[] = entry;
    return [{ id: String(id), bytes: blockOf(fields) }];
  });
}

function blockOf(fields: unknown): Buffer | null {
  if (!Array.isArray(fields)) return null;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const value: unknown = fields[at + 1];
    if (String(fields[at]) === BLOCK_FIELD && Buffer.isBuffer(value)) return value;
  }
  return null;
}
