import type { Decision, Overview } from '../../desk/desk.ts';
import { campaignPath } from './campaign-view.ts';
import { domainPath } from './domain-pages.ts';
import { figure, time } from './figures.ts';
import { decisionSaids, original } from './hold-view.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { badge, notice, panel, type Tone } from './parts.ts';
import { overviewWords } from './words/overview.ts';

const URGENCY: Readonly<Record<Decision['urgency'], Tone>> = { now: 'bad', soon: 'warn', note: 'plain' };
/** Of campaigns that stand still for one reason so many are named. */
const NAMED_MAX = 5;

/** What wants a person, the most urgent first. A rule that holds fifty campaigns is one decision. */
export function decisionsPanel(context: PageContext, { decisions, open }: Overview): Html {
  const words = overviewWords[context.language];
  if (decisions.length === 0)
    return notice('plain', html`<span aria-hidden="true">✓</span> ${words.nothing}`);
  const names = new Map(open.map(({ id, name }) => [id, name]));
  const groups = Map.groupBy(decisions, (decision) => sameness(context, decision));
  return panel(
    words.decisions,
    html`<ul class="list">${[...groups.values()].map((group) => groupItem(context, group, names))}</ul>`,
  );
}

function sameness(context: PageContext, decision: Decision): string {
  const { title, said } = decisionSaids(context, decision);
  return JSON.stringify([decision.urgency, title, said ?? decision.said, decision.campaign === null]);
}

function groupItem(
  context: PageContext,
  group: readonly Decision[],
  names: ReadonlyMap<string, string>,
): Html | null {
  const [decision] = group;
  if (!decision) return null;
  const words = overviewWords[context.language];
  const { urgency, code, since } = decision;
  const { title, said, todo } = decisionSaids(context, decision);
  const own = said ?? html`<span lang="en">${decision.said}</span>`;
  const heading = html`<div class="split"><strong>${badge(URGENCY[urgency], words.urgency[urgency])} ${title}</strong>
${since !== null && html`<span class="muted">${words.since} ${time(context, since)}</span>`}</div>`;
  // Of a campaign its own page says what to do, where the buttons are.
  if (decision.campaign !== null)
    return html`<li>${heading}<div>${own}</div><div>${campaignLinks(context, group, names)}</div></li>`;
  return html`<li>${heading}<div>${own} ${todo !== null && html`<span class="muted">${todo}</span>`} ${decisionLink(context, decision, title)}</div>
${said !== null && original(context, html`<code>${code}</code> ${decision.said}`)}</li>`;
}

function campaignLinks(
  context: PageContext,
  group: readonly Decision[],
  names: ReadonlyMap<string, string>,
): Part {
  const ids = group.flatMap(({ campaign }) => campaign ?? []);
  const links = ids
    .slice(0, NAMED_MAX)
    .map((id, index) => html`${index > 0 && ' · '}<a href="${campaignPath(id)}">${names.get(id) ?? id}</a>`);
  const more = ids.length - NAMED_MAX;
  return html`${links}${more > 0 && html` · <a href="/campaigns?state=held">${overviewWords[context.language].more(figure(context, more))}</a>`}`;
}

/** Where what it is about can be looked at and decided; the page that shows more of it. */
const PLACES: Readonly<Record<string, string>> = {
  GUARD: '/senders',
  QUOTA: '/senders',
  DEAD_LETTERS: '/queues',
  NO_WORKER: '/queues',
};

function decisionLink({ language }: PageContext, { code, about }: Decision, title: string): Html | null {
  const { domain } = about;
  const place = code === 'DOMAIN' && typeof domain === 'string' ? domainPath(domain) : PLACES[code];
  return place === undefined
    ? null
    : html`<a href="${place}">${overviewWords[language].look}<span class="hidden">: ${title}</span></a>`;
}
