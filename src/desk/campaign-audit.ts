import { auditLog, type LogAudit, type Standing } from '../log/audit.ts';
import type { Difference } from '../log/difference.ts';
import type { OpenRow } from '../log/tally.ts';
import { imbalances, type Receipt, receiptOf } from '../queue/receipt.ts';
import { openEntries } from '../send/open-entries.ts';
import { type CampaignLogParts, emptyLogHint, openCampaignLog, type ReadPlace } from './campaign-log.ts';

export interface Audit {
  readonly campaign: string;
  readonly agrees: boolean;
  /** The campaign went on meanwhile; `log/audit.ts` says what is compared then. */
  readonly moving: boolean;
  readonly differences: readonly Difference[];
  readonly notes: readonly string[];
  readonly counters: LogAudit['counters'];
  readonly rows: LogAudit['rows'];
}

/** Null where neither Redis nor the log knows the campaign. */
export async function auditCampaign(parts: CampaignLogParts, id: string): Promise<Audit | null> {
  const known = await parts.campaigns.receipt(id);
  const before = standingOf(known);
  const open = await openRows(parts, id);
  const log = await openCampaignLog(parts, id, known);
  try {
    const look = async () => standingOf(await parts.campaigns.receipt(id));
    const audit = await auditLog({ campaign: id, before, open, log, look });
    if (!known && audit.rows.read === 0) return null;
    const differences = [
      ...(known ? [] : [UNKNOWN]),
      ...audit.differences,
      ...imbalances(audit.counters).map((text) => ({ kind: 'equation' as const, text, seqs: [] })),
    ];
    return {
      campaign: id,
      agrees: differences.length === 0,
      moving: audit.isMoving,
      differences,
      notes: [...audit.notes, ...hints(audit, parts.place)],
      counters: audit.counters,
      rows: audit.rows,
    };
  } finally {
    await log.close();
  }
}

const UNKNOWN: Difference = {
  kind: 'unknown',
  text: 'Redis knows no campaign of this id, and the log has rows of it',
  seqs: [],
};

/** A campaign that Redis does not know has counted nothing. */
function standingOf(receipt: Receipt | null): Standing {
  const { counts, finishedAt } = receipt ?? receiptOf({}, 0);
  return { books: counts, isOver: finishedAt !== null };
}

async function openRows({ redis, keys }: CampaignLogParts, id: string): Promise<OpenRow[]> {
  const open: OpenRow[] = [];
  for await (const entries of openEntries(redis, keys, id)) {
    for (const { seq, standing } of entries) open.push({ seq, isInDoubt: standing === 'in doubt' });
  }
  return open;
}

function hints({ counters, rows }: LogAudit, place: ReadPlace): string[] {
  return rows.read === 0 && counters.read > 0 ? [emptyLogHint(place)] : [];
}
