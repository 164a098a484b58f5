import type { DomainRow, DomainView, WarmUpView } from '../../desk/desk.ts';
import { BULK_SENDER_MAILS } from '../../identity/gmail.ts';
import { domainCheck } from './domain-check-part.ts';
import { figure, time } from './figures.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import {
  badge,
  confirmButton,
  copyable,
  csrfField,
  emptyState,
  facts,
  gauge,
  notice,
  panel,
  type Tone,
  table,
} from './parts.ts';
import { warmUpPanel, warmUpsPanel } from './warm-up-part.ts';
import { domainWords } from './words/domains.ts';
import { frameWords } from './words/frame.ts';

/** `/domains` */
export function domainsPage(
  context: PageContext,
  rows: readonly DomainRow[],
  warmUps: readonly WarmUpView[],
  done: string | null,
): Html {
  const words = domainWords[context.language];
  return html`${done !== null && notice('good', done)}<p class="prose">${words.intro}</p>
<section class="panel">${rows.length === 0 ? emptyState(words.empty) : domainTable(context, rows)}</section>
<p class="prose muted">${words.bulk.hint}</p>
${warmUpsPanel(context, warmUps)}`;
}

export function domainsActions({ language }: PageContext): Html {
  return html`<a class="button main" href="/domains/add">${domainWords[language].add.button}</a>`;
}

function domainTable(context: PageContext, rows: readonly DomainRow[]): Html {
  const words = domainWords[context.language];
  return table(
    words.title,
    [
      { label: words.name },
      { label: words.state },
      { label: words.gmail },
      { label: words.organisation },
      { label: words.checkedAt },
    ],
    rows.map((row) => [
      html`<a href="${domainPath(row.name)}">${row.name}</a>`,
      stateOf(context, row),
      html`${badge('plain', row.gmail.bulkSenderSince === null ? words.bulk.isNot : words.bulk.is)}<small>${mailsOf(context, row)}</small>`,
      row.organisation,
      row.check === null ? html`<span class="muted">${words.never}</span>` : time(context, row.check.at),
    ]),
    { stacks: true },
  );
}

export function domainPath(name: string): string {
  return `/domains/${encodeURIComponent(name)}`;
}

function mailsOf(context: PageContext, { gmail }: Pick<DomainRow, 'gmail'>): string {
  const { bulk } = domainWords[context.language];
  return bulk.mails(figure(context, gmail.last24Hours), figure(context, BULK_SENDER_MAILS));
}

function stateOf({ language }: PageContext, { check }: Pick<DomainRow, 'check'>): Part {
  const words = domainWords[language];
  if (check === null) return badge('plain', words.states.unknown);
  const state = check.blockers.length > 0 ? 'blocked' : check.ready ? 'ready' : 'partly';
  const tones: Record<typeof state, Tone> = { blocked: 'bad', ready: 'good', partly: 'warn' };
  const lacking = check.blockers.map((item) => words.items[item]).join(frameWords[language].comma);
  return html`${badge(tones[state], words.states[state])}${lacking !== '' && html`<small>${words.lacks(lacking)}</small>`}`;
}

export interface DomainPageView {
  readonly domain: DomainView;
  /** Null where it is not warmed up. */
  readonly warmUp: WarmUpView | null;
  /** It is being asked for: its part of the page comes when it is there. */
  readonly isChecking: boolean;
  readonly done: string | null;
}

/** `/domains/:name` */
export function domainPage(context: PageContext, { domain, warmUp, isChecking, done }: DomainPageView): Html {
  const words = domainWords[context.language];
  return html`${done !== null && notice('good', done)}
<section class="panel">${facts([
    [words.state, stateOf(context, domain)],
    [words.organisation, domain.organisation],
    [words.added, time(context, domain.addedAt)],
  ])}<h2>${words.gmail}</h2>${bulkStanding(context, domain)}</section>
${warmUpPanel(context, domain.name, warmUp)}
${isChecking ? checking(context, domain.name) : domain.lastCheck === null ? panel(words.check.title, emptyState(words.check.none), 'check') : domainCheck(context, domain.lastCheck)}
${panel(words.records.title, records(context, domain), 'records')}`;
}

export function domainActions(context: PageContext, name: string): Html {
  const words = domainWords[context.language];
  return html`<div class="row"><form method="post" action="${domainPath(name)}/check" class="inline">${csrfField(context)}<button class="main">${words.check.button}</button></form>
${confirmButton({ href: `${domainPath(name)}/move`, label: words.move.button })}
${confirmButton({ href: `${domainPath(name)}/remove`, label: words.remove.button, look: 'danger' })}</div>`;
}

function bulkStanding(context: PageContext, domain: DomainRow): Html {
  const { bulk: words } = domainWords[context.language];
  const since = domain.gmail.bulkSenderSince;
  if (since !== null) {
    return html`${badge('plain', words.is)}<br>${words.since(since.slice(0, 10))}<br><small class="muted">${mailsOf(context, domain)}</small>`;
  }
  return gauge(words.isNot, domain.gmail.last24Hours / BULK_SENDER_MAILS, mailsOf(context, domain));
}

/** Replaced by the answer with script (`data-load`), and a way to it without. */
function checking({ language }: PageContext, name: string): Html {
  const { check: words } = domainWords[language];
  const path = `${domainPath(name)}/checked`;
  return html`<div data-load="${path}"><section class="panel"><h2>${words.title}</h2><p role="status">${words.running}</p><p><a class="button" href="${path}">${words.wait}</a></p></section></div>`;
}

/** `/domains/:name/checked`: the answer of a check by itself, which is what `data-load` takes out of it. */
export function checkedPage(
  context: PageContext,
  name: string,
  check: DomainView['lastCheck'] | 'failed',
): Html {
  const words = domainWords[context.language];
  const body =
    check === 'failed'
      ? notice('bad', words.check.failed)
      : check === null
        ? panel(words.check.title, emptyState(words.check.none), 'check')
        : domainCheck(context, check);
  return html`<div data-loaded>${body}</div><p><a href="${domainPath(name)}">${name}</a></p>`;
}

function records(context: PageContext, { records: rows, zone, trouble }: DomainView): Html {
  const { records: words } = domainWords[context.language];
  if (trouble !== null) return notice('warn', html`<span lang="en">${words.trouble(trouble)}</span>`);
  if (rows.length === 0) return emptyState(words.none);
  return html`<p class="prose">${words.intro} ${words.hint}</p>
${table(
  words.title,
  [
    { label: words.type },
    { label: words.absolute },
    { label: words.relative },
    { label: words.value },
    { label: words.priority, isFigure: true },
    { label: words.purpose },
  ],
  rows.map(({ type, name, relativeName, value, priority }) => [
    type,
    copyable(context, name),
    copyable(context, relativeName),
    copyable(context, value),
    priority === null ? '–' : String(priority),
    words.purposes[purposeOf(type, name)],
  ]),
  { stacks: true },
)}
<details><summary>${words.zone}</summary><pre tabindex="0">${zone}</pre>
<p>${copyButton(context, words.zoneCopy, zone)}</p></details>`;
}

/** A domain has one kind of record for each purpose, but for TXT. */
function purposeOf(type: string, name: string): 'dkim' | 'mx' | 'dmarc' | 'spf' {
  if (type === 'CNAME') return 'dkim';
  if (type === 'MX') return 'mx';
  return name.startsWith('_dmarc.') ? 'dmarc' : 'spf';
}

function copyButton({ language }: PageContext, label: string, text: string): Html {
  return html`<button type="button" data-copy="${text}" data-copied="${frameWords[language].copied}" hidden>${label}</button>`;
}
