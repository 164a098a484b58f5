import type { Course, CourseSample } from '../../queue/course.ts';
import { figure, time } from './figures.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { table } from './parts.ts';
import { campaignWords } from './words/campaign.ts';

/** So many rows tell how a campaign went; the chart has all. */
const ROWS_MAX = 60;

/** What is drawn, newest last, in the order of the table's columns. */
export const SERIES = [
  'accepted',
  'delivered',
  'bouncedHard',
  'bouncedSoft',
  'complained',
  'opened',
  'clicked',
  'unsubscribed',
  'skipped',
  'rejected',
  'inDoubt',
] as const satisfies readonly (keyof CourseSample)[];

/** The figures of the charts for those who can't see them. The mark tells the script when to draw anew. */
export function courseTable(context: PageContext, { samples }: Course): Html {
  const words = campaignWords[context.language];
  const newest = samples.at(-1)?.at ?? 0;
  const columns = [
    { label: words.chartTime },
    ...SERIES.map((name) => ({ label: words.series[name], isFigure: true })),
  ];
  const rows = thinned(samples).map((sample) => [
    time(context, sample.at),
    ...SERIES.map((name) => figure(context, sample[name])),
  ]);
  return html`<div data-course-at="${newest}">${samples.length < 2 && html`<p class="muted">${words.chartEmpty}</p>`}${
    samples.length > 0 &&
    html`<details><summary>${words.asTable}</summary>${table(words.events, columns, rows)}</details>`
  }</div>`;
}

/** Columns as uPlot takes them: seconds first, then a list for each series. */
export function courseColumns({ samples }: Course): number[][] {
  return [samples.map(({ at }) => at / 1000), ...SERIES.map((name) => samples.map((sample) => sample[name]))];
}

function thinned(samples: readonly CourseSample[]): CourseSample[] {
  const step = Math.ceil(samples.length / ROWS_MAX);
  return samples.filter((_sample, index) => index % step === 0 || index === samples.length - 1);
}
