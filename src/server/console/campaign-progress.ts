import type { Counts, Receipt } from '../../queue/receipt.ts';
import { figure } from './figures.ts';
import type { Html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { progressBar, type Segment } from './parts.ts';
import { overviewWords } from './words/overview.ts';

/** Everybody who was skipped, by whichever list. */
function skippedOf({ skipped }: Counts): number {
  return skipped.unsubscribed + skipped.bounced + skipped.complained + skipped.blocked;
}

/** Planned people about whom it is decided what becomes of them. */
export function settledOf({ planned, pending, inDoubt }: Counts): number {
  return planned - pending - inDoubt;
}

/**
 * Whether its list is being read, and nothing says how long it is: then it is not known either what share of it is done. Where nobody waits
 * but for who is in doubt, all of it was read.
 */
export function isBeingRead({ state, etaMs, expected, counts }: Receipt): boolean {
  const isInDoubt = counts.pending === 0 && counts.inDoubt > 0;
  return state === 'running' && etaMs === null && expected === null && !isInDoubt;
}

/** How far a campaign is, as a bar of what became of its people; `progressText` says the same. */
export function campaignBar(context: Pick<PageContext, 'language'>, receipt: Receipt): Html {
  const { name, counts } = receipt;
  const total = totalOf(receipt);
  const share = total === 0 ? 0 : settledOf(counts) / total;
  return progressBar(name, share, progressText(context, receipt), segmentsOf(counts, total));
}

/** All who will be planned, as far as that is known. */
export function totalOf({ counts, expected }: Receipt): number {
  return expected ?? counts.planned;
}

export function progressText(context: Pick<PageContext, 'language'>, receipt: Receipt): string {
  const words = overviewWords[context.language];
  const say = receipt.expected === null ? words.settledOf : words.settledOfAbout;
  return say(figure(context, settledOf(receipt.counts)), figure(context, totalOf(receipt)));
}

function segmentsOf(counts: Counts, total: number): Segment[] {
  const { accepted, rejected, cancelled, dropped, inDoubt, pending } = counts;
  if (total === 0) return [];
  const parts: readonly (readonly [Segment['tone'], number])[] = [
    ['good', accepted],
    ['plain', skippedOf(counts) + cancelled],
    ['bad', rejected + dropped],
    ['warn', inDoubt],
    ['wait', pending],
  ];
  return parts.flatMap(([tone, count]) => (count === 0 ? [] : [{ tone, share: count / total }]));
}
