import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { loadScript, scriptSource } from '../core/script.ts';
import type { BatchRef } from './ledger.ts';

/** What a Redis that writes its file once a second can forget, five times over; a command may be late as well. */
const REMEMBERED_MS = 10_000;
/** Longer than a worker takes to notice that Redis is back (2 s), so that everybody has written his claims again. */
const GRACE_MS = 5_000;

interface RecentClaim {
  readonly ref: BatchRef;
  readonly number: string;
  readonly positions: readonly number[];
  readonly atMs: number;
}

/**
 * Keeps claims from being made on a Redis that has just restarted and may have forgotten the last ones.
 *
 * Redis forgets its scripts when it restarts, so the claim's script is only ever sent by its hash: NOSCRIPT means that
 * this may be another run of the server. Then every worker first writes its own claims of the last seconds again, nobody
 * claims for a moment, and only then is the script loaded. Who was claimed, and perhaps sent to, by what Redis forgot is
 * in doubt afterwards, and not sent to again.
 *
 * It costs nothing while Redis runs. A Redis that forgets more than its last ten seconds is beyond it.
 */
export class RestartGate {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #claimScript: string;
  readonly #reclaim: ReturnType<typeof loadScript>;
  readonly #restart: ReturnType<typeof loadScript>;
  #recent: RecentClaim[] = [];
  #opening: Promise<void> | null = null;

  constructor(redis: Redis, keys: Keys, clock: Clock, logger: Logger) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#logger = logger;
    this.#claimScript = scriptSource(new URL('./claim.lua', import.meta.url));
    this.#reclaim = loadScript(redis, new URL('./reclaim.lua', import.meta.url));
    this.#restart = loadScript(redis, new URL('./restart.lua', import.meta.url));
    // At once, and not only when this worker wants to claim: others wait for its claims.
    redis.on('ready', () => {
      this.open().catch((thrown: unknown) => logger.warn('after a reconnect', { error: messageOf(thrown) }));
    });
  }

  /** A claim that was made; what is older than Redis can have forgotten is dropped. */
  remember(ref: BatchRef, number: string, positions: readonly number[]): void {
    const atMs = this.#clock.now();
    const oldest = this.#recent[0];
    if (oldest && oldest.atMs < atMs - 2 * REMEMBERED_MS)
      this.#recent = this.#recent.filter(isSince(atMs - REMEMBERED_MS));
    this.#recent.push({ ref, number, positions, atMs });
  }

  /** Resolves when claims may be made: at once where this run of Redis is known. */
  open(): Promise<void> {
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #reopen(): Promise<void> {
    const run = /^run_id:(\S+)/m.exec(await this.#redis.info('server'))?.[1] ?? '';
    const answer = await this.#restart([this.#keys.server(), this.#keys.open()], [run, GRACE_MS]);
    if (!Array.isArray(answer)) throw new Fault('RESTART_ANSWER', 'the restart script gave no list');
    const waitMs = Number(answer[1]);
    if (waitMs > 0) {
      const again = await this.#writeAgain();
      this.#logger.warn(
        'Redis has restarted: claims of the last seconds are written again before anybody claims',
        {
          entries: again,
          waitMs,
        },
      );
      await this.#clock.sleep(waitMs);
    }
    await this.#redis.script('LOAD', this.#claimScript);
  }

  async #writeAgain(): Promise<number> {
    const recent = this.#recent.filter(isSince(this.#clock.now() - REMEMBERED_MS));
    const counts = await Promise.all(
      recent.map(({ ref, number, positions, atMs }) =>
        this.#reclaim([this.#keys.batch(ref.campaign, ref.batch)], [number, positions.join(','), atMs]),
      ),
    );
    return counts.reduce((sum: number, count) => sum + Number(count), 0);
  }
}

function isSince(ms: number): (claim: RecentClaim) => boolean {
  return (claim) => claim.atMs >= ms;
}
