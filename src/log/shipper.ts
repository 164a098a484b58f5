import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { type Meter, NO_METER } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import { OutboxConsumer, type OutboxEntry, type SetAside } from './consumer.ts';
import { readRows, slices } from './entry-rows.ts';
import type { LogRow } from './event.ts';
import { nameless } from './nameless.ts';
import { BLOCK_EVENTS_MAX } from './outbox.ts';
import { countRows } from './row-count.ts';
import type { LogSink, RefusedRow } from './sink.ts';

/** Entries whose holder has not said for so long that it lives go to another. */
const CLAIM_IDLE_MS = 15_000;

/**
 * In that time a holder speaks up three times, and as often everyone looks for entries of the dead; so a read waits
 * no longer than a third of it for something new.
 */
const BEATS = 3;

/** A connection that says nothing for this long after a read should have ended is made anew. */
const SILENCE_MS_MAX = 10_000;

/**
 * A read that brought little is followed by a short wait, so that a trickle of entries shares one write: twenty
 * fsyncs a second, not two hundred.
 */
const GATHER_MS = 50;
const GATHER_ENTRIES = 20;

/** Waits between attempts double from here, up to half a minute: an outage is not made worse by asking. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 30_000;

/** One read: up to 1,500 rows, so that they are written and gone before the collector would have to keep them. */
const READ_ENTRIES_MIN = 30;

export interface ShipperParts {
  /** For commands; a second connection is made from it for reads that wait. */
  readonly redis: Redis;
  readonly keys: Keys;
  /** Every row goes to every one of them. They are closed by who made them. */
  readonly sinks: readonly LogSink[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** A name that no other process has or had. */
  readonly consumer: string;
  readonly meter?: Meter;
  /** Milliseconds; for tests. */
  readonly claimIdleMs?: number;
}

/**
 * Brings rows from the outbox to the sinks. It reads entries, writes their rows to every sink, and only when all
 * are durable removes the entries: whatever dies on the way, another shipper writes the rows again, and
 * `event_id` shows that they are the same. One batch is in hand at a time, so memory is flat, and a slow sink makes
 * a backlog in Redis and nowhere else.
 *
 * A sink that fails is tried again for ever. An entry that can't be read, or a row that a sink will never take, is set
 * aside and holds up nothing.
 */
export class Shipper implements Service {
  readonly #parts: ShipperParts;
  readonly #claimIdleMs: number;
  readonly #beatMs: number;
  readonly #readEntries: number;
  #stopping: AbortController | null = null;
  #blocking: Redis | null = null;
  #ended: Promise<void> = Promise.resolve();

  /** @throws Fault LOG_NO_SINK: without one, everything would count as shipped */
  constructor(parts: ShipperParts) {
    if (parts.sinks.length === 0) throw new Fault('LOG_NO_SINK', 'a shipper needs a sink');
    this.#parts = parts;
    this.#claimIdleMs = parts.claimIdleMs ?? CLAIM_IDLE_MS;
    this.#beatMs = Math.ceil(this.#claimIdleMs / BEATS);
    const rowsBest = Math.max(0, ...parts.sinks.map((sink) => sink.rowsBest ?? 0));
    this.#readEntries = Math.max(READ_ENTRIES_MIN, Math.ceil(rowsBest / BLOCK_EVENTS_MAX));
  }

  /** Begins to ship; nothing when it does already. It may be started again after a stop. */
  async start(): Promise<void> {
    if (this.#stopping) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#ended = this.#ended.then(() => this.#run(stopping.signal));
  }

  /**
   * Resolves when the batch in hand is written and removed, or given back where its sink fails. Where Redis is away,
   * that is when it is back, or when its connection is ended.
   */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = null;
    // A read that waits for entries ends with its connection.
    this.#blocking?.disconnect();
    await this.#ended;
  }

  async #run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { redis, keys, consumer: name, logger } = this.#parts;
    const blocking = redis.duplicate({ socketTimeout: this.#beatMs + SILENCE_MS_MAX });
    // Commands report what failed; without a listener ioredis prints every lost connection.
    blocking.on('error', () => {});
    this.#blocking = blocking;
    const consumer = new OutboxConsumer({
      redis,
      blocking,
      keys,
      name,
      claimIdleMs: this.#claimIdleMs,
      readEntries: this.#readEntries,
    });
    try {
      await this.#ship(consumer, signal);
      await consumer.leave();
    } catch (thrown) {
      // Only leaving can fail: what it would have given back is claimed a little later.
      logger.warn('the shipper stopped without Redis', { reason: nameless(thrown) });
    } finally {
      blocking.disconnect();
      this.#blocking = null;
    }
  }

  async #ship(consumer: OutboxConsumer, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    let claimAt = 0;
    while (!signal.aborted) {
      let batch: readonly OutboxEntry[] = [];
      await this.#persist(signal, 'reading the outbox', async () => {
        if (clock.now() >= claimAt) {
          batch = await consumer.claim();
          if (batch.length > 0) return;
          claimAt = clock.now() + this.#beatMs;
        }
        batch = await consumer.read(this.#beatMs);
      });
      if (batch.length === 0) continue;
      await this.#deliver(consumer, batch, signal);
      if (batch.length < GATHER_ENTRIES) await clock.sleep(GATHER_MS, signal);
    }
  }

  /** Ships a batch in slices. Where that is given up, what is left stays in Redis as it is. */
  async #deliver(
    consumer: OutboxConsumer,
    batch: readonly OutboxEntry[],
    signal: AbortSignal,
  ): Promise<void> {
    const held = new Set(batch.map((entry) => entry.id));
    const keeping = this.#keep(consumer, held);
    try {
      for (const slice of slices(batch)) {
        if (!(await this.#deliverSlice(consumer, slice, signal))) return;
        for (const { id } of slice) held.delete(id);
      }
    } finally {
      clearInterval(keeping);
    }
  }

  /** Writes what the entries say, and removes them; false where that was given up. */
  async #deliverSlice(
    consumer: OutboxConsumer,
    slice: readonly OutboxEntry[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { rows, readable, unreadable } = readRows(slice, this.#parts.clock.now());
    for (const { id, reason } of unreadable) {
      this.#parts.logger.error('an entry of the outbox can not be read and was set aside', {
        entry: id,
        reason,
      });
      if (!(await this.#persist(signal, 'setting an entry aside', () => consumer.bury(id, reason))))
        return false;
    }
    if (readable.length === 0) return true;
    const refused: SetAside[] = [];
    const written = await Promise.all(
      this.#parts.sinks.map((sink) => this.#write(sink, rows, refused, signal)),
    );
    if (!written.every(Boolean)) return false;
    const isRemoved = await this.#persist(signal, 'removing shipped entries', () =>
      consumer.acknowledge(readable, refused),
    );
    if (isRemoved) countRows(this.#parts.meter ?? NO_METER, rows);
    return isRemoved;
  }

  #keep(consumer: OutboxConsumer, held: ReadonlySet<string>): NodeJS.Timeout {
    let asking = false;
    return setInterval(() => {
      if (asking || held.size === 0) return;
      asking = true;
      // Where this fails another shipper may claim the entries, and their rows are written twice.
      consumer.keep([...held]).then(
        () => (asking = false),
        () => (asking = false),
      );
    }, this.#beatMs);
  }

  /** Adds what the sink will never take to `refused`; false where writing was given up. */
  async #write(
    sink: LogSink,
    rows: readonly LogRow[],
    refused: SetAside[],
    signal: AbortSignal,
  ): Promise<boolean> {
    if (rows.length === 0) return true;
    return this.#persist(signal, `writing to ${sink.name}`, async () => {
      const some = await sink.write(rows);
      for (const row of some) refused.push({ ...row, sink: sink.name });
      if (some.length > 0) this.#tell(sink, some);
    });
  }

  #tell(sink: LogSink, refused: readonly RefusedRow[]): void {
    this.#parts.logger.error(`${sink.name} will not take some rows, and they were set aside`, {
      rows: refused.length,
      reason: nameless(refused[0]?.reason),
    });
  }

  /** Does something until it works; false when it failed and the shipper stops. */
  async #persist(signal: AbortSignal, what: string, action: () => Promise<void>): Promise<boolean> {
    const { clock, logger, random } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await action();
        if (attempt > 1) logger.info(`${what} works again`, { attempt });
        return true;
      } catch (thrown) {
        if (signal.aborted) return false;
        const waitMs = retryMs(attempt, random());
        logger.warn(`${what} failed, and is tried again`, { attempt, waitMs, ...describe(thrown) });
        await clock.sleep(waitMs, signal);
        if (signal.aborted) return false;
      }
    }
  }
}

/** Doubles with each attempt, and spreads over the upper half, so that shippers do not ask all at once. */
function retryMs(attempt: number, random: number): number {
  const longest = Math.min(RETRY_MS_MIN * 2 ** Math.min(attempt - 1, 16), RETRY_MS_MAX);
  return Math.round(longest * (0.5 + random / 2));
}

function describe(thrown: unknown): { readonly code?: string; readonly reason: string } {
  const reason = nameless(thrown);
  return thrown instanceof Fault ? { code: thrown.code, reason } : { reason };
}
