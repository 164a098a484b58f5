import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { parentsOf } from './domain-name.ts';
import type { SpamRate } from './postmaster-api.ts';

/** What kept Postmaster Tools from being read. */
export interface ReadTrouble {
  /** `POSTMASTER_…` */
  readonly code: string;
  readonly said: string;
}

/** How the last reading went: of the account as a whole, or of a domain. */
export interface LastReading {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Null where it went well. */
  readonly trouble: ReadTrouble | null;
}

export interface SpamOfDomain {
  readonly domain: string;
  /** The day's that Google has given last; null where it has given none. */
  readonly newest: SpamRate | null;
  readonly reading: LastReading;
}

/** So long are days kept. */
const DAYS_KEPT = 120;
const DAY_MS = 86_400_000;

const readingSchema = z.object({
  at: z.number(),
  trouble: z.object({ code: z.string(), said: z.string() }).nullable(),
});

/** What Postmaster Tools have said, and how reading them went. The guard's scripts read the newest figures (guard/judge.lua). */
export class PostmasterBook {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * Puts down what was read of a domain. Days that are there already are written over, since Google corrects them; the newest of all
   * is what the guard goes by.
   */
  async store(domain: string, rates: readonly SpamRate[], atMs: number): Promise<void> {
    const key = this.#keys.postmasterDays(domain);
    const first = dateOf(atMs - DAYS_KEPT * DAY_MS);
    const known = (await this.#redis.hkeys(key)).toSorted();
    const steps = this.#redis.multi();
    for (const { date, rate } of rates) steps.hset(key, date, rate);
    const old = known.filter((date) => date < first);
    if (old.length > 0) steps.hdel(key, ...old);
    const newest = rates.at(-1);
    const latest = known.at(-1) ?? '';
    if (newest && newest.date >= latest) steps.hset(this.#keys.spamRates(), domain, figureOf(newest));
    steps.hset(this.#keys.postmasterReadings(), domain, JSON.stringify({ at: atMs, trouble: null }));
    await steps.exec();
  }

  /** A domain could not be read. Its figures stay, and count for as long as they are new. */
  async fail(domain: string, fault: Fault, atMs: number): Promise<void> {
    await this.#redis.hset(this.#keys.postmasterReadings(), domain, readingText(atMs, fault));
  }

  /** How reading the account went, with all its domains. */
  async conclude(fault: Fault | null, atMs: number): Promise<void> {
    await this.#redis.set(this.#keys.postmaster(), readingText(atMs, fault));
  }

  /** Null where nobody has read it yet. */
  async lastReading(): Promise<LastReading | null> {
    const text = await this.#redis.get(this.#keys.postmaster());
    return text === null ? null : readingSchema.parse(JSON.parse(text));
  }

  /** Every domain that was ever asked for, by name. */
  async list(): Promise<SpamOfDomain[]> {
    const [readings, newest] = await Promise.all([
      this.#redis.hgetall(this.#keys.postmasterReadings()),
      this.#redis.hgetall(this.#keys.spamRates()),
    ]);
    return Object.entries(readings)
      .map(([domain, text]) => ({
        domain,
        newest: rateOf(newest[domain]),
        reading: readingSchema.parse(JSON.parse(text)),
      }))
      .toSorted((a, b) => (a.domain < b.domain ? -1 : 1));
  }

  /** The newest figures of a domain and of those above it, as the guard reads them; one for each that there is. */
  async newestOf(domain: string): Promise<(SpamRate & { readonly domain: string })[]> {
    const domains = [domain, ...parentsOf(domain)];
    const figures = await this.#redis.hmget(this.#keys.spamRates(), ...domains);
    return domains.flatMap((name, index) => {
      const newest = rateOf(figures[index] ?? undefined);
      return newest === null ? [] : [{ domain: name, ...newest }];
    });
  }

  /** The days of a domain, the oldest first. */
  async days(domain: string): Promise<SpamRate[]> {
    const days = await this.#redis.hgetall(this.#keys.postmasterDays(domain));
    return Object.entries(days)
      .map(([date, rate]) => ({ date, rate: Number(rate) }))
      .toSorted((a, b) => (a.date < b.date ? -1 : 1));
  }

  /** Takes the turn to read, unless another process has it or had it of late. */
  async takeTurn(ms: number): Promise<boolean> {
    return (await this.#redis.set(this.#keys.postmasterTurn(), '1', 'PX', ms, 'NX')) === 'OK';
  }

  /** For so long it is nobody's turn. */
  async endTurn(ms: number): Promise<void> {
    await this.#redis.set(this.#keys.postmasterTurn(), '1', 'PX', ms);
  }

  /** True for the first who asks within so long: what goes on for days is told of once a day. */
  async isNews(code: string, withinMs: number): Promise<boolean> {
    return (await this.#redis.set(this.#keys.postmasterTold(code), '1', 'PX', withinMs, 'NX')) === 'OK';
  }
}

/** The calendar day of an instant, in UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** As judge.lua reads it: the day's number since 1970, its rate, its date. */
function figureOf({ date, rate }: SpamRate): string {
  return `${Date.parse(date) / DAY_MS}:${rate}:${date}`;
}

function rateOf(figure: string | undefined): SpamRate | null {
  const [, rate, date] = figure?.split(':') ?? [];
  return rate === undefined || date === undefined ? null : { date, rate: Number(rate) };
}

function readingText(at: number, fault: Fault | null): string {
  return JSON.stringify({ at, trouble: fault && { code: fault.code, said: fault.message } });
}
