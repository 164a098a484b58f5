import type { Decision, GuardRow, Overview } from '../../desk/desk.ts';
import type { Receipt } from '../../queue/receipt.ts';
import { campaignBar, progressText } from './campaign-progress.ts';
import { campaignPath } from './campaign-view.ts';
import { duration, figure, percent, perSecond, shareOf, time } from './figures.ts';
import { decisionSaids, holdBrief, isHold, original } from './hold-view.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import {
  badge,
  emptyState,
  facts,
  gauge,
  liveFragment,
  notice,
  panel,
  stateBadge,
  type Tone,
  table,
} from './parts.ts';
import { overviewWords } from './words/overview.ts';

export interface OverviewFragments extends Readonly<Record<string, Html>> {
  readonly decisions: Html;
  readonly campaigns: Html;
  readonly account: Html;
  readonly log: Html;
  readonly workers: Html;
  readonly guard: Html;
}

/** The parts of the overview, each of which is replaced when it changes. */
export function overviewFragments(context: PageContext, overview: Overview): OverviewFragments {
  const words = overviewWords[context.language];
  const announce = words.announce(figure(context, overview.decisions.length));
  return {
    decisions: liveFragment('decisions', decisionsPanel(context, overview.decisions), announce),
    campaigns: liveFragment('campaigns', campaignsPanel(context, overview)),
    account: liveFragment('account', panel(words.account, accountBody(context, overview))),
    log: liveFragment('log', panel(words.log, logBody(context, overview))),
    workers: liveFragment('workers', panel(words.workers, workersBody(context, overview))),
    guard: liveFragment('guard', panel(words.guard, guardBody(context, overview.guard))),
  };
}

const URGENCY: Readonly<Record<Decision['urgency'], Tone>> = { now: 'bad', soon: 'warn', note: 'plain' };

function decisionsPanel(context: PageContext, decisions: readonly Decision[]): Html {
  const words = overviewWords[context.language];
  if (decisions.length === 0)
    return notice('plain', html`<span aria-hidden="true">✓</span> ${words.nothing}`);
  return panel(
    words.decisions,
    html`<ul class="list decisions">${decisions.map((decision) => decisionItem(context, decision))}</ul>`,
  );
}

function decisionItem(context: PageContext, decision: Decision): Html {
  const words = overviewWords[context.language];
  const { urgency, code, campaign, since } = decision;
  const { title, said, todo } = decisionSaids(context, decision);
  // Of a hold its campaign's page says what to do, where the buttons are.
  const next = isHold(decision) ? null : todo;
  return html`<li><div class="split"><strong>${badge(URGENCY[urgency], words.urgency[urgency])} ${title}</strong>
${since !== null && html`<span class="muted">${words.since} ${time(context, since)}</span>`}</div>
${campaign !== null && html`<div><a href="${campaignPath(campaign)}">${campaign}</a></div>`}
<div>${said ?? html`<span lang="en">${decision.said}</span>`} ${next !== null && html`<span class="muted">${next}</span>`}</div>
${decisionLink(context, decision, title)}${said !== null && original(context, html`<code>${code}</code> ${decision.said}`)}</li>`;
}

/** Where what it is about can be looked at and decided; without a campaign the page that shows more of it. */
const PLACES: Readonly<Record<string, string>> = {
  DOMAIN: '/domains',
  GUARD: '/senders',
  DEAD_LETTERS: '/queues',
  NO_WORKER: '/queues',
};

function decisionLink({ language }: PageContext, decision: Decision, title: string): Html | null {
  const words = overviewWords[language];
  const { campaign, code } = decision;
  if (campaign !== null) return null;
  const place = PLACES[code];
  return place === undefined
    ? null
    : html`<a href="${place}">${words.look}<span class="hidden">: ${title}</span></a>`;
}

function campaignsPanel(context: PageContext, { open, openCount, account }: Overview): Html {
  const words = overviewWords[context.language];
  const columns = [
    { label: words.campaign },
    { label: words.state },
    { label: words.progress },
    { label: words.rate, isFigure: true },
    { label: words.left, isFigure: true },
  ];
  const rows = open.map((receipt) => [
    campaignLink(receipt),
    html`${stateBadge(context, receipt.state)}${holdBrief(context, receipt)}`,
    html`${campaignBar(context, receipt)}<small>${progressText(context, receipt)}</small>`,
    rateCell(context, receipt, account?.perSecond ?? null),
    leftCell(context, receipt),
  ]);
  const more =
    openCount > open.length &&
    html`<a href="/campaigns?state=open">${words.all(figure(context, openCount))}</a>`;
  return panel(
    words.campaigns,
    open.length === 0 ? emptyState(words.noCampaigns) : html`${table(words.campaigns, columns, rows)}${more}`,
  );
}

export function campaignLink({ id, name }: Pick<Receipt, 'id' | 'name'>): Html {
  return html`<a href="${campaignPath(id)}">${name}</a>${name !== id && html`<small><code>${id}</code></small>`}`;
}

function rateCell(context: PageContext, { state, perSecond: rate }: Receipt, all: number | null): Part {
  if (state !== 'running') return '–';
  return html`${perSecond(context, rate)}${all !== null && html`<small>${shareOf(context, rate, all)}</small>`}`;
}

function leftCell(context: PageContext, { etaMs, state, canary }: Receipt): Part {
  // It has sent all that it may for now, and waits for what becomes of it.
  if (state === 'running' && canary?.state === 'open')
    return html`<small>${overviewWords[context.language].canary}</small>`;
  if (etaMs !== null) return duration(context, etaMs);
  return state === 'running' ? html`<small>${overviewWords[context.language].reading}</small>` : '–';
}

function accountBody(context: PageContext, overview: Overview): Html {
  const words = overviewWords[context.language];
  const { account, rateShare, perSecond: rate, sent24Hours } = overview;
  if (account === null) return html`<p>${words.accountUnknown}</p>`;
  const day = Math.max(account.sentLast24Hours, sent24Hours);
  return html`${gauge(words.rateNow, share(rate, account.perSecond), words.rateOf(perSecond(context, rate), perSecond(context, account.perSecond)), false)}
${rateShare < 1 && notice('warn', words.throttled(percent(context, rateShare)))}
${
  account.perDay === null
    ? facts([[words.sent24, html`${figure(context, day)} <span class="muted">(${words.noLimit})</span>`]])
    : gauge(
        words.sent24,
        share(day, account.perDay),
        words.sentOf(figure(context, day), figure(context, account.perDay)),
      )
}
<p class="muted"><small>${words.asOf} ${time(context, account.at)}</small></p>`;
}

function logBody(context: PageContext, { log, feedbackLagMs }: Overview): Html {
  const words = overviewWords[context.language];
  return html`${gauge(words.waiting, share(log.entries, log.holdsAt), words.waitingOf(figure(context, log.entries), figure(context, log.holdsAt)))}
${facts([
  [words.oldest, log.entries === 0 ? '–' : duration(context, log.oldestMs)],
  [words.dead, log.dead === 0 ? '0' : badge('warn', figure(context, log.dead))],
  [words.eventsLag, feedbackLagMs === null ? '–' : duration(context, feedbackLagMs)],
])}<p class="muted"><small>${words.logHint}</small></p>`;
}

function workersBody(context: PageContext, { workers }: Overview): Html {
  const words = overviewWords[context.language];
  if (workers.length === 0) return notice('bad', words.workersNone);
  const roles = Map.groupBy(
    workers.flatMap((worker) => worker.roles),
    (role) => role,
  );
  const rows = [...roles]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, some]) => [
      Object.entries(words.roles).find(([known]) => known === role)?.[1] ?? role,
      figure(context, some.length),
    ]);
  const obstacles = new Set(workers.flatMap(({ marketingObstacle }) => marketingObstacle ?? []));
  return html`${table(words.workers, [{ label: words.role }, { label: words.count, isFigure: true }], rows)}
${workers.some(({ ses }) => ses === 'sandbox') && html`<p class="muted"><small>${words.sandbox}</small></p>`}
${obstacles.size > 0 && notice('warn', html`${words.noMarketing} <span lang="en">${[...obstacles].join('; ')}</span>`)}`;
}

function guardBody(context: PageContext, rows: readonly GuardRow[]): Html {
  const words = overviewWords[context.language];
  if (rows.length === 0) return html`<p>${words.guardNone}</p>`;
  const against = (label: string, rate: number | null, limit: number) =>
    gauge(label, share(rate ?? 0, limit), words.rateOfLimit(percent(context, rate), percent(context, limit)));
  const items = rows.map(
    ({
      project,
      sender,
      hour,
      week,
      limits,
    }) => html`<li><div><strong>${project}</strong> <span class="muted">${sender}</span></div>
<div class="columns"><div>${against(words.bounces(words.hour), hour.bounceRate, limits.bounceRate)}${against(words.complaints(words.hour), hour.complaintRate, limits.complaintRate)}</div>
<div>${against(words.bounces(words.week), week.bounceRate, limits.bounceRate)}${against(words.complaints(words.week), week.complaintRate, limits.complaintRate)}</div></div></li>`,
  );
  return html`<p class="muted">${words.guardHint}</p><ul class="list">${items}</ul>`;
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : part > 0 ? 1 : 0;
}
