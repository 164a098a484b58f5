import type { Counts, Receipt } from '../../queue/receipt.ts';
import { figure, shareOf } from './figures.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { bucketWords } from './words/buckets.ts';
import { campaignWords } from './words/campaign.ts';

type BucketName = keyof (typeof bucketWords)['en'];

interface Bucket {
  readonly name: BucketName;
  readonly count: number;
  /** 1: a part of what stands above it; 2: a part of that part. */
  readonly depth: 0 | 1 | 2;
  readonly whole: number | null;
}

/** Every count of a receipt with what it means, on a phone below its name; those that nobody is in are said as well, so that nothing has to be guessed. */
export function receiptTable(context: PageContext, { counts }: Receipt): Html {
  const words = campaignWords[context.language];
  const rows = bucketsOf(counts).map(({ name, count, depth, whole }) => {
    const [label, meaning] = bucketWords[context.language][name];
    const kind = ['', 'part', 'part deep'][depth] ?? '';
    return html`<tr class="${kind}"><th scope="row">${label}<small class="narrow">${meaning}</small></th><td class="figure${count === 0 && html` muted`}">${figure(context, count)}</td><td class="figure">${whole !== null && count > 0 && shareOf(context, count, whole)}</td><td class="muted meaning">${meaning}</td></tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${words.receipt}" tabindex="0"><table>
<caption class="hidden">${words.receipt}</caption>
<thead><tr><th scope="col">${words.bucket}</th><th scope="col" class="figure">${words.people}</th><th scope="col" class="figure">${words.share}</th><th scope="col" class="meaning">${words.meaning}</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function bucketsOf(counts: Counts): Bucket[] {
  const { skipped, bounced, read, planned, accepted } = counts;
  const rows: readonly (readonly [BucketName, number, 0 | 1 | 2, number | null])[] = [
    ['read', read, 0, null],
    ['duplicate', counts.duplicate, 1, read],
    ['invalid', counts.invalid, 1, read],
    ['planned', planned, 0, read],
    ['unsubscribed', skipped.unsubscribed, 1, planned],
    ['bounced', skipped.bounced, 1, planned],
    ['complained', skipped.complained, 1, planned],
    ['blocked', skipped.blocked, 1, planned],
    ['accepted', accepted, 1, planned],
    ['delivered', counts.delivered, 2, accepted],
    ['bouncedHard', bounced.hard, 2, accepted],
    ['bouncedSoft', bounced.soft, 2, accepted],
    ['mailComplained', counts.complained, 2, accepted],
    ['opened', counts.opened, 2, accepted],
    ['clicked', counts.clicked, 2, accepted],
    ['mailUnsubscribed', counts.unsubscribed, 2, accepted],
    ['rejected', counts.rejected, 1, planned],
    ['cancelled', counts.cancelled, 1, planned],
    ['dropped', counts.dropped, 1, planned],
    ['inDoubt', counts.inDoubt, 1, planned],
    ['pending', counts.pending, 1, planned],
    ['resent', counts.resent, 0, null],
  ];
  return rows.map(([name, count, depth, whole]) => ({ name, count, depth, whole }));
}
