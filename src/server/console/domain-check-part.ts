import type { DomainCheckView } from '../../desk/desk.ts';
import type { DomainItem } from '../../identity/domain-check.ts';
import { SPF_LOOKUPS_MAX } from '../../identity/spf/tally.ts';
import { figure, time } from './figures.ts';
import { original } from './hold-view.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { badge, copyable, gauge, panel, type Tone, table } from './parts.ts';
import { sentenceOf } from './told.ts';
import { domainWords } from './words/domains.ts';
import { findingWords } from './words/findings/findings.ts';
import { frameWords } from './words/frame.ts';

/** They are the installation's, and hold for all domains. */
const OF_THE_INSTALLATION: readonly DomainItem['item'][] = ['tls', 'events'];

const IN_DNS: readonly DomainItem['item'][] = ['dkim_records', 'spf', 'dmarc', 'alignment', 'mail_from'];

const TONES: Readonly<Record<DomainItem['status'], Tone>> = {
  ok: 'good',
  advice: 'good',
  wrong: 'bad',
  missing: 'bad',
  unasked: 'warn',
};

/** What DNS and SES said of a domain: item by item, what to do, and the tree of its SPF record. */
export function domainCheck(context: PageContext, check: DomainCheckView): Html {
  const { check: words } = domainWords[context.language];
  const { colon } = frameWords[context.language];
  const own = check.items.filter(({ item }) => !OF_THE_INSTALLATION.includes(item));
  const others = check.items.filter(({ item }) => OF_THE_INSTALLATION.includes(item));
  return html`${panel(
    words.title,
    html`<p>${words.at}${colon}${time(context, check.checkedAt)}</p>
${items(context, words.own, own, check)}
${others.length > 0 && items(context, words.installation, others, check)}`,
    'check',
  )}${check.spf.tree.length > 0 && spf(context, check)}`;
}

function items(
  context: PageContext,
  caption: string,
  rows: readonly DomainItem[],
  check: DomainCheckView,
): Html {
  const { check: words, items: names, statuses } = domainWords[context.language];
  return table(
    caption,
    [
      { label: words.item },
      { label: words.status },
      // One below the other: side by side they are too wide for a phone.
      { label: html`${words.found} / ${words.todo}` },
    ],
    rows.map((item) => [
      html`<strong>${names[item.item]}</strong>`,
      html`${badge(TONES[item.status], statuses[item.status])}${effect(context, item.item, check)}`,
      foundCell(context, item),
    ]),
    { showCaption: true, stacks: true },
  );
}

/** What an item does to campaigns. */
function effect({ language }: PageContext, item: DomainItem['item'], { blockers }: DomainCheckView): Part {
  const words = domainWords[language];
  if (blockers.always.includes(item)) return html`<small>${words.blocks}</small>`;
  return blockers.byDefault.includes(item) && html`<small>${words.blocksByDefault}</small>`;
}

/** What was found, what to do about it, and what should be there, a line each to be copied. */
function foundCell(context: PageContext, item: DomainItem): Html {
  const { found, todo } = item;
  const records = recordsOf(item);
  const said = findingsSaid(context, item);
  const { check: words } = domainWords[context.language];
  return html`${said ?? html`<p lang="en">${found}</p>`}${
    records.length > 0 &&
    html`<div>${words.expected}${frameWords[context.language].colon}</div>${records.map((line) => html`<div>${copyable(context, line)}</div>`)}`
  }${said === null ? steps(todo) : original(context, html`${found}${steps(todo)}`)}`;
}

/** What can be put into DNS. What SES is to say of it (`DKIM status SUCCESS`) can not. */
function recordsOf({ item, expected }: DomainItem): string[] {
  if (expected === null || !IN_DNS.includes(item)) return [];
  return expected.split('\n').filter((line) => !/^(?:DKIM signed as |MAIL FROM status )/.test(line));
}

/** Null where another version has made the check, or lacks something that the words want. */
function findingsSaid({ language }: PageContext, { findings = [] }: DomainItem): Html | null {
  const saids = findings.map(({ code, about }) => {
    const words = Object.entries(findingWords[language]).find(([known]) => known === code)?.[1];
    const said = words && sentenceOf({ language }, about, words.said);
    const todo = words?.todo && sentenceOf({ language }, about, words.todo);
    return said ? html`<p>${said}${todo && html` <span class="todo">${todo}</span>`}</p>` : null;
  });
  return saids.length === 0 || saids.includes(null) ? null : html`${saids}`;
}

/** In English, as the check says them. */
function steps(todo: readonly string[]): Html | null {
  if (todo.length === 0) return null;
  return html`<ul class="list" lang="en">${todo.map((step) => html`<li>${step}</li>`)}</ul>`;
}

function spf(context: PageContext, { spf: { lookups, tree } }: DomainCheckView): Html {
  const { spf: words } = domainWords[context.language];
  return panel(
    words.title,
    html`${
      lookups !== null &&
      gauge(
        words.label,
        // At the limit it still works: beyond it, receivers give up.
        lookups / (SPF_LOOKUPS_MAX + 1),
        words.count(figure(context, lookups)),
      )
    }<pre tabindex="0" aria-label="${words.title}">${tree.join('\n')}</pre>`,
    'spf',
  );
}
