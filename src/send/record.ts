import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import { type Meter, NO_METER } from '../core/meter.ts';
import { NO_TRACING, type Tracing } from '../core/tracing.ts';
import type { EventBlock } from '../log/event.ts';
import type { Result } from './aftermath.ts';
import type { BatchRef, Ledger, SettleAnswer } from './ledger.ts';
import type { Mailing } from './mailing.ts';
import { countResults } from './result-count.ts';

export interface RecordParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter?: Meter;
  readonly tracing?: Tracing;
}

/** Between two tries of a Redis that refuses to write. */
const REFUSED_WAIT_MS = 500;

/**
 * Settles results in one step with their log rows. Where some of them are no longer this claim's to settle (somebody
 * settled them in the meantime), they are left out and the rest is settled; the ledger decides, this only asks again.
 */
export async function recordResults(
  parts: RecordParts,
  ref: BatchRef,
  mailing: Mailing,
  results: readonly Result[],
): Promise<void> {
  const { tracing = NO_TRACING } = parts;
  const fields = { campaign: ref.campaign, batch: ref.batch, entries: results.length };
  await tracing.span('settle', fields, () => record(parts, ref, mailing, results));
}

async function record(
  parts: RecordParts,
  ref: BatchRef,
  mailing: Mailing,
  results: readonly Result[],
): Promise<void> {
  let left = results;
  while (left.length > 0) {
    const answer = await settle(parts, ref, mailing, left);
    if (answer.kind === 'settled') {
      countResults(parts.meter ?? NO_METER, left);
      return;
    }
    // Of a batch that is gone everybody had an end. An acceptance that comes this late is either this settlement sent
    // again, and its rows have the ids of the rows that are there, or a second mail, and then the log must show it.
    const stale = answer.kind === 'stale' ? new Set(answer.positions) : null;
    const isStale = (result: Result) => stale === null || stale.has(result.settlement.position);
    const twice = left.filter((result) => isStale(result) && result.settlement.verb === 'accepted');
    if (stale === null) countResults(parts.meter ?? NO_METER, left.filter(isOfSes));
    if (twice.length > 0 && stale === null) {
      const block = blockOf(mailing, twice, parts.clock.now());
      if (block) await parts.ledger.note(block);
    } else if (twice.length > 0) {
      // Another claim's mail was accepted as well. The log has to show both.
      parts.logger.error('SES accepted a second mail for the same entries', {
        campaign: ref.campaign,
        batch: ref.batch,
        entries: twice.length,
      });
      const block = blockOf(mailing, twice, parts.clock.now());
      if (block) await parts.ledger.note(block);
    }
    left = left.filter((result) => !isStale(result));
  }
}

/** Where SES's events were quicker than its answer, or the answer of Redis was lost, the batch is gone, and SES has said so all the same. */
function isOfSes({ settlement: { verb } }: Result): boolean {
  return verb === 'accepted' || verb === 'rejected';
}

/**
 * What SES has answered is known to nobody else, so it is kept until Redis takes it: a Redis that is away is waited for by
 * the connection, and one that refuses (its memory is full, it is loading, it is read-only) is asked again.
 */
async function settle(
  { ledger, clock, logger }: RecordParts,
  ref: BatchRef,
  mailing: Mailing,
  results: readonly Result[],
): Promise<SettleAnswer> {
  const settlements = results.map((result) => result.settlement);
  const block = blockOf(mailing, results, clock.now());
  for (;;) {
    try {
      return await ledger.settle(ref, settlements, block, countOf(results));
    } catch (thrown) {
      logger.error('Redis did not take what SES has answered; it is kept, and tried again', {
        campaign: ref.campaign,
        batch: ref.batch,
        entries: results.length,
        error: messageOf(thrown),
      });
      await clock.sleep(REFUSED_WAIT_MS);
    }
  }
}

/** What the rows of a batch have in common is said once. */
function blockOf(mailing: Mailing, results: readonly Result[], nowMs: number): EventBlock | null {
  const events = results.flatMap((result) => (result.event ? [result.event] : []));
  if (events.length === 0) return null;
  return {
    common: {
      event_time: nowMs,
      campaign_id: mailing.campaign,
      project: mailing.project,
      sender: mailing.sender,
      tags: mailing.tags,
      ...(mailing.override ? { override: true } : {}),
    },
    events,
  };
}

/** A failing of SES's own with an entry goes before a wait of the whole call. */
function countOf(results: readonly Result[]): 'tries' | 'waits' | null {
  if (results.some((result) => result.counts === 'tries')) return 'tries';
  return results.some((result) => result.counts === 'waits') ? 'waits' : null;
}
