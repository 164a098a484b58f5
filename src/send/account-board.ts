import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { rateShare } from './rate-share.ts';

/** What the workers may send, as the last of them that asked SES has put it up. */
export interface AccountNotice {
  /** Recipients a second: what the account allows, or less where the worker's settings say so. */
  readonly perSecond: number;
  /** Recipients in 24 hours; null where the account has no such limit. */
  readonly perDay: number | null;
  readonly sentLast24Hours: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Workers put it up every minute. Of an account that nobody has asked about for a day nothing is known. */
const NOTICE_MS = 24 * 60 * 60_000;

/** For those who have no access to SES, and want to know how long a campaign takes. */
export class AccountBoard {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async put(notice: AccountNotice): Promise<void> {
    const { perSecond, perDay, sentLast24Hours, at } = notice;
    await this.#redis
      .multi()
      .hset(this.#keys.account(), { perSecond, perDay: perDay ?? '', sentLast24Hours, at })
      .pexpire(this.#keys.account(), NOTICE_MS)
      .exec();
  }

  /** Recipients that all workers have sent to within 24 hours, as far as it is counted. */
  async sentByUs(): Promise<number> {
    return Number((await this.#redis.hget(this.#keys.sentIn('day'), 'total')) ?? 0);
  }

  /** Share of the account's rate that is used while SES throttles, from 0 to 1; 1 where it does not. */
  rateShare(): Promise<number> {
    return rateShare(this.#redis, this.#keys);
  }

  /** Null where no worker has been running for a day. */
  async read(): Promise<AccountNotice | null> {
    const hash = await this.#redis.hgetall(this.#keys.account());
    const { perSecond, perDay, sentLast24Hours, at } = hash;
    if (perSecond === undefined || at === undefined) return null;
    return {
      perSecond: Number(perSecond),
      perDay: perDay ? Number(perDay) : null,
      sentLast24Hours: Number(sentLast24Hours ?? 0),
      at: Number(at),
    };
  }
}
