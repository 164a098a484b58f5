import { PROJECT_HOLDS } from '../send/sending-limits.ts';
import type { Campaigns } from './campaigns.ts';
import type { Courier } from './courier.ts';

export interface ProjectHoldParts {
  readonly campaigns: Pick<Campaigns, 'open' | 'look' | 'release'>;
  readonly courier: Pick<Courier, 'plan'>;
}

/**
 * Lets the campaigns go on that wait for room in a project whose limits were changed: until when they would wait was reckoned by
 * the old ones. Where there is no room by the new ones either, they are held again at once.
 *
 * @returns their ids
 */
export async function releaseProjectHolds(
  { campaigns, courier }: ProjectHoldParts,
  project: string,
): Promise<string[]> {
  const released: string[] = [];
  for (const id of await campaigns.open()) {
    const campaign = await campaigns.look(id);
    if (campaign?.project !== project || !campaign.held) continue;
    if (!PROJECT_HOLDS.includes(campaign.held.code)) continue;
    if (!(await campaigns.release(id, project, 'the limits of its project were changed', campaign.held)))
      continue;
    await courier.plan(id, campaign.category, campaign.epoch);
    released.push(id);
  }
  return released;
}
