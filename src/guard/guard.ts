import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { GUARD_RULES, type GuardRules } from './rules.ts';

/** A rule that is broken for a campaign, with the figures that broke it. */
export type Finding = Readonly<z.infer<typeof findingSchema>>;

const findingSchema = z.object({
  /** Of which mails: the last hour's, the last seven days', the campaign's own, or a day's to Gmail as Google has counted it. */
  rule: z.enum(['hour', 'week', 'campaign', 'gmail']),
  measure: z.enum(['bounces', 'complaints', 'spam']),
  /** Of spam at Gmail nobody but Google knows them. */
  count: z.number().optional(),
  sends: z.number().optional(),
  /** Shares from 0 to 1. */
  rate: z.number(),
  limit: z.number(),
  /** Of spam at Gmail: the domain that the figure is of, and its day. */
  domain: z.string().optional(),
  date: z.string().optional(),
  /** The same in a clause of plain English. */
  said: z.string(),
});

/** What was counted for the mail of a project from one address. */
export interface GuardFigures {
  readonly project: string;
  /** In its normal form. */
  readonly sender: string;
  readonly hour: GuardCounts;
  readonly week: GuardCounts;
}

export interface GuardCounts {
  readonly sends: number;
  readonly bounces: number;
  readonly complaints: number;
}

/** The rules of `judge.lua`, asked from outside of the scripts that count. */
export class Guard {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #rules: string;
  readonly #ask: ReturnType<typeof loadScript>;
  readonly #watch: ReturnType<typeof loadScript>;
  readonly #rates: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys, rules: GuardRules = GUARD_RULES) {
    this.#redis = redis;
    this.#keys = keys;
    this.#rules = JSON.stringify(rules);
    this.#ask = loadScript(redis, new URL('./ask.lua', import.meta.url));
    this.#watch = loadScript(redis, new URL('./watch.lua', import.meta.url));
    this.#rates = loadScript(redis, new URL('./rates.lua', import.meta.url));
  }

  /** Why this campaign may not send at this moment; null where no rule is broken. */
  async ask(campaign: string): Promise<Finding | null> {
    const keys = [this.#keys.campaign(campaign), this.#keys.guards(), this.#keys.project('')];
    const answer = await this.#ask(keys, [this.#rules]);
    if (answer === '') return null;
    return findingSchema.parse(JSON.parse(String(answer)));
  }

  /**
   * Judges all campaigns that run, and holds those for which a rule is broken; nothing where another process did so within the
   * time of the lease.
   */
  async watch(leaseMs: number): Promise<{ readonly campaign: string; readonly reason: string }[]> {
    const keys = this.#keys;
    const answer = await this.#watch(
      [keys.open(), keys.outbox(), keys.guardWatch(), keys.guards(), keys.project(''), keys.campaign('')],
      [this.#rules, leaseMs],
    );
    const words = texts(answer);
    return words.flatMap((campaign, index) =>
      index % 2 === 0 ? [{ campaign, reason: words[index + 1] ?? '' }] : [],
    );
  }

  /** For every project and sender that something was counted for within eight days, by their names. */
  async figures(): Promise<GuardFigures[]> {
    const bases = (await this.#redis.zrange(this.#keys.guarded(), 0, '-1')).toSorted();
    if (bases.length === 0) return [];
    const numbers = list(await this.#rates(bases, [])).map(Number);
    return bases.map((base, index) => {
      const [project, sender] = split(base.slice(this.#keys.guards().length));
      const own = numbers.slice(index * 6, index * 6 + 6);
      return { project, sender, hour: countsOf(own.slice(0, 3)), week: countsOf(own.slice(3)) };
    });
  }
}

/** A project's name has no colon. */
function split(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function countsOf([sends = 0, bounces = 0, complaints = 0]: readonly number[]): GuardCounts {
  return { sends, bounces, complaints };
}

function texts(answer: unknown): string[] {
  return list(answer).map(String);
}

function list(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) throw new Fault('GUARD_ANSWER', 'a script gave an answer that it never gives');
  return answer;
}
