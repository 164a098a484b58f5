import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import type { Keys } from '../core/keys.ts';
import type { Finding } from '../guard/guard.ts';
import { encodeBlock } from '../log/block.ts';
import { type Author, detailOf } from './author.ts';
import { campaignChange, type OpenCampaign } from './campaigns.ts';
import { settingBlock } from './settings.ts';

/** Shares from 0 to 1; null where those of the project hold. */
export interface CampaignLimits {
  readonly bounceRate: number | null;
  readonly complaintRate: number | null;
}

/** As core/change.lua has it. */
const CHANGES_MAX = 500;

type Named = Pick<OpenCampaign, 'id' | 'project'>;

/** What of the guard is set for one campaign, each with its log row in the same step. */
export class GuardBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;

  constructor(redis: Redis, keys: Keys, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** From now on this rule of the guard holds the campaign no more, whatever its figures. On record, with who and why. */
  async lift({ id, project }: Named, finding: Finding, author: Author): Promise<void> {
    const now = this.#clock.now();
    const row = campaignChange(id, project, 'campaign_guard_lifted', now, {
      ...finding,
      ...detailOf(author),
    });
    const block = encodeBlock(row);
    await this.#redis
      .multi()
      .hset(this.#keys.campaign(id), `lifted:${finding.measure}`, now)
      .xadd(this.#keys.outbox(), '*', 'b', block)
      .rpush(this.#keys.changes(id), block)
      .ltrim(this.#keys.changes(id), -CHANGES_MAX, -1)
      .exec();
  }

  /** Limits of the campaign's own, which go before those of its project; what is not named stays, null takes one away. */
  async setLimits(
    { id, project }: Named,
    change: Partial<CampaignLimits>,
    author: Author,
  ): Promise<CampaignLimits> {
    const key = this.#keys.campaign(id);
    const before = await this.#limits(id);
    const after = { ...before, ...change };
    const block = settingBlock('guard_set', this.#clock.now(), author, {
      campaign: { id, project },
      name: id,
      before,
      after,
    });
    const steps = this.#redis.multi();
    for (const [name, value] of Object.entries(change)) {
      if (value === null) steps.hdel(key, name);
      else steps.hset(key, name, value);
    }
    await steps
      .xadd(this.#keys.outbox(), '*', 'b', block)
      .rpush(this.#keys.changes(id), block)
      .ltrim(this.#keys.changes(id), -CHANGES_MAX, -1)
      .exec();
    return after;
  }

  async #limits(id: string): Promise<CampaignLimits> {
    const values = await this.#redis.hmget(this.#keys.campaign(id), 'bounceRate', 'complaintRate');
    const [bounceRate, complaintRate] = values.map((value) => (value === null ? null : Number(value)));
    return { bounceRate: bounceRate ?? null, complaintRate: complaintRate ?? null };
  }
}
