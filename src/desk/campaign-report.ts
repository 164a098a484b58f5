import { type LogAsker, type LogReport, reportOn } from '../log/report.ts';
import { eventsOf } from '../log/why.ts';
import type { CampaignState, Receipt } from '../queue/receipt.ts';
import { type CampaignLogParts, openCampaignLog } from './campaign-log.ts';

/** What `report --json` prints. */
export interface CampaignReport extends LogReport {
  readonly campaign: string;
  /** What Redis knows of it; null where it does not know it any more. */
  readonly name: string | null;
  readonly state: CampaignState | null;
}

/** Null where neither Redis nor the log knows the campaign. */
export async function reportCampaign(
  parts: CampaignLogParts,
  id: string,
): Promise<{ readonly campaign: CampaignReport; readonly isLogEmpty: boolean } | null> {
  const receipt = await parts.campaigns.receipt(id);
  const { place } = parts;
  // BigQuery counts its rows itself: what is still on its way to it is not among them.
  if (place.kind === 'bigquery') return counted(place.log.asker(), id, receipt);
  const log = await openCampaignLog(parts, id, receipt);
  try {
    return await counted(log, id, receipt);
  } finally {
    await log.close();
  }
}

async function counted(log: LogAsker, id: string, receipt: Receipt | null) {
  const isLogEmpty = (await eventsOf(log, id)) === 0;
  if (isLogEmpty && !receipt) return null;
  const { name = null, state = null } = receipt ?? {};
  return { campaign: { campaign: id, name, state, ...(await reportOn(log, id)) }, isLogEmpty };
}
