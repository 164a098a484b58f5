import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';

const count = z.number();
const pulled = z.object({ read: count, added: count, already: count, simulator: count, invalid: count });
const pushed = z.object({ read: count, added: count, already: count, simulator: count, refused: count });

const runSchema = z.object({
  id: z.string(),
  by: z.string(),
  reason: z.string().nullable(),
  dryRun: z.boolean(),
  /** ISO 8601 in UTC. */
  beganAt: z.string(),
  /** When its process was heard of last. */
  heardAt: z.string(),
  /** `stopped`: by somebody, or with its server. */
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  /** Of one that failed. */
  why: z.string().nullable(),
  /** Null for a direction that was not asked for. */
  fromSes: pulled.nullable(),
  toSes: pushed.nullable(),
});

/** A sync with SES's list that runs in a server, or the last one that did. The figures are those so far. */
export type SyncRun = Readonly<z.infer<typeof runSchema>>;

/** `lost`: its process is gone, and what it had done stays. */
export type SeenRun = Omit<SyncRun, 'state'> & { readonly state: SyncRun['state'] | 'lost' };

/** Whose process is not heard of for so long is gone. */
const LEASE_MS = 15_000;
const KEPT_MS = 30 * 86_400_000;

/** One run at a time in an installation, whichever server has it: SES takes about one address a second from all together. */
export class SyncBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #begin: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#begin = loadScript(redis, new URL('begin-sync.lua', import.meta.url));
  }

  /** False where another one runs; nothing is written then. */
  async begin(run: SyncRun): Promise<boolean> {
    const places = [this.#keys.syncLease(), this.#keys.syncRun()];
    return (await this.#begin(places, [run.id, LEASE_MS, JSON.stringify(run), KEPT_MS])) === 1;
  }

  /** How far it is. `stop`: somebody wants it to end, or another one runs since its process was not heard of for too long. */
  async note(run: SyncRun): Promise<'go on' | 'stop'> {
    const [holder, stopped] = await this.#redis.mget(this.#keys.syncLease(), this.#keys.syncStop());
    if ((holder !== null && holder !== run.id) || stopped === run.id) return 'stop';
    await this.#written(run).set(this.#keys.syncLease(), run.id, 'PX', LEASE_MS).exec();
    return 'go on';
  }

  async end(run: SyncRun): Promise<void> {
    const holder = await this.#redis.get(this.#keys.syncLease());
    // Another one has taken its place.
    if (holder !== null && holder !== run.id) return;
    await this.#written(run).del(this.#keys.syncLease()).exec();
  }

  /** The run that is on, or the last one within 30 days; null where there was none. */
  async look(): Promise<SeenRun | null> {
    const [text, holder] = await this.#redis.mget(this.#keys.syncRun(), this.#keys.syncLease());
    if (!text) return null;
    const run = runSchema.parse(JSON.parse(text));
    return run.state === 'running' && holder !== run.id ? { ...run, state: 'lost' } : run;
  }

  /** Its process hears of it within a second or so. */
  async stop(id: string): Promise<void> {
    await this.#redis.set(this.#keys.syncStop(), id, 'PX', KEPT_MS);
  }

  #written(run: SyncRun): ChainableCommander {
    return this.#redis.multi().set(this.#keys.syncRun(), JSON.stringify(run), 'PX', KEPT_MS);
  }
}
