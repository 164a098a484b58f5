import type { Page } from '../../desk/desk.ts';
import { REASONS, type Reason } from '../../suppression/entry.ts';
import type { SuppressionRow } from '../../suppression/export.ts';
import type { SuppressionCount, SuppressionFilter } from '../../suppression/store.ts';
import { figure, time } from './figures.ts';
import { areaField, selectField } from './form-fields.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { csrfField, emptyState, facts, notice, pagination, panel, table } from './parts.ts';
import { frameWords } from './words/frame.ts';
import { suppressionWords } from './words/suppression.ts';
import { suppressionSyncWords } from './words/suppression-sync.ts';

export interface ListView {
  readonly counts: SuppressionCount;
  readonly filter: SuppressionFilter;
  /** The query of the page, for the links to the next one. */
  readonly query: URLSearchParams;
  readonly page: Page<SuppressionRow>;
  /** What was done before, to be said above. */
  readonly done: string | null;
}

/** `/suppression`: how many there are, a search, and the list. */
export function suppressionPage(context: PageContext, view: ListView): Html {
  const words = suppressionWords[context.language];
  return html`<p class="prose">${words.intro}</p>
${view.done !== null && notice('good', view.done)}
<div class="columns">
${panel(words.counts, countsOf(context, view.counts))}
${panel(words.search.title, searchForm(context, ''))}
</div>
${panel(words.list.title, list(context, view))}`;
}

export function suppressionActions({ language }: PageContext): Html {
  const words = suppressionWords[language];
  return html`<div class="row"><a class="button main" href="/suppression/add">${words.add.title}</a>
<a class="button" href="/suppression/import">${words.import.title}</a>
<a class="button" href="/suppression/sync">${suppressionSyncWords[language].title}</a>
<a class="button" href="/suppression/export">${words.export.all}</a></div>`;
}

function countsOf(context: PageContext, { everywhere, unsubscribed }: SuppressionCount): Html {
  const words = suppressionWords[context.language];
  const rows: Part[][] = [
    [words.everywhere, figure(context, everywhere)],
    ...unsubscribed.map(({ sender, addresses }) => [
      html`<a href="/suppression?${new URLSearchParams({ sender }).toString()}">${words.ofSender(sender)}</a>`,
      figure(context, addresses),
    ]),
  ];
  return table(
    words.counts,
    [{ label: words.reason }, { label: words.addresses, isFigure: true }],
    rows.map((row, index) => [
      index === 0
        ? row[0]
        : html`${words.reasons.unsubscribed}${frameWords[context.language].colon}<span>${row[0]}</span>`,
      row[1],
    ]),
  );
}

function list(context: PageContext, { counts, filter, query, page: { items, next } }: ListView): Html {
  const words = suppressionWords[context.language];
  const isFiltered = filter.reason !== undefined || filter.sender !== undefined;
  const exported = new URLSearchParams(filterPairs(filter));
  return html`${filterForm(context, counts, filter)}
${
  items.length === 0
    ? emptyState(isFiltered ? words.list.emptyFiltered : words.list.empty)
    : html`${suppressedTable(context, words.list.title, items)}<p class="muted">${words.list.order}</p>`
}
${pagination(context, query, next)}
${isFiltered && items.length > 0 && html`<p><a class="button" href="/suppression/export?${exported.toString()}">${words.export.these}</a></p>`}`;
}

export function filterPairs({ reason, sender }: SuppressionFilter): [string, string][] {
  return [
    ...(reason === undefined ? [] : ([['reason', reason]] satisfies [string, string][])),
    ...(sender === undefined ? [] : ([['sender', sender]] satisfies [string, string][])),
  ];
}

function filterForm({ language }: PageContext, counts: SuppressionCount, filter: SuppressionFilter): Html {
  const words = suppressionWords[language];
  const senders = counts.unsubscribed.map(({ sender }) => sender);
  const known = filter.sender === undefined || senders.includes(filter.sender) ? [] : [filter.sender];
  return html`<form method="get" action="/suppression" class="filter" aria-label="${words.list.filter}">
${selectField({
  name: 'reason',
  label: words.reason,
  value: filter.reason ?? '',
  options: [['', words.list.all], ...REASONS.map((reason) => [reason, words.reasons[reason]] as const)],
})}
${selectField({
  name: 'sender',
  label: words.sender,
  value: filter.sender ?? '',
  options: [
    ['', words.list.allSenders],
    ...[...senders, ...known].map((sender) => [sender, sender] as const),
  ],
})}
<button>${words.list.show}</button></form>`;
}

/** With a way to take each off its list. */
function suppressedTable(context: PageContext, caption: string, rows: readonly SuppressionRow[]): Html {
  const words = suppressionWords[context.language];
  return table(
    caption,
    [
      { label: words.address },
      { label: words.reason },
      { label: words.sender },
      { label: words.since },
      { label: words.source },
      { label: words.note },
      { label: html`<span class="hidden">${words.actions}</span>` },
    ],
    rows.map((row) => [
      row.email,
      words.reasons[row.reason],
      row.sender ?? html`<span class="muted">${words.everySender}</span>`,
      time(context, row.at),
      row.source,
      row.detail,
      removeButton(context, row),
    ]),
    { stacks: true },
  );
}

/** Posted, so that the address stands in no path. */
function removeButton(context: PageContext, { email, reason, sender }: SuppressionRow): Html {
  const words = suppressionWords[context.language];
  return html`<form method="post" action="/suppression/remove" class="inline">${csrfField(context)}${hiddenFields({ address: email, target: reason, sender: sender ?? '' })}<button class="danger" aria-label="${words.remove.button} ${email} (${words.reasons[reason]})">${words.remove.button}</button></form>`;
}

export function hiddenFields(fields: Readonly<Record<string, string>>): Html[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}

/** Posted as well: a search is about somebody. */
function searchForm(context: PageContext, addresses: string): Html {
  const words = suppressionWords[context.language];
  return html`<form method="post" action="/suppression/search" class="stack" role="search">${csrfField(context)}
${areaField({ name: 'addresses', label: words.search.label, rows: 2, value: addresses, isRequired: true })}
<div><button class="main">${words.search.button}</button></div></form>`;
}

export interface Found {
  readonly address: string;
  readonly suppressed: readonly SuppressionRow[];
}

/** What was found of each address. */
export function searchPage(
  context: PageContext,
  written: string,
  found: readonly Found[],
  problems: Html | null,
): Html {
  const words = suppressionWords[context.language];
  return html`${problems}
${found.map(({ address, suppressed }) =>
  panel(
    address,
    suppressed.length === 0
      ? notice('good', words.search.nothing)
      : suppressedTable(context, `${words.search.result}: ${address}`, suppressed),
  ),
)}
${panel(words.search.again, searchForm(context, written))}
<p><a href="/suppression">${words.import.back}</a></p>`;
}

/** What is said of an address before it is taken off a list. */
export function removeFacts(
  { language }: PageContext,
  address: string,
  reason: Reason,
  sender: string | null,
): Html {
  const words = suppressionWords[language];
  return html`<p>${words.remove.body(address, words.reasons[reason])}</p>
${facts([
  [words.address, address],
  [words.reason, words.reasons[reason]],
  [words.sender, sender ?? words.everySender],
])}
<p>${words.remove.needsConsent}</p><p class="muted">${words.remove.more}</p>`;
}
