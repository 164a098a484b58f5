import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { Repeated } from '../core/repeated.ts';
import type { Service } from '../core/service.ts';
import type { Campaigns, OpenCampaign } from './campaigns.ts';
import type { DomainGate } from './domain-gate.ts';

export interface DomainWatchParts {
  readonly campaigns: Pick<Campaigns, 'open' | 'look' | 'sender' | 'hold'>;
  readonly gate: Pick<DomainGate, 'obstacle'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/**
 * Asks again for the domains of campaigns that are on their way, as often as the gate finds it worth, and holds those whose domain has
 * broken by what SES says: it goes on sending for a domain whose DKIM is gone where that was verified in another way, and then nothing
 * else would say so.
 */
export function domainWatch({ campaigns, gate, clock, logger, intervalMs }: DomainWatchParts): Service {
  return new Repeated({
    clock,
    logger,
    intervalMs,
    failure: 'the domains of the campaigns that run could not be looked at, and are looked at again',
    act: async (signal) => {
      for (const id of await campaigns.open()) {
        if (signal.aborted) return;
        const campaign = await campaigns.look(id);
        const sender = await campaigns.sender(id);
        if (!campaign || !isOnItsWay(campaign) || sender === '') continue;
        const { project, category } = campaign;
        const hold = await gate.obstacle({ project, category, sender, stage: 'go-on' });
        if (hold && (await campaigns.hold(id, project, hold)))
          logger.warn('a campaign is held', { campaign: id, code: hold.code, reason: hold.reason });
      }
    },
  });
}

/** What stands still, or is over, or has not begun is asked for when it goes on. */
function isOnItsWay({ paused, held, isEnding, notBefore, pending }: OpenCampaign): boolean {
  return !paused && held === null && !isEnding && notBefore === null && pending > 0;
}
