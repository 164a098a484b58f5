import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { GMAIL_SLOT_MS, GMAIL_SLOTS, type GmailFigures } from './gmail.ts';

/** What gmail-count.lua has counted and marked, by organisational domain. */
export class GmailBook {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** @param domain an organisational domain; one that nothing was sent from stands as it is */
  async look(domain: string): Promise<GmailFigures> {
    const [[seconds], slots, since] = await Promise.all([
      this.#redis.time(),
      this.#redis.hgetall(this.#keys.gmailSent(domain)),
      this.#redis.hget(this.#keys.bulkSenders(), domain),
    ]);
    return {
      last24Hours: openSum(slots, Number(seconds) * 1000),
      bulkSince: since === null ? null : Number(since),
    };
  }

  /** Every organisational domain from which mail ever went to a personal Gmail address, by name. */
  async list(): Promise<string[]> {
    return (await this.#redis.smembers(this.#keys.gmailDomains())).toSorted();
  }
}

/** In the order in which settle.lua and apply.lua take them. */
export function gmailKeys(keys: Keys, domain: string): [string, string, string] {
  return [keys.gmailSent(domain), keys.gmailDomains(), keys.bulkSenders()];
}

/** Of the slots that are not over; the script's own total may still hold some that are. */
function openSum(counted: Readonly<Record<string, string>>, nowMs: number): number {
  const oldest = Math.floor(nowMs / GMAIL_SLOT_MS) - GMAIL_SLOTS;
  let sum = 0;
  for (const [slot, mails] of Object.entries(counted))
    if (/^\d+$/.test(slot) && Number(slot) >= oldest) sum += Number(mails);
  return sum;
}
