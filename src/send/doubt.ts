import type { Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';

/** What an entry in doubt becomes when no event has settled it. */
export type Resolution = 'resend' | 'drop';

export interface Resolved {
  readonly resolved: number;
  /** In doubt for a shorter time than a request stays good: nobody may decide yet. */
  readonly tooYoung: number;
}

/** For the log: who or what decided, and on which evidence. */
export type Grounds = Readonly<Record<string, unknown>>;

/** Claims of a minute, and what came of them. */
export interface Evidence {
  /** Entries accepted under claims of the minute and its two neighbours. */
  readonly accepted: number;
  /** Of those, the ones that have their Send event. */
  readonly withSendEvent: number;
  /** Milliseconds since 1970 when the reader last found the queue of events empty; null where it never has. */
  readonly queueEmptyAt: number | null;
}

/** Fewer than this prove nothing about whether events flow. */
const EVIDENCE_ENTRIES_MIN = 100;

/**
 * Whether it is known that SES did not take the mail: everybody who was accepted around the claim has their Send event, and
 * since then the queue of events has been read to its end. If SES had taken this one, its event would be here too.
 */
export function provesUnsent(evidence: Evidence, claimedAtMs: number, doubtMs: number): boolean {
  const { accepted, withSendEvent, queueEmptyAt } = evidence;
  if (accepted < EVIDENCE_ENTRIES_MIN || withSendEvent < accepted) return false;
  // Half of the time that an entry waits: SES's events come within seconds, and what is late is read by then.
  return queueEmptyAt !== null && queueEmptyAt >= claimedAtMs + doubtMs / 2;
}

/** Settles entries in doubt, batch by batch, and gathers what speaks for it. */
export class DoubtBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #resolve: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#resolve = loadScript(redis, new URL('./resolve.lua', import.meta.url));
  }

  /** Batches in which nothing is left but entries in doubt, oldest first. */
  async batches(campaign: string): Promise<number[]> {
    return (await this.#redis.zrange(this.#keys.doubtful(campaign), 0, '-1')).map(Number);
  }

  /** Those that have been so for `ageMs` by Redis's clock; their claims are older still. */
  async ripeBatches(campaign: string, ageMs: number): Promise<number[]> {
    const [seconds] = await this.#redis.time();
    const ripe = await this.#redis.zrangebyscore(
      this.#keys.doubtful(campaign),
      '-inf',
      Number(seconds) * 1000 - ageMs,
    );
    return ripe.map(Number);
  }

  /** When the claims of a batch were made that are in doubt, by Redis's clock; none where nobody is. */
  async claimTimes(campaign: string, batch: number): Promise<number[]> {
    const key = this.#keys.batch(campaign, batch);
    const names = (await this.#redis.hkeys(key)).filter((name) => name.length > 1 && name.startsWith('k'));
    if (names.length === 0) return [];
    return (await this.#redis.hmget(key, ...names)).flatMap((ms) => (ms === null ? [] : [Number(ms)]));
  }

  async evidence(claimedAtMs: number): Promise<Evidence> {
    const minute = Math.floor(claimedAtMs / 60_000);
    const minutes = [minute - 1, minute, minute + 1].map((one) => this.#keys.flow(one.toString(36)));
    const [emptyAt, ...flows] = await Promise.all([
      this.#redis.hget(this.#keys.feedback(), 'emptyAt'),
      ...minutes.map((key) => this.#redis.hmget(key, 'a', 's')),
    ]);
    const sum = (field: 0 | 1) => flows.reduce((total, flow) => total + Number(flow[field] ?? 0), 0);
    return {
      accepted: sum(0),
      withSendEvent: sum(1),
      queueEmptyAt: emptyAt === null ? null : Number(emptyAt),
    };
  }

  /** Settles those of a batch whose claim is at least `ageMs` old. */
  async resolve(
    campaign: { readonly id: string; readonly project: string },
    batch: number,
    resolution: Resolution,
    ageMs: number,
    grounds: Grounds,
  ): Promise<Resolved> {
    const { id, project } = campaign;
    const keys = this.#keys;
    const answer = await this.#resolve(
      [
        keys.campaign(id),
        keys.batch(id, batch),
        keys.outstanding(id),
        keys.settled(id),
        keys.outbox(),
        keys.doubtful(id),
        keys.open(),
      ],
      [batch, resolution, ageMs, JSON.stringify({ campaign_id: id, project }), JSON.stringify(grounds)],
    );
    const [resolved, tooYoung]: unknown[] = Array.isArray(answer) ? answer : [];
    if (typeof resolved !== 'number' || typeof tooYoung !== 'number') {
      throw new Fault('DOUBT_ANSWER', 'the resolve script gave an answer that it never gives');
    }
    return { resolved, tooYoung };
  }
}
