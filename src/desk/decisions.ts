import { duration, figure, percent } from '../core/figures.ts';
import { blockersOf } from '../identity/blockers.ts';
import type { DomainCheck } from '../identity/domain-check.ts';
import type { Project } from '../identity/project.ts';
import type { Backlog } from '../log/outbox.ts';
import type { OpenCampaign } from '../queue/campaigns.ts';
import { ITEM_NAMES } from '../queue/domain-rules.ts';
import type { WorkerCard } from '../queue/roster.ts';
import type { AccountNotice } from '../send/account-board.ts';
import { shareAtLag } from '../send/feedback-brake.ts';
import type { Sent } from '../send/sent-book.ts';
import type { Decision } from './desk.ts';

/** What is known of the installation at one moment. */
export interface DecisionFacts {
  readonly open: readonly OpenCampaign[];
  /** Since when campaigns are held, as far as it is known (ISO 8601), by their ids. */
  readonly heldSince: ReadonlyMap<string, string>;
  readonly workers: readonly WorkerCard[];
  readonly backlog: Backlog;
  /** Entries of the log's backlog at which sending holds. */
  readonly holdsAt: number;
  /** Messages about SES's events that were set aside. */
  readonly setAside: number;
  /** How late SES's events are; null where nobody knows. */
  readonly feedbackLagMs: number | null;
  /** How long an entry in doubt waits for an event. */
  readonly doubtMs: number;
  readonly account: AccountNotice | null;
  /** Of all workers together. */
  readonly sent: Sent;
  readonly perDayMax: number | null;
  readonly perMonthMax: number | null;
  readonly projects: readonly (Project & { readonly used: Sent })[];
  /** The last check of each registered domain that has one. */
  readonly checks: readonly DomainCheck[];
}

/** As many as a person can look at; what comes after is less urgent. */
const DECISIONS_MAX = 100;
/** A shipper writes every few hundred milliseconds. */
const BACKLOG_MS_SOON = 60_000;
/** From this share of a limit on somebody should know. */
const QUOTA_SHARE = 0.9;

/** What a decision may be about that is no campaign's hold. */
export const ALERT_CODES = [
  'DOUBT',
  'NO_WORKER',
  'LOG_BEHIND',
  'DEAD_LETTERS',
  'EVENTS_LATE',
  'QUOTA',
  'DOMAIN',
] as const;
export type AlertCode = (typeof ALERT_CODES)[number];

/** What is no campaign's hold. */
type Alert = Decision & { readonly code: AlertCode };

/** What wants a person, the most urgent first. What mends itself is not among it. Pure. */
export function decisionsOf(facts: DecisionFacts): Decision[] {
  const all = [
    ...workerDecisions(facts),
    ...heldDecisions(facts),
    ...logDecisions(facts),
    ...eventDecisions(facts),
    ...doubtDecisions(facts),
    ...quotaDecisions(facts),
    ...domainDecisions(facts),
  ];
  return all.toSorted((a, b) => URGENCY[a.urgency] - URGENCY[b.urgency]).slice(0, DECISIONS_MAX);
}

const URGENCY: Readonly<Record<Decision['urgency'], number>> = { now: 0, soon: 1, note: 2 };

/** Without these, campaigns are enqueued and nothing follows. */
const ROLES = {
  plan: 'no campaign begins',
  send: 'nothing is sent',
  log: 'no row reaches the log',
} as const;

function workerDecisions({ workers, open, backlog }: DecisionFacts): Alert[] {
  const waits = { plan: open.length > 0, send: open.length > 0, log: backlog.entries > 0 };
  return (['plan', 'send', 'log'] as const).flatMap((role) => {
    if (workers.some(({ roles }) => roles.includes(role))) return [];
    const said = `no worker with the role ${role} is running, so ${ROLES[role]}: start one with sluice worker --roles ${role}`;
    return [{ ...OF_ALL, urgency: waits[role] ? 'now' : 'soon', code: 'NO_WORKER', said, about: { role } }];
  });
}

/** Those that do not lift by themselves. */
function heldDecisions({ open, heldSince }: DecisionFacts): Decision[] {
  return open.filter(needsOperator).map(({ id, held }) => ({
    urgency: 'now',
    code: held?.code ?? '',
    campaign: id,
    said: `${id} is held: ${held?.reason ?? ''}`,
    about: held?.about ?? {},
    since: heldSince.get(id) ?? null,
  }));
}

/** Whether a campaign is held, and goes on by nobody but a person. */
export function needsOperator({ held, isEnding }: OpenCampaign): boolean {
  return held !== null && held.until === null && !isEnding;
}

function logDecisions({ backlog, holdsAt, setAside }: DecisionFacts): Alert[] {
  const { entries, oldestMs, dead } = backlog;
  const found: Alert[] = [];
  const waits = { entries, oldestMs, holdsAt };
  const waiting = `${figure(entries)} blocks of rows wait for the log, the oldest for ${duration(oldestMs)}`;
  if (entries >= holdsAt)
    found.push({
      ...OF_ALL,
      urgency: 'now',
      code: 'LOG_BEHIND',
      said: `${waiting}, and sending holds`,
      about: waits,
    });
  else if (oldestMs >= BACKLOG_MS_SOON)
    found.push({
      ...OF_ALL,
      urgency: 'soon',
      code: 'LOG_BEHIND',
      said: `${waiting}; from ${figure(holdsAt)} on sending holds`,
      about: waits,
    });
  if (dead > 0)
    found.push({
      ...OF_ALL,
      urgency: 'soon',
      code: 'DEAD_LETTERS',
      said: `${figure(dead)} blocks or rows of the log were set aside, since nobody can read them or the sink will never take them: sluice doctor`,
      about: { rows: dead },
    });
  if (setAside > 0)
    found.push({
      ...OF_ALL,
      urgency: 'soon',
      code: 'DEAD_LETTERS',
      said: `${figure(setAside)} messages are no events of SES's that this version can read: sluice feedback dead list`,
      about: { messages: setAside },
    });
  return found;
}

function eventDecisions({ feedbackLagMs, doubtMs }: DecisionFacts): Alert[] {
  if (feedbackLagMs === null) return [];
  const share = shareAtLag(feedbackLagMs, doubtMs);
  if (share === 1) return [];
  const said = `SES's events are applied ${duration(feedbackLagMs)} after their mails went out, so that sending has slowed down to ${percent(share)} of the account's rate: start more workers with the role feedback`;
  return [{ ...OF_ALL, urgency: 'now', code: 'EVENTS_LATE', said, about: { lagMs: feedbackLagMs, share } }];
}

/** Of those that are held for it the hold says it. */
function doubtDecisions({ open, doubtMs }: DecisionFacts): Alert[] {
  return open.flatMap(({ id, inDoubt, doubt, held }) => {
    if (inDoubt === 0 || held?.code === 'DOUBT') return [];
    const left =
      doubt === 'hold'
        ? 'the campaign is held, and they are left to an operator'
        : `its policy "${doubt}" decides`;
    const said = `${figure(inDoubt)} recipients of ${id} are in doubt: where no event settles them within ${duration(doubtMs)}, ${left}`;
    return [
      {
        ...OF_ALL,
        urgency: 'note',
        code: 'DOUBT',
        campaign: id,
        said,
        about: { count: inDoubt, doubtMs, policy: doubt },
      },
    ];
  });
}

function quotaDecisions(facts: DecisionFacts): Alert[] {
  const { account, sent, perDayMax, perMonthMax, projects } = facts;
  const quotas = [
    { owner: 'account', project: '', used: account?.sentLast24Hours ?? 0, max: account?.perDay, days: 1 },
    { owner: 'SLUICE_MAX_PER_DAY', project: '', used: sent.day, max: perDayMax, days: 1 },
    { owner: 'SLUICE_MAX_PER_MONTH', project: '', used: sent.month, max: perMonthMax, days: 30 },
    ...projects.flatMap(({ name: project, perDay, perMonth, used }) => [
      { owner: 'project', project, used: used.day, max: perDay, days: 1 },
      { owner: 'project', project, used: used.month, max: perMonth, days: 30 },
    ]),
  ];
  return quotas.flatMap(({ owner, project, used, max, days }) => {
    if (max === null || max === undefined || used < max * QUOTA_SHARE) return [];
    const whose = { account: 'the SES account', project: `the project ${project}` }[owner] ?? owner;
    const time = days === 1 ? '24 hours' : '30 days';
    const said = `${figure(used)} of the ${figure(max)} recipients that ${whose} allows in ${time} are used; what is beyond them waits, and goes on by itself`;
    const about = { owner, project, used, limit: max, days };
    return [{ ...OF_ALL, urgency: 'soon', code: 'QUOTA', said, about }];
  });
}

function domainDecisions({ checks }: DecisionFacts): Alert[] {
  return checks.flatMap((check) => {
    const blockers = blockersOf(check, { allowUnauthenticated: false });
    if (blockers.length === 0) return [];
    const items = blockers.map(({ item }) => ITEM_NAMES[item]).join(', ');
    const said = `${check.domain} may not send: ${items}; sluice domain check ${check.domain} says what to do`;
    const about = { domain: check.domain, items: blockers.map(({ item }) => item).join(' ') };
    const since = new Date(check.at).toISOString();
    return [{ ...OF_ALL, urgency: 'soon', code: 'DOMAIN', said, about, since }];
  });
}

/** What a decision is where nothing else is said. */
const OF_ALL = { campaign: null, since: null } as const;
