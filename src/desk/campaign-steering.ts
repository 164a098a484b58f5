import { InputFault } from '../core/fault.ts';
import type { Author } from '../queue/author.ts';
import type { CampaignLimits } from '../queue/guard-book.ts';
import { isOver, type Receipt } from '../queue/receipt.ts';
import type { SteerEnd } from '../queue/steer.ts';
import type { Resolution } from '../send/doubt.ts';
import { campaignId, endedCampaign, missingCampaign } from './missing.ts';
import type { DeskParts } from './parts.ts';
import { shareOf } from './project-form.ts';

/** What operators do to a campaign, and what becomes of it. */
export class CampaignSteering {
  readonly #parts: Pick<DeskParts, 'client' | 'config'>;

  constructor(parts: Pick<DeskParts, 'client' | 'config'>) {
    this.#parts = parts;
  }

  pause(id: string, author: Author): Promise<Steered> {
    const { steering } = this.#parts.client;
    return this.#steered(id, () => steering.pause(id, author));
  }

  resume(id: string, author: Author, override: boolean): Promise<Steered> {
    if (override && author.reason === null)
      throw new InputFault(['override: needs a reason; both are logged']);
    const { steering } = this.#parts.client;
    return this.#steered(id, () => steering.resume(id, author, override));
  }

  cancel(id: string, author: Author): Promise<Steered> {
    const { steering } = this.#parts.client;
    return this.#steered(id, () => steering.cancel(id, author));
  }

  /** Settles the recipients in doubt who have been so for long enough. */
  async resolve(
    id: string,
    resolution: Resolution,
    { by, reason }: Author,
  ): Promise<{ readonly resolved: number; readonly tooYoung: number }> {
    if (reason === null) throw new InputFault(['reason: is missing; it is kept in the log']);
    const { campaigns, courier, doubt } = this.#parts.client;
    const campaign = await campaigns.look(campaignId(id));
    if (!campaign) throw missingCampaign(id);
    if (campaign.isEnding && resolution === 'resend')
      throw new InputFault([`${id} is over, and sends to nobody more: drop them instead`], {
        kind: 'conflict',
      });
    const batches = await doubt.batches(id);
    const { doubtMs } = this.#parts.config.send;
    const grounds = { policy: 'operator', reason, by };
    const ends = await Promise.all(
      batches.map((batch) => doubt.resolve(campaign, batch, resolution, doubtMs, grounds)),
    );
    const resolved = ends.reduce((sum, end) => sum + end.resolved, 0);
    const tooYoung = ends.reduce((sum, end) => sum + end.tooYoung, 0);
    if (resolved > 0 && campaign.held?.code === 'DOUBT')
      await campaigns.release(id, campaign.project, `resolved: ${reason}`, campaign.held, by);
    if (resolution === 'resend') await courier.batches(id, campaign.category, batches);
    return { resolved, tooYoung };
  }

  async setLimits(id: string, change: Partial<CampaignLimits>, author: Author): Promise<CampaignLimits> {
    const { bounceRate, complaintRate } = change;
    const limits = {
      ...(bounceRate === undefined ? {} : { bounceRate: shareOf('bounceRate', bounceRate) }),
      ...(complaintRate === undefined ? {} : { complaintRate: shareOf('complaintRate', complaintRate) }),
    };
    if (Object.keys(limits).length === 0) throw new InputFault(['name a limit: bounceRate or complaintRate']);
    const { campaigns, guardBook } = this.#parts.client;
    const receipt = await campaigns.receipt(campaignId(id));
    if (!receipt) throw missingCampaign(id);
    if (isOver(receipt.state)) throw endedCampaign(id);
    return guardBook.setLimits(receipt, limits, author);
  }

  async #steered(id: string, act: () => Promise<SteerEnd>): Promise<Steered> {
    campaignId(id);
    const end = await act();
    switch (end.kind) {
      case 'missing':
        throw missingCampaign(id);
      case 'ended':
        throw endedCampaign(id);
      case 'stands':
        throw new InputFault(
          [
            `what would hold ${id} still stands: ${end.hold.reason}; to go on all the same, override it, with a reason`,
          ],
          { kind: 'conflict' },
        );
      case 'changed':
      case 'same': {
        const receipt = await this.#parts.client.campaigns.receipt(id);
        if (!receipt) throw missingCampaign(id);
        return { receipt, isNew: end.kind === 'changed' };
      }
    }
  }
}

export interface Steered {
  readonly receipt: Receipt;
  /** False where it was so before. */
  readonly isNew: boolean;
}
