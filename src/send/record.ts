import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { EventBlock } from '../log/event.ts';
import type { Result } from './aftermath.ts';
import type { BatchRef, Ledger } from './ledger.ts';
import type { Mailing } from './mailing.ts';

/**
 * Settles results in one step with their log rows. Where some of them are no longer this claim's to settle (somebody
 * settled them in the meantime), they are left out and the rest is settled; the ledger decides, this only asks again.
 */
export async function recordResults(
  parts: { readonly ledger: Ledger; readonly clock: Clock; readonly logger: Logger },
  ref: BatchRef,
  mailing: Mailing,
  results: readonly Result[],
): Promise<void> {
  let left = results;
  while (left.length > 0) {
    const answer = await parts.ledger.settle(
      ref,
      left.map((result) => result.settlement),
      blockOf(mailing, left, parts.clock.now()),
      countOf(left),
    );
    if (answer.kind !== 'stale') return;
    const stale = new Set(answer.positions);
    const isStale = (result: Result) => stale.has(result.settlement.position);
    const twice = left.filter((result) => isStale(result) && result.settlement.verb === 'accepted');
    if (twice.length > 0) {
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
