import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../core/keys.ts';

/** Who mail is from, under a name: campaigns name it, and a change holds for every batch that is sent after it. */
export interface Profile {
  readonly name: string;
  /** As it was written, with or without a display name. */
  readonly from: string;
  readonly replyTo: readonly string[];
  /** `sluice`: our own link and header; `none`: neither; anything else is the template of an own URL. */
  readonly unsubscribe: string;
  /** Whether the link takes the POST of one click (RFC 8058). */
  readonly oneClick: boolean;
}

const profileSchema = z.object({
  from: z.string(),
  replyTo: z.array(z.string()),
  unsubscribe: z.string(),
  oneClick: z.boolean(),
});

/** The sender profiles of an installation. */
export class ProfileBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  /** What was read last, by name: nearly always a profile still says the same, and then it is the same object. */
  readonly #read = new Map<string, { readonly text: string; readonly profile: Profile }>();

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * In place of what the profile said.
   * @param rows block of log rows that say so, written in the same step
   */
  async put({ name, ...said }: Profile, rows: Buffer): Promise<void> {
    await this.#redis
      .multi()
      .hset(this.#keys.profiles(), name, JSON.stringify(said))
      .xadd(this.#keys.outbox(), '*', 'b', rows)
      .exec();
  }

  /** @param rows as of `put` */
  async remove(name: string, rows: Buffer): Promise<void> {
    await this.#redis
      .multi()
      .hdel(this.#keys.profiles(), name)
      .xadd(this.#keys.outbox(), '*', 'b', rows)
      .exec();
  }

  /** As it is at this moment; null where there is none. The same object as before where nothing has changed. */
  async get(name: string): Promise<Profile | null> {
    const text = await this.#redis.hget(this.#keys.profiles(), name);
    if (text === null) {
      this.#read.delete(name);
      return null;
    }
    const known = this.#read.get(name);
    if (known?.text === text) return known.profile;
    const profile = profileOf(name, text);
    this.#read.set(name, { text, profile });
    return profile;
  }

  /** By name. */
  async list(): Promise<Profile[]> {
    const all = Object.entries(await this.#redis.hgetall(this.#keys.profiles()));
    return all.map(([name, text]) => profileOf(name, text)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function profileOf(name: string, text: string): Profile {
  return { name, ...profileSchema.parse(JSON.parse(text)) };
}
