import { domainOf } from '../core/address.ts';
import { PROJECT_HOLDS, WARM_UP_HOLD } from '../send/sending-limits.ts';
import type { Campaigns, OpenCampaign } from './campaigns.ts';
import type { Courier } from './courier.ts';

export interface LimitHoldParts {
  readonly campaigns: Pick<Campaigns, 'open' | 'look' | 'sender' | 'release'>;
  readonly courier: Pick<Courier, 'plan'>;
}

/**
 * Lets the campaigns go on that wait for room in a project whose limits were changed: until when they would wait was reckoned by
 * the old ones. Where there is no room by the new ones either, they are held again at once.
 *
 * @returns their ids
 */
export function releaseProjectHolds(parts: LimitHoldParts, project: string): Promise<string[]> {
  return release(parts, PROJECT_HOLDS, 'the limits of its project were changed', async (_id, campaign) => {
    return campaign.project === project;
  });
}

/** The same for a domain whose warm-up was changed, or ended. */
export function releaseWarmUpHolds(parts: LimitHoldParts, domain: string): Promise<string[]> {
  return release(parts, [WARM_UP_HOLD], `the warm-up of ${domain} was changed`, async (id) => {
    return domainOf(await parts.campaigns.sender(id)) === domain;
  });
}

async function release(
  { campaigns, courier }: LimitHoldParts,
  codes: readonly string[],
  why: string,
  isMeant: (id: string, campaign: OpenCampaign) => Promise<boolean>,
): Promise<string[]> {
  const released: string[] = [];
  for (const id of await campaigns.open()) {
    const campaign = await campaigns.look(id);
    if (!campaign?.held || !codes.includes(campaign.held.code) || !(await isMeant(id, campaign))) continue;
    if (!(await campaigns.release(id, campaign.project, why, campaign.held))) continue;
    await courier.plan(id, campaign.category, campaign.epoch);
    released.push(id);
  }
  return released;
}
