import type { Redis } from 'ioredis';
import type { AudienceSource } from '../audience/source.ts';
import type { Clock } from '../core/clock.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import { encodeBlock } from '../log/block.ts';
import type { EventType } from '../log/event.ts';
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

/** While a list is counted, so often it is said that somebody is at it. */
const SIGN_OF_LIFE_MS = 5_000;

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
    // Whom it is to be sent to first is not known before the list is counted.
    if (hash['canary'] === undefined || hash['canary:upTo'] === undefined) return null;
    if (hash['canary:state'] === 'passed' || hash['phase'] !== 'running') return null;
    const { waitMs, confidence } = readCanary(hash['canary']);
    const count = (name: string) => Number(hash[name] ?? 0);
    const limit = (name: 'bounceRate' | 'complaintRate', ofProject: string | null | undefined) =>
      Number(hash[name] ?? ofProject ?? GUARD_RULES[name]);
    const simulated = count('simulated');
    const sends = count('accepted') - simulated;
    const bounces = count('guard:b');
    const heardOf = count('delivered') + count('bounced:soft') + count('bounced:hard') - simulated;
    // What SES held back by its own list was heard of, and says nothing of the rate.
    const onList = Math.max(0, count('bounced:hard') - bounces - simulated);
    const verdict = canaryVerdict(
      { recipients: count('canary:size'), waitMs, confidence },
      {
        upTo: count('canary:upTo'),
        isPlanned: count('planned') >= count('canary:upTo'),
        open: count('pending') + count('inDoubt'),
        sends,
        heardOf: Math.min(sends, Math.max(0, heardOf)),
        judged: Math.min(sends, Math.max(0, heardOf - onList)),
        delivered: Math.max(0, count('delivered') - simulated),
        bounces,
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

  /**
   * The first stage of a share of the list, for which the list is read to its end; as it was said before where somebody did.
   * @param isWanted asked now and then: false where somebody else plans by now
   * @returns null where it was not wanted any more
   */
  async measure(
    campaign: Campaign,
    source: AudienceSource,
    isWanted: () => Promise<boolean>,
  ): Promise<number | null> {
    let rows = 0;
    let askedAt = Number.NEGATIVE_INFINITY;
    for await (const some of source.rows()) {
      rows += some.length;
      if (this.#clock.now() - askedAt < SIGN_OF_LIFE_MS) continue;
      if (!(await isWanted())) return null;
      askedAt = this.#clock.now();
    }
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
