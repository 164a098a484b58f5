import type { Logger } from '../core/logger.ts';
import type { Campaigns, OpenCampaign } from './campaigns.ts';
import type { CanaryBook } from './canary.ts';
import type { Courier } from './courier.ts';

export interface CanarySweepParts {
  readonly canary: CanaryBook;
  readonly campaigns: Pick<Campaigns, 'hold'>;
  readonly courier: Pick<Courier, 'plan'>;
  readonly logger: Logger;
}

/** Lets campaigns go on whose canary came home, and holds the others. */
export class CanarySweep {
  readonly #parts: CanarySweepParts;

  constructor(parts: CanarySweepParts) {
    this.#parts = parts;
  }

  async sweep(campaign: OpenCampaign): Promise<void> {
    const { id, project, category, epoch, isPlanned, isEnding, held } = campaign;
    // A list that is planned to its end has nobody left to be spared.
    if (!campaign.hasCanary || isPlanned || isEnding || held) return;
    const { canary, campaigns, courier, logger } = this.#parts;
    const stand = await canary.judge(campaign);
    if (!stand) return;
    const { verdict, upTo } = stand;
    switch (verdict.kind) {
      case 'wait':
        return;
      case 'hold': {
        const { reason, about } = verdict;
        if (await campaigns.hold(id, project, { code: 'CANARY', reason, about, until: null }))
          logger.warn('a campaign is held', { campaign: id, code: 'CANARY', reason });
        return;
      }
      case 'go':
        if (await canary.pass(campaign, upTo))
          logger.info('a canary has passed', { campaign: id, recipients: upTo });
        break;
      case 'more':
        if (await canary.extend(campaign, upTo, verdict.upTo))
          logger.info('a canary needs more to tell', { campaign: id, recipients: verdict.upTo });
    }
    await courier.plan(id, category, epoch);
  }
}
