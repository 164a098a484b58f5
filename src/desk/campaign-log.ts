import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import type { About, BigQueryLog } from '../log/bigquery-read.ts';
import { LogSession } from '../log/session.ts';
import { waitingRows } from '../log/waiting.ts';
import type { Campaigns } from '../queue/campaigns.ts';
import type { Receipt } from '../queue/receipt.ts';
import type { DeskParts } from './parts.ts';

/** Where a log is read: the folder of the files sink, or BigQuery. */
export type ReadPlace =
  | { readonly kind: 'files'; readonly dir: string }
  | { readonly kind: 'bigquery'; readonly log: BigQueryLog; readonly name: string };

export interface CampaignLogParts {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly campaigns: Campaigns;
  readonly place: ReadPlace;
}

/** Opens the place, where it is not open yet. */
export async function campaignLogParts({
  client: { redis, keys, campaigns },
  openLog,
}: Pick<DeskParts, 'client' | 'openLog'>): Promise<CampaignLogParts> {
  return { redis, keys, campaigns, place: await openLog() };
}

/** Clocks of other machines may be behind: so long before a campaign's beginning its first row may stand in the log. */
const CLOCKS_APART_MS = 86_400_000;

/**
 * The log of one campaign, with its rows that are still in the outbox. Whoever reads the ledger as well reads it before:
 * what leaves the ledger is in the outbox, and what leaves the outbox is in the sink.
 *
 * @param receipt says since when there can be rows; null where nobody knows
 * @param about whose rows are enough, where that is not everybody's; files are read as a whole all the same
 */
export function openCampaignLog(
  { redis, keys, place }: CampaignLogParts,
  id: string,
  receipt: Receipt | null,
  about?: About,
): Promise<LogSession> {
  const since = receipt ? { sinceMs: Date.parse(receipt.createdAt) - CLOCKS_APART_MS } : {};
  const waiting = waitingRows(redis, keys, id);
  switch (place.kind) {
    case 'files':
      return LogSession.open({ dir: place.dir, ...since, waiting });
    case 'bigquery': {
      const stored = place.log.rows({ campaign: id, ...since, about });
      return LogSession.open({ dir: null, waiting: oneAfterTheOther(waiting, stored) });
    }
  }
}

async function* oneAfterTheOther(
  ...parts: readonly AsyncIterable<readonly object[]>[]
): AsyncGenerator<readonly object[]> {
  for (const part of parts) yield* part;
}

/** For a log in which nothing is, though something happened. */
export function emptyLogHint(place: ReadPlace): string {
  return place.kind === 'files'
    ? `the log in ${place.dir} has no row of this campaign: is SLUICE_LOG_DIR the folder of the workers?`
    : `the log in BigQuery (${place.name}) has no row of this campaign: is it the table of the workers?`;
}
