import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import type { Alias } from './eraser.ts';

/** A run that died gives its turn to the next one after so long. */
const TURN_MS = 60_000;
const KEEP_MS = TURN_MS / 4;

/**
 * What runs that forget somebody have to know of each other: whose turn it is, since two that change one file would undo each
 * other's work, and by which alias a run that was cut off had begun, so that one event has one id after it was done again.
 */
export class ForgetBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #turn: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#turn = loadScript(redis, new URL('./forget-turn.lua', import.meta.url));
  }

  /** Does it while nobody else has the turn; null where somebody has it, and then nothing was done. */
  async inTurn<T>(action: () => Promise<T>): Promise<T | null> {
    const token = randomUUID();
    const ask = (ms: number) => this.#turn([this.#keys.forgetTurn()], [token, ms]);
    if ((await ask(TURN_MS)) !== 1) return null;
    // A Redis that is away for longer than a turn leaves the folder to whoever comes next.
    const keeping = setInterval(() => void ask(TURN_MS).catch(() => {}), KEEP_MS);
    try {
      return await action();
    } finally {
      clearInterval(keeping);
      await ask(0);
    }
  }

  /** The alias of a run that was not finished, or a new one. */
  async begin(normal: string): Promise<Alias> {
    const field = digest(normal);
    const made = `forgotten-${randomBytes(8).toString('hex')} ${randomBytes(32).toString('hex')}`;
    await this.#redis.hsetnx(this.#keys.forgetting(), field, made);
    const [name = '', salt = ''] = ((await this.#redis.hget(this.#keys.forgetting(), field)) ?? made).split(
      ' ',
    );
    return { name, salt };
  }

  /** Nothing is left by which somebody could find the person's rows. */
  async end(normal: string): Promise<void> {
    await this.#redis.hdel(this.#keys.forgetting(), digest(normal));
  }
}

function digest(normal: string): string {
  return createHash('sha256').update(normal).digest('hex');
}
