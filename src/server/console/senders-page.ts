import type { GuardRow, GuardView } from '../../desk/desk.ts';
import { GUARD_RULES } from '../../guard/rules.ts';
import type { SpamVerdict } from '../../guard/spam.ts';
import type { Profile } from '../../identity/profile.ts';
import type { Project } from '../../identity/project.ts';
import type { Receipt } from '../../queue/receipt.ts';
import type { Sent } from '../../send/sent-book.ts';
import { figure, percent, time } from './figures.ts';
import { holdSentence } from './hold-view.ts';
import { type Html, html, type Part } from './html.ts';
import { campaignLink } from './overview-view.ts';
import type { PageContext } from './page-context.ts';
import { badge, confirmButton, emptyState, gauge, notice, panel, type Tone, table } from './parts.ts';
import { senderWords } from './words/senders.ts';

export type UsedProject = Project & { readonly used: Sent };

export interface SendersView {
  readonly guard: GuardView;
  /** Of the campaigns that the guard holds, as far as they are told in full. */
  readonly held: readonly Receipt[];
  readonly profiles: readonly Profile[];
  readonly projects: readonly UsedProject[];
  readonly done: string | null;
}

/** `/senders`: how mail is received, who it is from, and what bounds it. */
export function sendersPage(context: PageContext, view: SendersView): Html {
  const { guard, profiles, projects, done } = view;
  const words = senderWords[context.language];
  return html`${done !== null && notice('good', done)}
${guard.held.length > 0 && panel(words.held.title, heldTable(context, view))}
${panel(words.guard.title, rates(context, guard.rates), 'guard')}
${panel(words.spam.title, spam(context, guard), 'spam')}
${panel(words.profiles.title, profileList(context, profiles), 'profiles')}
${panel(words.projects.title, projectList(context, projects), 'projects')}`;
}

function heldTable(context: PageContext, { guard, held }: SendersView): Html {
  const words = senderWords[context.language].held;
  const receipts = new Map(held.map((receipt) => [receipt.id, receipt]));
  return table(
    words.title,
    [{ label: words.campaign }, { label: words.project }, { label: words.reason }],
    guard.held.map(({ campaign, project, reason }) => {
      const receipt = receipts.get(campaign) ?? null;
      return [
        campaignLink(receipt ?? { id: campaign, name: campaign }),
        project,
        // It may have gone on since.
        (receipt && holdSentence(context, receipt)) ?? html`<span lang="en">${reason}</span>`,
      ];
    }),
    { stacks: true },
  );
}

function rates(context: PageContext, rows: readonly GuardRow[]): Html {
  const { guard: words } = senderWords[context.language];
  if (rows.length === 0) return html`<p class="prose">${words.intro}</p>${emptyState(words.empty)}`;
  return html`<p class="prose">${words.intro}</p>
<div class="columns">${rows.map(
    (row) => html`<div><h3>${words.of(row.project, row.sender)}</h3>${gauges(context, row)}</div>`,
  )}</div>
<details><summary>${words.caption}</summary>${ratesTable(context, rows)}</details>`;
}

function gauges(context: PageContext, { hour, week, limits }: GuardRow): Html[] {
  const { guard: words } = senderWords[context.language];
  const one = (label: string, rate: number | null, limit: number) =>
    gauge(
      label,
      rate === null ? 0 : rate / limit,
      rate === null ? words.nothing : words.against(percent(context, rate), percent(context, limit)),
    );
  return [
    one(words.bounces(words.hour), hour.bounceRate, limits.bounceRate),
    one(words.bounces(words.week), week.bounceRate, limits.bounceRate),
    one(words.complaints(words.hour), hour.complaintRate, limits.complaintRate),
    one(words.complaints(words.week), week.complaintRate, limits.complaintRate),
  ];
}

function ratesTable(context: PageContext, rows: readonly GuardRow[]): Html {
  const { guard: words } = senderWords[context.language];
  return table(
    words.caption,
    [
      { label: words.sender },
      { label: words.project },
      { label: words.period },
      { label: words.sends, isFigure: true },
      { label: words.bounced, isFigure: true },
      { label: words.bounceLimit, isFigure: true },
      { label: words.complained, isFigure: true },
      { label: words.complaintLimit, isFigure: true },
    ],
    rows.flatMap(({ project, sender, hour, week, limits }) =>
      [['hour', hour] as const, ['week', week] as const].map(([period, counted]) => [
        sender,
        project,
        words[period],
        figure(context, counted.sends),
        counted.sends === 0
          ? '–'
          : `${figure(context, counted.bounces)} (${percent(context, counted.bounceRate)})`,
        percent(context, limits.bounceRate),
        counted.sends === 0
          ? '–'
          : `${figure(context, counted.complaints)} (${percent(context, counted.complaintRate)})`,
        percent(context, limits.complaintRate),
      ]),
    ),
  );
}

const SPAM_TONES: Readonly<Record<SpamVerdict, Tone>> = {
  none: 'plain',
  old: 'plain',
  under: 'good',
  near: 'warn',
  over: 'bad',
};

function spam(context: PageContext, { spam: rows }: GuardView): Html {
  const { spam: words } = senderWords[context.language];
  if (rows.length === 0) return emptyState(words.empty);
  return html`<p class="prose">${words.intro}</p>
${table(
  words.title,
  [
    { label: words.domain },
    { label: words.rate, isFigure: true },
    { label: words.limit, isFigure: true },
    { label: words.date },
    { label: words.state },
    { label: words.readAt },
  ],
  rows.map(({ domain, rate, limit, date, verdict, readAt, trouble }) => [
    html`<a href="/domains/${encodeURIComponent(domain)}">${domain}</a>`,
    percent(context, rate),
    percent(context, limit),
    date,
    html`${badge(SPAM_TONES[verdict], words.verdicts[verdict])}${trouble !== null && html`<small lang="en">${trouble}</small>`}`,
    time(context, readAt),
  ]),
)}`;
}

function profileList({ language }: PageContext, profiles: readonly Profile[]): Html {
  const { profiles: words } = senderWords[language];
  return html`<p class="prose">${words.intro}</p>
${
  profiles.length === 0
    ? emptyState(words.empty)
    : table(
        words.title,
        [
          { label: words.name },
          { label: words.from },
          { label: words.replyTo },
          { label: words.unsubscribe },
          { label: html`<span class="hidden">${words.actions}</span>` },
        ],
        profiles.map((profile) => [
          profile.name,
          profile.from,
          profile.replyTo.map((address) => html`${address}<br>`),
          wayOf(language, profile),
          html`<span class="row"><a class="button" href="/senders/profiles/${encodeURIComponent(profile.name)}" aria-label="${words.change(profile.name)}">${words.edit}</a>
${confirmButton({ href: `/senders/profiles/${encodeURIComponent(profile.name)}/remove`, label: words.remove, about: profile.name, look: 'danger' })}</span>`,
        ]),
        { stacks: true },
      )
}
<p><a class="button" href="/senders/profiles">${words.add}</a></p>`;
}

function wayOf(language: PageContext['language'], { unsubscribe, oneClick }: Profile): Part {
  const { profiles: words } = senderWords[language];
  if (unsubscribe === 'sluice' || unsubscribe === 'none') return words.ways[unsubscribe];
  return html`${oneClick ? words.ownUrl : words.noOneClick}<small>${unsubscribe}</small>`;
}

function projectList(context: PageContext, projects: readonly UsedProject[]): Html {
  const { projects: words } = senderWords[context.language];
  return html`<p class="prose">${words.intro}</p>
${projects.length === 0 ? emptyState(words.empty) : projectTable(context, projects)}
<p><a class="button" href="/senders/projects">${words.add}</a></p>`;
}

function projectTable(context: PageContext, projects: readonly UsedProject[]): Html {
  const { projects: words } = senderWords[context.language];
  const rate = (own: number | null, usual: number) =>
    own === null
      ? html`<span class="muted">${words.usual(percent(context, usual))}</span>`
      : percent(context, own);
  return table(
    words.title,
    [
      { label: words.name },
      { label: words.perSecond, isFigure: true },
      { label: words.perDay },
      { label: words.perMonth },
      { label: words.bounceRate, isFigure: true },
      { label: words.complaintRate, isFigure: true },
      { label: words.organisation },
      { label: words.domainRules },
      { label: html`<span class="hidden">${words.actions}</span>` },
    ],
    projects.map((project) => [
      project.name,
      project.perSecond === null
        ? html`<span class="muted">${words.noLimit}</span>`
        : figure(context, project.perSecond, 1),
      used(context, words.usedLabel(project.name, words.perDay), project.used.day, project.perDay),
      used(context, words.usedLabel(project.name, words.perMonth), project.used.month, project.perMonth),
      rate(project.bounceRate, GUARD_RULES.bounceRate),
      rate(project.complaintRate, GUARD_RULES.complaintRate),
      project.organisation ?? html`<span class="muted">default</span>`,
      words.rules[project.domainRules ?? 'all'],
      html`<a class="button" href="/senders/projects/${encodeURIComponent(project.name)}" aria-label="${words.change(project.name)}">${words.edit}</a>`,
    ]),
    { stacks: true },
  );
}

function used(context: PageContext, label: string, sent: number, limit: number | null): Html {
  const { projects: words } = senderWords[context.language];
  if (limit === null) return html`${words.usedOnly(figure(context, sent))}<small>${words.noLimit}</small>`;
  return gauge(label, sent / limit, words.used(figure(context, sent), figure(context, limit)));
}
