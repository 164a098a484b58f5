import { InputFault } from '../core/fault.ts';
import { isCampaignId } from '../queue/campaign.ts';

export function missingCampaign(id: string): InputFault {
  return new InputFault([`no campaign has the id "${id}"`], {
    kind: 'missing',
    hint: '; `sluice status` lists them',
  });
}

export function endedCampaign(id: string): InputFault {
  return new InputFault([`${id} is over, so nothing about it can be changed`], { kind: 'conflict' });
}

/**
 * An id that a campaign can have: it becomes part of a key.
 * @throws InputFault as for one that is not there
 */
export function campaignId(id: string): string {
  if (!isCampaignId(id)) throw missingCampaign(id);
  return id;
}
