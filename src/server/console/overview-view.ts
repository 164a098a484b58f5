import type { GuardRow, Overview } from '../../desk/desk.ts';
import { GUARD_RULES } from '../../guard/rules.ts';
import type { Receipt } from '../../queue/receipt.ts';
import { campaignBar, isBeingRead, progressText } from './campaign-progress.ts';
import { campaignPath } from './campaign-view.ts';
import { decisionsPanel } from './decisions-view.ts';
import { duration, figure, percent, perSecond, shareOf, time } from './figures.ts';
import { holdBrief } from './hold-view.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { badge, emptyState, facts, gauge, liveFragment, notice, panel, stateBadge, table } from './parts.ts';
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
    decisions: liveFragment('decisions', decisionsPanel(context, overview), announce),
    campaigns: liveFragment('campaigns', campaignsPanel(context, overview)),
    account: liveFragment('account', panel(words.account, accountBody(context, overview))),
    log: liveFragment('log', panel(words.log, logBody(context, overview))),
    workers: liveFragment('workers', panel(words.workers, workersBody(context, overview))),
    guard: liveFragment('guard', panel(words.guard, guardBody(context, overview.guard))),
  };
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
    receipt.state === 'scheduled'
      ? '–'
      : html`${campaignBar(context, receipt)}<small>${progressText(context, receipt)}</small>`,
    rateCell(context, receipt, account?.perSecond ?? null),
    leftCell(context, receipt),
  ]);
  const more =
    openCount > open.length &&
    html`<a href="/campaigns?state=open">${words.all(figure(context, openCount))}</a>`;
  return panel(
    words.campaigns,
    open.length === 0
      ? emptyState(words.noCampaigns)
      : html`${table(words.campaigns, columns, rows, { stacks: true })}${more}`,
  );
}

export function campaignLink({ id, name }: Pick<Receipt, 'id' | 'name'>): Html {
  return html`<a href="${campaignPath(id)}">${name}</a>${name !== id && html`<small><code>${id}</code></small>`}`;
}

function rateCell(context: PageContext, { state, perSecond: rate }: Receipt, all: number | null): Part {
  const words = overviewWords[context.language];
  if (state !== 'running') return '–';
  return html`${perSecond(context, rate)}${all !== null && html`<small>${words.ofAccount(shareOf(context, rate, all))}</small>`}`;
}

function leftCell(context: PageContext, receipt: Receipt): Part {
  const { etaMs, state, canary } = receipt;
  // It has sent all that it may for now, and waits for what becomes of it.
  if (state === 'running' && canary?.state === 'open')
    return html`<small>${overviewWords[context.language].canary}</small>`;
  if (etaMs !== null) return duration(context, etaMs);
  return isBeingRead(receipt) ? html`<small>${overviewWords[context.language].reading}</small>` : '–';
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
  const period = (name: string, rates: GuardRow['hour'], limits: GuardRow['limits']) =>
    html`<div>${guardGauge(context, words.bounces(name), rates.bounceRate, limits.bounceRate)}${guardGauge(context, words.complaints(name), rates.complaintRate, limits.complaintRate)}<p class="muted"><small>${words.ofSent(figure(context, rates.sends))}</small></p></div>`;
  const items = rows.map(
    ({ project, sender, hour, week, limits }) =>
      html`<li><div><strong>${project}</strong> <span class="muted">${sender}</span></div>
<div class="columns">${period(words.hour, hour, limits)}${period(words.week, week, limits)}</div></li>`,
  );
  return html`<p class="muted">${words.guardHint} ${words.guardFew(figure(context, GUARD_RULES.hourSendsMin))}</p><ul class="list">${items}</ul>`;
}

function guardGauge(context: PageContext, label: string, rate: number | null, limit: number): Html {
  const text = overviewWords[context.language].rateOfLimit(percent(context, rate), percent(context, limit));
  return gauge(label, share(rate ?? 0, limit), text);
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : part > 0 ? 1 : 0;
}
