import { csvLine } from '../../core/csv.ts';
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

/** Every count of a receipt with what it means; those that nobody is in are said as well, so that nothing has to be guessed. */
export function receiptTable(context: PageContext, { counts }: Receipt): Html {
  const words = campaignWords[context.language];
  const rows = bucketsOf(counts).map(({ name, count, depth, whole }) => {
    const [label, meaning] = bucketWords[context.language][name];
    const kind = ['', 'part', 'part deep'][depth] ?? '';
    return html`<tr class="${kind}"><th scope="row">${label}</th><td class="figure">${figure(context, count)}</td><td class="figure">${whole !== null && count > 0 && shareOf(context, count, whole)}</td><td class="muted">${meaning}</td></tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${words.receipt}" tabindex="0"><table>
<caption class="hidden">${words.receipt}</caption>
<thead><tr><th scope="col">${words.bucket}</th><th scope="col" class="figure">${words.people}</th><th scope="col" class="figure">${words.share}</th><th scope="col">${words.meaning}</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/**
 * A receipt as CSV, a figure a line: `field,value`, with the names of the JSON. It is read by people in spreadsheets and comes back nowhere, so
 * text that a spreadsheet would take for a formula has a quote before it (OWASP, "CSV Injection").
 */
export function receiptCsv(receipt: Receipt): string {
  const { counts, canary, ...rest } = receipt;
  const lines: [string, string | number | null][] = [
    ...Object.entries(rest),
    ['canary', canary?.state ?? null],
    ...Object.entries(counts).flatMap(([name, count]): [string, number][] =>
      typeof count === 'number'
        ? [[`counts.${name}`, count]]
        : Object.entries(count).map(([part, figures]) => [`counts.${name}.${part}`, Number(figures)]),
    ),
  ];
  return [['field', 'value'], ...lines.map(([name, value]) => [name, cellOf(value)])].map(csvLine).join('');
}

function cellOf(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
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
