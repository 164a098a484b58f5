import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { decodeBlock } from './block.ts';
import { type OutboxEntry, parseEntries } from './consumer.ts';
import type { EventBlock, LogRow } from './event.ts';
import { logRows } from './row.ts';

/** One read: 10,000 rows of the usual kind, 400 KB from Redis. */
const READ_ENTRIES = 200;

/**
 * The rows of a campaign that were in the outbox when this began, on their way to the sink. Those that a shipper takes
 * out meanwhile are in the sink by then: who reads the sink afterwards has every row, and some of them twice.
 *
 * Entries that nobody can read are left out; the shipper sets them aside and says so.
 */
export async function* waitingRows(redis: Redis, keys: Keys, campaign: string): AsyncGenerator<LogRow[]> {
  const newest = (await redis.xrevrange(keys.outbox(), '+', '-', 'COUNT', 1))[0]?.[0];
  if (newest === undefined) return;
  for (let from = '-'; ; ) {
    const reply = await redis.xrangeBuffer(keys.outbox(), from, newest, 'COUNT', READ_ENTRIES);
    const entries = parseEntries(reply);
    const rows = entries.flatMap((entry) => rowsOf(entry, campaign));
    if (rows.length > 0) yield rows;
    const last = entries.at(-1);
    if (!last || entries.length < READ_ENTRIES) return;
    from = `(${last.id}`;
  }
}

function rowsOf(entry: OutboxEntry, campaign: string): LogRow[] {
  try {
    const block = entry.bytes ? decodeBlock(entry.bytes) : null;
    if (!block || !mentions(block, campaign)) return [];
    return logRows(block, millisecondsOf(entry.id)).filter((row) => row.campaign_id === campaign);
  } catch {
    return [];
  }
}

/** Most blocks are about one campaign, and those of others need not become rows. */
function mentions({ common, events }: EventBlock, campaign: string): boolean {
  return common.campaign_id === campaign || events.some((event) => event.campaign_id === campaign);
}

/** An entry's id begins with the time when it was added. The sink's rows are younger, so that the first is this one. */
function millisecondsOf(id: string): number {
  return Number(id.split('-')[0]);
}
