import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { loadScript } from '../core/script.ts';
import type { Service } from '../core/service.ts';

const workerSchema = z.object({
  /** A name that no other process has or had. */
  name: z.string(),
  roles: z.array(z.string()),
  ses: z.enum(['aws', 'sandbox']),
  /** Why it sends no marketing mail; null where it does. */
  marketingObstacle: z.string().nullable(),
});

/** A worker process, as it introduces itself to the others. */
export type WorkerCard = Readonly<z.infer<typeof workerSchema>>;

/** How often a worker says that it lives. */
const BEAT_MS = 10_000;
/** One that has missed two of its beats is gone. */
const SILENT_MS_MAX = 30_000;
const LEAVE_MS_MAX = 1_000;

/** Who works the queues at present. */
export class Roster {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #beat: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#beat = loadScript(redis, new URL('./beat.lua', import.meta.url));
  }

  async beat(card: WorkerCard): Promise<void> {
    await this.#beat([this.#keys.workers()], [JSON.stringify(card), SILENT_MS_MAX]);
  }

  async leave(card: WorkerCard): Promise<void> {
    await this.#redis.zrem(this.#keys.workers(), JSON.stringify(card));
  }

  /** Those that were heard of lately. */
  async present(): Promise<WorkerCard[]> {
    const [seconds] = await this.#redis.time();
    const since = Number(seconds) * 1000 - SILENT_MS_MAX;
    const cards = await this.#redis.zrange(this.#keys.workers(), since, '+inf', 'BYSCORE');
    return cards.flatMap((card) => {
      const parsed = workerSchema.safeParse(JSON.parse(card));
      return parsed.success ? [parsed.data] : [];
    });
  }
}

/** Keeps one worker on the roster while it runs. */
export class Presence implements Service {
  readonly #parts: { readonly roster: Roster; readonly clock: Clock; readonly logger: Logger };
  readonly #card: WorkerCard;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(
    parts: { readonly roster: Roster; readonly clock: Clock; readonly logger: Logger },
    card: WorkerCard,
  ) {
    this.#parts = parts;
    this.#card = card;
  }

  async start(): Promise<void> {
    if (!this.#stopping.signal.aborted) this.#loop ??= this.#run();
  }

  /** Where Redis is away it does not wait to be struck off: the others see soon that it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (!this.#loop) return;
    const patience = new AbortController();
    await Promise.race([this.#loop, this.#parts.clock.sleep(LEAVE_MS_MAX, patience.signal)]);
    patience.abort();
    this.#loop = null;
  }

  async #run(): Promise<void> {
    const { roster, clock, logger } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await roster.beat(this.#card);
      } catch (thrown) {
        logger.debug('the roster was not told that this worker lives', { error: messageOf(thrown) });
      }
      await clock.sleep(BEAT_MS, signal);
    }
    await roster.leave(this.#card).catch(() => {});
  }
}
