import { duration, figure } from '../core/figures.ts';
import type { Backlog } from '../log/outbox.ts';
import { OUTBOX_HOLD_ENTRIES } from '../log/outbox.ts';
import type { OpenCampaign } from '../queue/campaigns.ts';
import type { QueueHealth } from '../queue/queue-health.ts';
import type { WorkerCard } from '../queue/roster.ts';
import { shareAtLag } from '../send/feedback-brake.ts';
import { type Check, fail, ok, warn } from './doctor-check.ts';
import { WORKER_ROLES, type WorkerRole } from './worker-card.ts';

/** What is in Redis about the work that is to be done. */
export interface QueueFacts {
  readonly workers: readonly WorkerCard[];
  readonly queues: readonly QueueHealth[];
  /** Campaigns that have not ended. */
  readonly open: readonly OpenCampaign[];
  readonly backlog: Backlog;
  /** Messages about SES's events that were set aside, and why the newest was; null where there is none. */
  readonly setAside: { readonly messages: number; readonly newestReason: string } | null;
  /** Whether SLUICE_SQS_URL is set here: then SES's events wait for a worker with the role feedback. */
  readonly hasEventQueue: boolean;
  /** How late SES's events are applied, in milliseconds; null where no reader has said so lately. */
  readonly feedbackLagMs: number | null;
  /** How long an entry in doubt waits for an event. */
  readonly doubtMs: number;
  /** Why this process would send no marketing mail; null where it would. */
  readonly ownObstacle: string | null;
}

/** Without these, campaigns are enqueued and nothing follows. */
const ROLES_NEEDED: readonly WorkerRole[] = ['plan', 'send', 'log'];
/** A shipper writes every few hundred milliseconds. */
const BACKLOG_MS_WARN = 60_000;
/** Held campaigns that are named one by one. */
const HELD_SHOWN_MAX = 20;

export function queueChecks(facts: QueueFacts): Check[] {
  return [
    workerCheck(facts),
    ...facts.queues.map(failedJobsCheck),
    ...campaignChecks(facts),
    backlogCheck(facts),
    ...deadLetterChecks(facts),
    ...setAsideChecks(facts),
    ...lagChecks(facts),
    marketingCheck(facts),
  ];
}

function workerCheck({ workers, hasEventQueue }: QueueFacts): Check {
  const name = 'workers';
  if (workers.length === 0) return fail(name, 'none is running', 'start one: sluice worker');
  const count = (role: string) => workers.filter(({ roles }) => roles.includes(role)).length;
  const found = `${figure(workers.length)} running (${WORKER_ROLES.map((role) => `${role}: ${count(role)}`).join(', ')})`;
  const wanted = hasEventQueue ? WORKER_ROLES : ROLES_NEEDED;
  const missing = wanted.filter((role) => count(role) === 0);
  if (missing.length === 0) return ok(name, found);
  const todo = `start one with --roles ${missing.join(',')}`;
  // Mail goes out without a reader of events, and what became of it stays in their queue.
  return missing.some((role) => ROLES_NEEDED.includes(role))
    ? fail(name, found, todo)
    : warn(name, `${found}, so that nobody reads SES's events`, todo);
}

function failedJobsCheck({ name: queue, live, failed, newestFailure }: QueueHealth): Check {
  const name = `queue ${queue}`;
  const jobs = `${figure(live)} ${live === 1 ? 'job' : 'jobs'} to do`;
  if (failed === 0) return ok(name, `${jobs}, none has failed`);
  return warn(
    name,
    `${jobs}, ${figure(failed)} failed, the last one because ${newestFailure ?? 'of something that it does not say'}`,
    'what was refused must be enqueued again when it is mended',
  );
}

function campaignChecks({ open }: QueueFacts): Check[] {
  const name = 'campaigns';
  const held = open.filter((campaign) => campaign.held !== null);
  const paused = open.filter((campaign) => campaign.paused).length;
  const inDoubt = open.reduce((sum, campaign) => sum + campaign.inDoubt, 0);
  const summary = `${figure(open.length)} not over, ${figure(held.length)} held, ${figure(paused)} paused; ${figure(inDoubt)} recipients in doubt`;
  const lines = held
    .slice(0, HELD_SHOWN_MAX)
    .map(({ id, held: hold }) =>
      warn(`${name}: held`, `${id} (${hold?.code}), ${hold?.reason}`, holdTodo(id, hold?.until ?? null)),
    );
  return [ok(name, summary), ...lines];
}

function holdTodo(id: string, until: number | null): string {
  return until === null
    ? `mend it, then: sluice resume ${id}`
    : `it goes on by itself at ${new Date(until).toISOString()}`;
}

function backlogCheck({ backlog }: QueueFacts): Check {
  const name = 'outbox';
  const { entries, oldestMs } = backlog;
  if (entries === 0) return ok(name, 'every row is in the log');
  const found = `${figure(entries)} blocks of rows wait for the log, the oldest for ${duration(oldestMs)}`;
  const todo = 'see why the workers with the role log do not write (their own log says it)';
  if (entries >= OUTBOX_HOLD_ENTRIES) return fail(name, `${found}, and sending holds`, todo);
  return oldestMs >= BACKLOG_MS_WARN ? warn(name, found, todo) : ok(name, found);
}

function deadLetterChecks({ backlog: { dead } }: QueueFacts): Check[] {
  if (dead === 0) return [];
  return [
    warn(
      'dead letters',
      `${figure(dead)} blocks or rows were set aside: nobody could read them, or the sink will never take them`,
      "keep them, and read each one's reason: they are in the stream <prefix>:outbox:dead",
    ),
  ];
}

function setAsideChecks({ setAside }: QueueFacts): Check[] {
  if (setAside === null) return [];
  return [
    warn(
      'events set aside',
      `${figure(setAside.messages)} ${setAside.messages === 1 ? 'message was' : 'messages were'} no event of SES's that this version can read, the newest because: ${setAside.newestReason}`,
      'look at them: sluice feedback dead list',
    ),
  ];
}

function lagChecks({ feedbackLagMs, doubtMs }: QueueFacts): Check[] {
  if (feedbackLagMs === null) return [];
  const found = `SES's events are applied ${duration(feedbackLagMs)} after their mails went out`;
  const share = shareAtLag(feedbackLagMs, doubtMs);
  if (share === 1) return [ok('events', found)];
  return [
    warn(
      'events',
      `${found}, so that sending has slowed down to ${Math.round(share * 100)}% of the account's rate`,
      'start more workers with the role feedback',
    ),
  ];
}

/** Workers know best; where there is none, the settings here have to do. */
function marketingCheck({ workers, ownObstacle }: QueueFacts): Check {
  const name = 'marketing mail';
  const able = workers.filter(({ roles }) => roles.includes('plan') || roles.includes('send'));
  const obstacles = able.length === 0 ? [ownObstacle] : able.map((worker) => worker.marketingObstacle);
  const unable = obstacles.filter((obstacle) => obstacle !== null);
  const [first] = unable;
  if (first === undefined) return ok(name, 'unsubscribe links can be made');
  const whose = able.length === 0 ? 'by the settings here' : `for ${unable.length} of ${able.length} workers`;
  return fail(
    name,
    `there are no unsubscribe links ${whose}`,
    'set SLUICE_PUBLIC_URL and SLUICE_SECRET for all workers',
  );
}
