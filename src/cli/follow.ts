import type { Clock } from '../core/clock.ts';
import type { Outbox } from '../log/outbox.ts';
import type { Campaigns } from '../queue/campaigns.ts';
import { isOver, type Receipt } from '../queue/receipt.ts';
import type { LiveLine } from './output.ts';
import { progressLine } from './receipt-text.ts';

export type Followed =
  | { readonly kind: 'over'; readonly receipt: Receipt }
  | { readonly kind: 'timeout'; readonly receipt: Receipt | null };

/** How often a campaign that is waited for is looked at. */
const LOOK_MS = 250;

/**
 * Shows a campaign's progress until it is over and its rows are in the sink.
 * @param timeoutMs null to wait as long as it takes
 */
export async function follow(
  parts: {
    readonly campaigns: Campaigns;
    readonly outbox: Outbox;
    readonly clock: Clock;
    readonly line: LiveLine;
  },
  id: string,
  timeoutMs: number | null,
): Promise<Followed> {
  const { campaigns, outbox, clock, line } = parts;
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : clock.now() + timeoutMs;
  for (;;) {
    const receipt = await campaigns.receipt(id);
    if (receipt && isOver(receipt.state) && receipt.finishedAt !== null) {
      // The end of the campaign is written with the last of its rows, so everything is at or before this place.
      const position = await outbox.position();
      while (!(await outbox.shippedPast(position))) {
        line.show(`${id}: ${receipt.state}, its last rows are on their way to the log`);
        if (clock.now() > deadline) return timedOut(line, receipt);
        await clock.sleep(LOOK_MS);
      }
      line.end();
      return { kind: 'over', receipt };
    }
    if (receipt) line.show(progressLine(receipt));
    if (clock.now() > deadline) return timedOut(line, receipt);
    await clock.sleep(LOOK_MS);
  }
}

function timedOut(line: LiveLine, receipt: Receipt | null): Followed {
  line.end();
  return { kind: 'timeout', receipt };
}
