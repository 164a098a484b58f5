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

/** How far a campaign is, as a bar of what became of its people; `progressText` says the same. */
export function campaignBar(context: Pick<PageContext, 'language'>, { name, counts }: Receipt): Html {
  return progressBar(name, shareDone(counts), progressText(context, counts), segmentsOf(counts));
}

export function progressText(context: Pick<PageContext, 'language'>, counts: Counts): string {
  return overviewWords[context.language].settledOf(
    figure(context, settledOf(counts)),
    figure(context, counts.planned),
  );
}

function shareDone(counts: Counts): number {
  return counts.planned === 0 ? 0 : settledOf(counts) / counts.planned;
}

function segmentsOf(counts: Counts): Segment[] {
  const { planned, accepted, rejected, cancelled, dropped, inDoubt, pending } = counts;
  if (planned === 0) return [];
  const parts: readonly (readonly [Segment['tone'], number])[] = [
    ['good', accepted],
    ['plain', skippedOf(counts) + cancelled],
    ['bad', rejected + dropped],
    ['warn', inDoubt],
    ['wait', pending],
  ];
  return parts.flatMap(([tone, count]) => (count === 0 ? [] : [{ tone, share: count / planned }]));
}
