import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { encodePositions } from '../core/positions.ts';
import { loadScript, scriptSource } from '../core/script.ts';
import type { BatchRef } from './ledger.ts';

/** What a Redis that writes its file once a second can forget, five times over; a command may be late as well. */
const REMEMBERED_MS = 10_000;
/** Longer than a worker takes to notice that Redis is back (2 s), so that everybody has written his claims again. */
const GRACE_MS = 5_000;

interface RecentClaim {
  readonly ref: BatchRef;
  readonly number: string;
  /** In rising order; those that are nobody's any more are taken out. */
  positions: readonly number[];
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
  readonly #graceMs: number;
  readonly #claimScript: string;
  readonly #reclaim: ReturnType<typeof loadScript>;
  readonly #restart: ReturnType<typeof loadScript>;
  /** By claim number, in the order in which they were made. */
  readonly #recent = new Map<string, RecentClaim>();
  /** When the connection was lost: what Redis can have forgotten is older the longer it was away. */
  #lostAtMs: number | null = null;
  #opening: Promise<void> | null = null;

  /** @param graceMs how long nobody claims after a restart */
  constructor(redis: Redis, keys: Keys, clock: Clock, logger: Logger, graceMs = GRACE_MS) {
    this.#graceMs = graceMs;
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#logger = logger;
    this.#claimScript = scriptSource(new URL('./claim.lua', import.meta.url));
    this.#reclaim = loadScript(redis, new URL('./reclaim.lua', import.meta.url));
    this.#restart = loadScript(redis, new URL('./restart.lua', import.meta.url));
    redis.on('close', () => {
      this.#lostAtMs ??= clock.now();
    });
    // At once, and not only when this worker wants to claim: others wait for its claims.
    redis.on('ready', () => {
      this.open().catch((thrown: unknown) => logger.warn('after a reconnect', { error: messageOf(thrown) }));
    });
  }

  /** A claim that was made; what is older than Redis can have forgotten is dropped. */
  remember(ref: BatchRef, number: string, positions: readonly number[]): void {
    this.#recent.set(number, { ref, number, positions, atMs: this.#clock.now() });
    const sinceMs = this.#sinceMs();
    for (const [oldest, { atMs }] of this.#recent) {
      if (atMs >= sinceMs) break;
      this.#recent.delete(oldest);
    }
  }

  /** Entries of a claim that were put back, which Redis has acknowledged: nobody holds them any more. */
  forget(number: string, positions: readonly number[]): void {
    const claim = this.#recent.get(number);
    if (claim) claim.positions = claim.positions.filter((position) => !positions.includes(position));
  }

  /** Resolves when claims may be made: at once where this run of Redis is known. */
  open(): Promise<void> {
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** The opening that is under way, if any: a promoted replica may know the script before it is over. */
  get opening(): Promise<void> | null {
    return this.#opening;
  }

  async #reopen(): Promise<void> {
    for (;;) {
      const run = await this.#run();
      const answer = await this.#restart([this.#keys.server(), this.#keys.open()], [run, this.#graceMs]);
      if (!Array.isArray(answer)) throw new Fault('RESTART_ANSWER', 'the restart script gave no list');
      const waitMs = Number(answer[1]);
      if (waitMs > 0) {
        await this.#writeAgain(waitMs);
        await this.#clock.sleep(waitMs);
        continue;
      }
      await this.#redis.script('LOAD', this.#claimScript);
      // A server that restarted in between has the script now, and has not been waited for.
      if ((await this.#run()) === run) break;
      await this.#redis.script('FLUSH');
    }
    this.#lostAtMs = null;
  }

  async #run(): Promise<string> {
    return /^run_id:(\S+)/m.exec(await this.#redis.info('server'))?.[1] ?? '';
  }

  async #writeAgain(waitMs: number): Promise<void> {
    const sinceMs = this.#sinceMs();
    const recent = [...this.#recent.values()].filter(
      ({ atMs, positions }) => atMs >= sinceMs && positions.length > 0,
    );
    const counts = await Promise.all(
      recent.map(({ ref, number, positions }) =>
        this.#reclaim(
          [this.#keys.batch(ref.campaign, ref.batch), this.#keys.settled(ref.campaign)],
          [number, encodePositions(positions), ref.batch],
        ),
      ),
    );
    this.#logger.warn(
      'Redis has restarted: claims of the last seconds are written again before anybody claims',
      {
        claims: recent.length,
        entries: counts.reduce((sum: number, count) => sum + Number(count), 0),
        waitMs,
      },
    );
  }

  /** The earliest claim that Redis can have forgotten. */
  #sinceMs(): number {
    return (this.#lostAtMs ?? this.#clock.now()) - REMEMBERED_MS;
  }
}
