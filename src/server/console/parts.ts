import type { CampaignState } from '../../queue/receipt.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { frameWords } from './words/frame.ts';

/** Goes into each form that is posted. */
export function csrfField({ session }: PageContext): Html {
  return html`<input type="hidden" name="csrf" value="${session.csrf}">`;
}

export interface ConfirmedAction {
  /** A page that asks, by `confirmPage`: with script it is shown in a dialog over this one. */
  readonly href: string;
  readonly label: string;
  /** What it is about, where a page has several of the same label: it is read out, and not shown. */
  readonly about?: string | undefined;
  /** Goes with the address as its query. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly look?: 'main' | 'danger' | 'plain' | undefined;
}

/** A button that asks before it does something. It works without script, as a way to the page that asks. */
export function confirmButton({ href, label, about, query = {}, look = 'plain' }: ConfirmedAction): Html {
  const fields = Object.entries(query).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="get" action="${href}" class="inline" data-confirm>${fields}<button class="${look}" aria-haspopup="dialog">${label}${about !== undefined && html`<span class="hidden"> ${about}</span>`}</button></form>`;
}

export interface Question {
  readonly title: string;
  /** What it does, and to whom. */
  readonly body: Part;
  /** Where it is posted to. */
  readonly action: string;
  /** Of the button that does it. */
  readonly label: string;
  readonly look?: 'main' | 'danger' | undefined;
  readonly reason: 'none' | 'optional' | 'required';
  /** What was written there before, where it is asked again. */
  readonly reasonText?: string | undefined;
  /** Further fields, above the reason. */
  readonly fields?: Part;
  /** Where "Go back" leads without script. */
  readonly back: string;
  /** Why it was not done, where it was tried. */
  readonly problems?: readonly string[] | undefined;
}

/** A question with a form: the body of a page that asks, and of the dialog that shows it. */
export function confirmForm(context: PageContext, question: Question): Html {
  const words = frameWords[context.language];
  const { reason, look = 'main' } = question;
  return html`<div data-question>
<h2 id="dialog-title">${question.title}</h2>
<div class="prose">${question.body}</div>
${question.problems && problemList(context, question.problems)}
<form method="post" action="${question.action}" class="stack">${csrfField(context)}
${question.fields}
${
  reason !== 'none' &&
  html`<div class="field"><label class="field"><span>${words.reason}${reason === 'optional' && html` <span class="muted">(${words.optional})</span>`}</span>
<textarea name="reason" rows="2" maxlength="1000"${reason === 'required' && html` required`} aria-describedby="reason-hint">
${question.reasonText ?? ''}</textarea></label>
<small id="reason-hint" class="muted">${words.reasonHint}</small></div>`
}
<div class="row"><button class="${look}">${question.label}</button> <a class="button plain" href="${question.back}" data-dismiss>${words.goBack}</a></div>
</form>
</div>`;
}

/** What a person has to mend, a line each. */
export function problemList(context: PageContext, problems: readonly string[]): Html {
  return html`<div class="notice bad" role="alert"><strong>${frameWords[context.language].problems}</strong>
<ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul></div>`;
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

const MARKS: Readonly<Record<Tone, string>> = { good: '✓', warn: '▲', bad: '✕', plain: '●' };

/** @param tone said by a mark as well, never by colour alone */
export function badge(tone: Tone, text: string, mark: string = MARKS[tone]): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${mark}</span> ${text}</span>`;
}

const STATES: Readonly<Record<CampaignState, readonly [tone: Tone, mark: string]>> = {
  scheduled: ['plain', '◷'],
  queued: ['plain', '…'],
  running: ['good', '▶'],
  paused: ['warn', '‖'],
  held: ['bad', '▲'],
  finished: ['plain', '✓'],
  cancelled: ['plain', '■'],
  failed: ['bad', '✕'],
};

export function stateBadge({ language }: Pick<PageContext, 'language'>, state: CampaignState): Html {
  const [tone, mark] = STATES[state];
  return badge(tone, frameWords[language].states[state], mark);
}

/** @param tone `good` is read out politely, `bad` at once, the others not at all */
export function notice(tone: Tone, text: Part): Html {
  const role = tone === 'bad' ? html` role="alert"` : tone === 'good' ? html` role="status"` : null;
  return html`<div class="notice ${tone}"${role}>${text}</div>`;
}

export function emptyState(text: Part, action?: Html): Html {
  return html`<div class="empty"><p>${text}</p>${action}</div>`;
}

export interface Column {
  readonly label: Part;
  /** Figures stand below each other, to the right. */
  readonly isFigure?: boolean | undefined;
}

export interface TableOptions {
  readonly showCaption?: boolean;
  /** On a phone each row stands by itself, with the columns' names beside its cells. */
  readonly stacks?: boolean;
}

/** A table that scrolls sideways within itself where the window is narrow. The first cell of each row is its heading. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
  { showCaption = false, stacks = false }: TableOptions = {},
): Html {
  if (stacks) return stackingTable(caption, columns, rows, showCaption);
  const kind = (index: number) => columns[index]?.isFigure === true && html` class="figure"`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption class="${showCaption ? '' : 'hidden'}">${caption}</caption>
<thead><tr>${columns.map(({ label }, index) => html`<th scope="col"${kind(index)}>${label}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) =>
        index === 0 ? html`<th scope="row"${kind(index)}>${cell}</th>` : html`<td${kind(index)}>${cell}</td>`,
      )}</tr>`,
  )}</tbody>
</table></div>`;
}

/** A row that is shown as a block would be no row to a screen reader without its role. */
function stackingTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
  showCaption: boolean,
): Html {
  const kind = (index: number) => columns[index]?.isFigure === true && html` class="figure"`;
  const cell = (part: Part, index: number) =>
    index === 0
      ? html`<th scope="row" role="rowheader"${kind(index)}>${part}</th>`
      : html`<td role="cell"${kind(index)}><span class="label" aria-hidden="true">${columns[index]?.label}</span><div>${part}</div></td>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table class="stacks" role="table">
<caption class="${showCaption ? '' : 'hidden'}">${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ label }, index) => html`<th scope="col" role="columnheader"${kind(index)}>${label}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((cells) => html`<tr role="row">${cells.map(cell)}</tr>`)}</tbody>
</table></div>`;
}

/** Terms and what they are, such as the facts of a campaign. */
export function facts(pairs: readonly (readonly [term: string, value: Part])[]): Html {
  return html`<dl class="facts">${pairs.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export interface Segment {
  readonly tone: Tone | 'wait';
  readonly share: number;
}

/** @param text what it says, which stands beside it as well */
export function progressBar(label: string, done: number, text: string, segments: readonly Segment[]): Html {
  let from = 0;
  const bars = segments.map(({ tone, share }) => {
    const bar = html`<rect class="${tone}" x="${round(from * 1000)}" y="0" width="${round(share * 1000)}" height="10"></rect>`;
    from += share;
    return bar;
  });
  return html`<div class="progress" role="progressbar" aria-label="${label}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${round(done * 100)}" aria-valuetext="${text}"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars}</svg></div>`;
}

/**
 * A figure against its limit, with both as text beside it.
 * @param isWarning whether it is bad to come near the limit: of a rate it is what is wanted
 */
export function gauge(label: string, share: number, text: string, isWarning = true): Html {
  const tone = !isWarning ? 'good' : share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'good';
  const full = Math.min(Math.max(share, 0), 1);
  return html`<div class="gauge"><span>${label}</span> <span class="figure">${tone === 'good' ? null : html`<span aria-hidden="true">${MARKS[tone]}</span> `}${text}</span>
<div class="progress" role="meter" aria-label="${label}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${round(full * 100)}" aria-valuetext="${text}"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect class="${tone}" x="0" y="0" width="${round(full * 1000)}" height="10"></rect></svg></div></div>`;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}

/** Links to the first page and the next one; nothing where all is on one page. */
export function pagination(context: PageContext, query: URLSearchParams, next: string | null): Html | null {
  const words = frameWords[context.language];
  const isFirst = !query.has('after');
  if (isFirst && next === null) return null;
  const first = new URLSearchParams(query);
  first.delete('after');
  const following = new URLSearchParams(query);
  following.set('after', next ?? '');
  return html`<nav class="pages" aria-label="${words.pages}">
${!isFirst && html`<a class="button plain" href="?${first.toString()}">${words.newer}</a>`}
${next !== null && html`<a class="button plain" rel="next" href="?${following.toString()}">${words.older}</a>`}
</nav>`;
}

/** A part of a page with a heading. */
export function panel(title: Part, body: Part, id?: string): Html {
  return html`<section class="panel"${id !== undefined && html` id="${id}"`}><h2>${title}</h2>${body}</section>`;
}

/** What the event stream replaces. @param announce is read out when it changes, such as a state */
export function liveFragment(name: string, body: Part, announce?: string): Html {
  return html`<div data-live="${name}"${announce !== undefined && html` data-announce="${announce}"`}>${body}</div>`;
}

/** Text with a button that puts it on the clipboard; without script it can still be selected. */
export function copyable({ language }: PageContext, text: string): Html {
  const words = frameWords[language];
  return html`<span class="copyable"><code>${text}</code> <button type="button" class="quiet" data-copy="${text}" data-copied="${words.copied}" hidden>${words.copy}</button></span>`;
}
