import type { Redis } from 'ioredis';
import type { AudienceSource } from '../audience/source.ts';
import type { Clock } from '../core/clock.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import { encodeBlock } from '../log/block.ts';
import type { EventType } from '../log/event.ts';
import { CALL_RECIPIENTS_MAX } from '../send/calls.ts';
import { type Author, detailOf } from './author.ts';
import type { Campaign } from './campaign.ts';
import { campaignChange, type OpenCampaign } from './campaigns.ts';
import { canarySize, readCanary } from './canary-settings.ts';
import { type CanaryVerdict, canaryVerdict } from './canary-verdict.ts';

/*
 * A campaign with a canary is planned up to so many people. When what became of their mails is known, it is planned up to more, or
 * to its end, or held. In the campaign's hash:
 *
 *   canary         how it is judged (JSON)
 *   canary:size    people of a stage; missing while it is a share of a list that nobody has counted
 *   canary:upTo    people that may be planned for now
 *   canary:state   open | passed
 */

/** The canary of a campaign as it stands. */
export interface CanaryStand {
  readonly verdict: CanaryVerdict;
  readonly upTo: number;
}

export class CanaryBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #move: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#move = loadScript(redis, new URL('./canary.lua', import.meta.url));
  }

  /** Null where there is none, or it is past. */
  async judge({ id, project }: Pick<OpenCampaign, 'id' | 'project'>): Promise<CanaryStand | null> {
    const [hash, limits] = await Promise.all([
      this.#redis.hgetall(this.#keys.campaign(id)),
      this.#redis.hmget(this.#keys.project(project), 'bounceRate', 'complaintRate'),
    ]);
    if (hash['canary'] === undefined || hash['canary:state'] === 'passed') return null;
    const { waitMs, confidence } = readCanary(hash['canary']);
    const count = (name: string) => Number(hash[name] ?? 0);
    const limit = (name: 'bounceRate' | 'complaintRate', ofProject: string | null | undefined) =>
      Number(hash[name] ?? ofProject ?? GUARD_RULES[name]);
    const simulated = count('simulated');
    const sends = count('accepted') - simulated;
    const delivered = Math.max(0, count('delivered') - simulated);
    const verdict = canaryVerdict(
      { recipients: count('canary:size'), waitMs, confidence },
      {
        upTo: count('canary:upTo'),
        isPlanned: count('next') * CALL_RECIPIENTS_MAX >= count('canary:upTo'),
        open: count('pending') + count('inDoubt'),
        sends,
        known: Math.min(sends, delivered + count('bounced:soft') + count('guard:b')),
        delivered,
        bounces: count('guard:b'),
        complaints: count('guard:c'),
        quietMs: Math.max(0, this.#clock.now() - count('rateAt')),
      },
      {
        bounceRate: limit('bounceRate', limits[0]),
        complaintRate: limit('complaintRate', limits[1]),
      },
    );
    return { verdict, upTo: count('canary:upTo') };
  }

  /** The first stage of a share of the list. Reads the list to its end; nothing where somebody has said it before. */
  async measure(campaign: Campaign, source: AudienceSource): Promise<number> {
    let rows = 0;
    for await (const some of source.rows()) rows += some.length;
    const size = canarySize(campaign.canary ?? true, rows);
    await this.#change(
      campaign,
      'campaign_canary_sized',
      { from: '', upTo: size },
      { rows, recipients: size },
    );
    return Number(await this.#redis.hget(this.#keys.campaign(campaign.id), 'canary:upTo'));
  }

  /** Further people may be planned. True where nobody else has said so. */
  extend(campaign: Pick<OpenCampaign, 'id' | 'project'>, from: number, upTo: number): Promise<boolean> {
    return this.#change(campaign, 'campaign_canary_extended', { from, upTo }, { recipients: upTo });
  }

  /** Everybody may be planned. True where nobody else has said so. */
  pass(
    campaign: Pick<OpenCampaign, 'id' | 'project'>,
    from: number,
    author: Author | null = null,
  ): Promise<boolean> {
    const detail = author ? { override: true, ...detailOf(author) } : {};
    return this.#change(campaign, 'campaign_canary_passed', { from, upTo: from, state: 'passed' }, detail);
  }

  async #change(
    { id, project }: Pick<OpenCampaign, 'id' | 'project'>,
    type: EventType,
    to: { readonly from: number | ''; readonly upTo: number; readonly state?: 'passed' },
    detail: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const block = encodeBlock(campaignChange(id, project, type, this.#clock.now(), { ...detail }));
    const keys = [this.#keys.campaign(id), this.#keys.outbox()];
    return (await this.#move(keys, [to.from, to.upTo, to.state ?? 'open', block])) === 'changed';
  }
}
