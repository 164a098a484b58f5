import { z } from 'zod';
import { type LogAsker, type LogReport, reportOn } from '../log/report.ts';
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
  const { report, isLogEmpty } = await countedWhereItIs(parts, id, receipt);
  if (isLogEmpty && !receipt) return null;
  const { name = null, state = null } = receipt ?? {};
  return { campaign: { campaign: id, name, state, ...report }, isLogEmpty };
}

/** BigQuery counts its rows itself: what is still on its way to it is not among them. */
async function countedWhereItIs(parts: CampaignLogParts, id: string, receipt: Receipt | null) {
  if (parts.place.kind === 'bigquery') return counted(parts.place.log.asker(), id);
  const log = await openCampaignLog(parts, id, receipt);
  try {
    return await counted(log, id);
  } finally {
    await log.close();
  }
}

async function counted(log: LogAsker, id: string) {
  const sql = `SELECT COUNT(*) AS n FROM deliveries WHERE campaign_id = ${log.dialect.param('campaign')}`;
  const [found] = z.array(z.object({ n: z.int() })).parse(await log.ask(sql, { campaign: id }));
  return { report: await reportOn(log, id), isLogEmpty: (found?.n ?? 0) === 0 };
}
