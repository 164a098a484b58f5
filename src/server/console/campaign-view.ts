import type { CampaignDetails } from '../../desk/desk.ts';
import type { Course } from '../../queue/course.ts';
import { isOver, type Receipt } from '../../queue/receipt.ts';
import type { CampaignChange } from '../../queue/timeline.ts';
import { campaignBar, isBeingRead, progressText, settledOf, totalOf } from './campaign-progress.ts';
import { receiptTable } from './campaign-receipt.ts';
import { courseTable } from './course-table.ts';
import { duration, figure, percent, perSecond, shareOf, time } from './figures.ts';
import { heldLine, holdNotice } from './hold-view.ts';
import { type Html, html, type Part } from './html.ts';
import type { PageContext } from './page-context.ts';
import { badge, confirmButton, facts, liveFragment, notice, panel, stateBadge } from './parts.ts';
import { campaignWords } from './words/campaign.ts';
import { frameWords } from './words/frame.ts';

export interface CampaignFacts {
  readonly receipt: Receipt;
  readonly details: CampaignDetails;
  readonly timeline: readonly CampaignChange[];
  readonly course: Course;
}

export interface CampaignFragments extends Readonly<Record<string, Html>> {
  readonly state: Html;
  readonly actions: Html;
  readonly progress: Html;
  readonly receipt: Html;
  readonly course: Html;
  readonly timeline: Html;
}

/** The parts of a campaign's page that change while it is looked at. */
export function campaignFragments(context: PageContext, known: CampaignFacts): CampaignFragments {
  const words = campaignWords[context.language];
  const { receipt, course, timeline } = known;
  const announce = words.announce(frameWords[context.language].states[receipt.state]);
  return {
    state: liveFragment('state', stateBody(context, known), announce),
    actions: liveFragment('actions', actionsBody(context, receipt)),
    progress: liveFragment('progress', panel(words.progress, progressBody(context, receipt))),
    receipt: liveFragment('receipt', receiptTable(context, receipt)),
    course: liveFragment('course', courseTable(context, course)),
    timeline: liveFragment('timeline', timelineBody(context, timeline)),
  };
}

/** Where a campaign's pages are. */
export function campaignPath(id: string): string {
  return `/campaigns/${encodeURIComponent(id)}`;
}

function stateBody(context: PageContext, { receipt }: CampaignFacts): Html {
  const words = campaignWords[context.language];
  const { state, canary } = receipt;
  return html`<p>${stateBadge(context, state)}</p>
${receipt.hold === null ? stoppedNotice(context, receipt) : holdNotice(context, receipt)}
${canary?.state === 'open' && !isOver(state) && notice('plain', canary.recipients === null ? words.canary.counting : words.canary.open(figure(context, canary.recipients)))}
${canary?.state === 'passed' && !isOver(state) && notice('plain', words.canary.passed)}`;
}

/** Why it stands still or has ended: what an operator wrote, as it was written. */
function stoppedNotice({ language }: PageContext, { state, reason }: Receipt): Html | null {
  const stopped = Object.entries(campaignWords[language].stoppedBy).find(([known]) => known === state)?.[1];
  if (stopped === undefined || reason === null) return null;
  const tone = state === 'cancelled' ? 'plain' : state === 'paused' ? 'warn' : 'bad';
  return notice(tone, html`<strong>${stopped}${frameWords[language].colon}</strong>${reason}`);
}

/** What can be done to a campaign as it stands. */
function actionsBody({ language }: PageContext, { id, state, hold, counts }: Receipt): Html {
  const words = campaignWords[language];
  const path = campaignPath(id);
  const isStopped = state === 'paused' || state === 'held';
  // One thing is to be done next, and it stands out.
  const isInDoubt = hold?.code === 'DOUBT' && counts.inDoubt > 0;
  return html`<div class="row">${!isOver(state) && !isStopped && confirmButton({ href: `${path}/pause`, label: words.pause })}
${isStopped && confirmButton({ href: `${path}/resume`, label: words.resume, look: isInDoubt ? 'plain' : 'main' })}
${state === 'held' && confirmButton({ href: `${path}/pause`, label: words.pause })}
${counts.inDoubt > 0 && confirmButton({ href: `${path}/resolve`, label: words.resolve, look: isInDoubt ? 'main' : 'plain' })}
${!isOver(state) && confirmButton({ href: `${path}/limits`, label: words.limits })}
${!isOver(state) && confirmButton({ href: `${path}/cancel`, label: words.cancel, look: 'danger' })}</div>`;
}

function progressBody(context: PageContext, receipt: Receipt): Html {
  const { tiles: words, reading } = campaignWords[context.language];
  const { counts, state, etaMs } = receipt;
  const ofAccepted = (count: number) =>
    html`${figure(context, count)}<small>${words.ofAccepted(shareOf(context, count, counts.accepted))}</small>`;
  const isMoving = state === 'running';
  const isOpen = isBeingRead(receipt);
  return html`${campaignBar(context, receipt)}<p class="split"><span>${progressText(context, receipt)}${isOpen && html` <span class="muted">(${reading})</span>`}</span><span>${!isOpen && shareOf(context, settledOf(counts), totalOf(receipt))}</span></p>
<dl class="tiles">${[
    tile(words.accepted, figure(context, counts.accepted)),
    tile(words.rate, isMoving ? perSecond(context, receipt.perSecond) : '–'),
    tile(words.left, etaMs === null ? '–' : duration(context, etaMs)),
    tile(words.delivered, ofAccepted(counts.delivered)),
    tile(words.bounced, ofAccepted(counts.bounced.hard)),
    tile(words.complained, ofAccepted(counts.complained)),
  ]}</dl>`;
}

function tile(term: string, value: Part): Html {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
}

function timelineBody(context: PageContext, changes: readonly CampaignChange[]): Html {
  const words = campaignWords[context.language];
  if (changes.length === 0) return html`<p class="muted">${words.timelineNone}</p>`;
  return html`<ul class="list">${changes.map((change) => changeItem(context, change))}</ul>`;
}

function changeItem(context: PageContext, { at, type, by, reason, detail }: CampaignChange): Html {
  const { timelineProgram } = campaignWords[context.language];
  const { code } = detail;
  const why =
    type === 'campaign_held' && typeof code === 'string'
      ? heldLine(context, code, detail, reason)
      : reason !== null && html`: <span${by === null && html` lang="en"`}>${reason}</span>`;
  return html`<li><div class="split"><strong>${changeName(context, type)}</strong> <span class="muted">${time(context, at)}</span></div>
<div>${by ?? html`<span class="muted">${timelineProgram}</span>`}${why}</div></li>`;
}

function changeName({ language }: PageContext, type: string): string {
  return Object.entries(campaignWords[language].changes).find(([known]) => known === type)?.[1] ?? type;
}

/** What it was accepted with, which does not change. */
export function detailsPanel(context: PageContext, { receipt, details }: CampaignFacts): Html {
  const words = campaignWords[context.language];
  const { detail } = words;
  const { audience, tags, limits } = details;
  const pairs: readonly (readonly [string, Part])[] = [
    [detail.id, html`<code>${receipt.id}</code>`],
    [detail.project, receipt.project],
    [detail.category, words.categories[details.category]],
    [detail.sender, details.sender],
    ...optional(detail.profile, details.profile),
    [detail.subject, details.subject],
    [
      detail.audience,
      html`${words.audiences[audience.kind]}${audience.from !== null && html` <code>${audience.from}</code>`}`,
    ],
    ...(details.sendAt === null ? [] : [[detail.sendAt, time(context, details.sendAt)] as const]),
    [detail.doubt, words.doubts[details.doubt]],
    ...optional(detail.limits, limitsText(context, limits)),
    ...optional(detail.tags, pairsText(tags)),
    [detail.created, time(context, receipt.createdAt)],
    ...(receipt.startedAt === null ? [] : [[detail.started, time(context, receipt.startedAt)] as const]),
    ...(receipt.finishedAt === null ? [] : [[detail.finished, time(context, receipt.finishedAt)] as const]),
  ];
  return panel(
    words.details,
    html`${details.sendToUnsubscribed && html`<p>${badge('warn', detail.toUnsubscribed)}</p>`}${facts(pairs)}`,
  );
}

function limitsText(context: PageContext, limits: CampaignDetails['limits']): string {
  const { limit } = campaignWords[context.language];
  const { perSecond: rate, bounceRate, complaintRate } = limits ?? {};
  return [
    ...(rate === undefined ? [] : [perSecond(context, rate)]),
    ...(bounceRate === undefined ? [] : [limit.bounces(percent(context, bounceRate))]),
    ...(complaintRate === undefined ? [] : [limit.complaints(percent(context, complaintRate))]),
  ].join(frameWords[context.language].comma);
}

function pairsText(pairs: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

function optional(term: string, value: string | null): (readonly [string, Part])[] {
  return value === null || value === '' ? [] : [[term, value]];
}
