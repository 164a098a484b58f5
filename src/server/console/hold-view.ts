import { type About, scalars } from '../../core/hold-code.ts';
import type { Decision } from '../../desk/desk.ts';
import type { Receipt } from '../../queue/receipt.ts';
import { time } from './figures.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { sentenceOf } from './told.ts';
import { frameWords } from './words/frame.ts';
import { alertWords, holdWords } from './words/holds/holds.ts';
import type { Saying } from './words/holds/saying.ts';

/** A code in the reader's words. */
export interface Saids {
  readonly title: string;
  /** Null where only the program's own sentence says it. */
  readonly said: string | null;
  readonly todo: string | null;
}

/** Why a campaign is held. A code of another version has no words here, and none of the figures may be missing. */
export function holdSaids({ language }: Pick<PageContext, 'language'>, code: string, about: About): Saids {
  const saying = sayingOf(holdWords[language], code);
  return saying ? saids(language, saying, about) : { title: code, said: null, todo: null };
}

/** What a decision is about. */
export function decisionSaids({ language }: Pick<PageContext, 'language'>, decision: Decision): Saids {
  const { code, about } = decision;
  if (isHold(decision)) {
    const { title, ...rest } = holdSaids({ language }, code, about);
    return { title: frameWords[language].held(title), ...rest };
  }
  const saying = sayingOf(alertWords[language], code);
  return saying ? saids(language, saying, about) : { title: code, said: null, todo: null };
}

/** Of a campaign that is held it is the hold, and `note` is what is no hold yet. */
function isHold({ campaign, urgency }: Pick<Decision, 'campaign' | 'urgency'>): boolean {
  return campaign !== null && urgency !== 'note';
}

function sayingOf(words: Readonly<Record<string, Saying>>, code: string): Saying | null {
  return Object.entries(words).find(([known]) => known === code)?.[1] ?? null;
}

function saids(language: PageContext['language'], { title, said, todo }: Saying, about: About): Saids {
  return {
    title,
    said: sentenceOf({ language }, about, said),
    todo: sentenceOf({ language }, about, todo),
  };
}

/** Why a campaign is held, what to do about it, and when it goes on by itself. */
export function holdNotice(context: PageContext, { hold, reason }: Receipt): Html | null {
  if (hold === null) return null;
  const words = frameWords[context.language];
  const { title, said, todo } = holdSaids(context, hold.code, hold.about);
  return html`<div class="notice ${hold.until === null ? 'bad' : 'warn'}"><strong>${words.held(title)}</strong>
${said !== null && html`<p>${said}</p>`}${todo !== null && html`<p>${todo}</p>`}
${hold.until !== null && html`<p>${words.goesOnAt} ${time(context, hold.until)}</p>`}
${originalReason(context, hold.code, reason)}</div>`;
}

/** In a list: why it stands still, as far as there is room. */
export function holdBrief(context: PageContext, receipt: Receipt): Html | null {
  const said = receipt.hold === null ? receipt.reason : holdSentence(context, receipt);
  return said === null ? null : html`<small class="clamped">${said}</small>`;
}

/** Why a campaign is held, in one sentence. */
export function holdSentence(context: PageContext, { hold, reason }: Receipt): Part {
  if (hold === null) return null;
  const { title, said } = holdSaids(context, hold.code, hold.about);
  return said ?? html`<span lang="en">${reason ?? title}</span>`;
}

/** In the history of a campaign, whose rows have the figures of some holds only. */
export function heldLine(
  context: PageContext,
  code: string,
  detail: Readonly<Record<string, unknown>>,
  reason: string | null,
): Html {
  const { title, said } = holdSaids(context, code, scalars(detail));
  return html`: ${said ?? title}${originalReason(context, code, reason)}`;
}

/** The program's own words, by which its log, its notices and its documentation are searched. */
export function original({ language }: PageContext, text: Part): Html {
  return html`<details class="original"><summary>${frameWords[language].original}</summary><div lang="en">${text}</div></details>`;
}

function originalReason(context: PageContext, code: string, reason: string | null): Html | null {
  return reason === null ? null : original(context, html`<code>${code}</code> ${reason}`);
}
