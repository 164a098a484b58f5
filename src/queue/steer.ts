import type { Clock } from '../core/clock.ts';
import type { Campaigns, Hold, OpenCampaign, Steered } from './campaigns.ts';
import type { Courier } from './courier.ts';

export type SteerEnd =
  | { readonly kind: Steered }
  /** The cause of the hold still stands, and nobody said that it shall go on all the same. */
  | { readonly kind: 'stands'; readonly hold: Hold };

/**
 * What operators do to a campaign, from any process. When one of these has resolved, it is so: after `pause` and `cancel`
 * no claim happens any more (calls that are in flight end), and after `resume` the work is back on the queue.
 */
export class Steering {
  readonly #campaigns: Campaigns;
  readonly #courier: Courier;
  readonly #clock: Clock;

  constructor(campaigns: Campaigns, courier: Courier, clock: Clock) {
    this.#campaigns = campaigns;
    this.#courier = courier;
    this.#clock = clock;
  }

  async pause(id: string, reason: string): Promise<SteerEnd> {
    const campaign = await this.#campaigns.look(id);
    if (!campaign) return { kind: 'missing' };
    return { kind: await this.#campaigns.pause(id, campaign.project, reason) };
  }

  /** Lifts a pause and a hold. A hold whose cause still stands is only lifted by `override`. */
  async resume(id: string, reason: string, override: boolean): Promise<SteerEnd> {
    const campaign = await this.#campaigns.look(id);
    if (!campaign) return { kind: 'missing' };
    const { held } = campaign;
    if (held && !override && this.#stands(campaign, held)) return { kind: 'stands', hold: held };
    const lifted = held ? await this.#campaigns.release(id, campaign.project, reason, held) : false;
    const unpaused = await this.#campaigns.unpause(id, campaign.project, reason);
    if (unpaused === 'ended' || unpaused === 'missing') return { kind: unpaused };
    // Also where nothing was to be lifted: a job that got lost comes back so.
    await this.#courier.plan(id, campaign.category, campaign.epoch);
    return { kind: lifted || unpaused === 'changed' ? 'changed' : 'same' };
  }

  async cancel(id: string, reason: string): Promise<SteerEnd> {
    const campaign = await this.#campaigns.look(id);
    if (!campaign) return { kind: 'missing' };
    const end = await this.#campaigns.cancel(id, campaign.project, reason);
    // Each batch that is outstanding finds that the campaign is over, and accounts for its recipients.
    await this.#courier.batches(id, campaign.category, await this.#campaigns.outstanding(id));
    return { kind: end };
  }

  /** Whether what led to the hold is known to be so still. Who has mended it need not prove it. */
  #stands(campaign: OpenCampaign, hold: Hold): boolean {
    if (hold.code === 'DOUBT') return campaign.inDoubt > 0;
    return hold.until !== null && hold.until > this.#clock.now();
  }
}
