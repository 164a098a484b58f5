import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { LogSession } from '../log/session.ts';
import { waitingRows } from '../log/waiting.ts';
import type { Campaigns } from '../queue/campaigns.ts';
import type { Receipt } from '../queue/receipt.ts';

export interface CampaignLogParts {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly campaigns: Campaigns;
  /** The folder of the files sink. */
  readonly logDir: string;
}

/** Clocks of other machines may be behind: so long before a campaign's beginning its first row may stand in the log. */
const CLOCKS_APART_MS = 86_400_000;

/**
 * The log of one campaign, with its rows that are still in the outbox. Whoever reads the ledger as well reads it before:
 * what leaves the ledger is in the outbox, and what leaves the outbox is in the sink.
 *
 * @param receipt says since when there can be rows; null where nobody knows
 */
export function openCampaignLog(
  { redis, keys, logDir }: CampaignLogParts,
  id: string,
  receipt: Receipt | null,
): Promise<LogSession> {
  return LogSession.open({
    dir: logDir,
    ...(receipt ? { sinceMs: Date.parse(receipt.createdAt) - CLOCKS_APART_MS } : {}),
    waiting: waitingRows(redis, keys, id),
  });
}

/** For a log in which nothing is, though something happened. */
export function emptyLogHint(logDir: string): string {
  return `the log in ${logDir} has no row of this campaign: is SLUICE_LOG_DIR the folder of the workers?`;
}
