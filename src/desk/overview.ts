import { Recent } from '../core/recent.ts';
import type { GuardFigures } from '../guard/guard.ts';
import { OUTBOX_HOLD_ENTRIES } from '../log/outbox.ts';
import type { OpenCampaign } from '../queue/campaigns.ts';
import { type CampaignState, isOver, type Receipt } from '../queue/receipt.ts';
import { decisionsOf, needsOperator } from './decisions.ts';
import type { Overview } from './desk.ts';
import { guardRates } from './guard-view.ts';
import type { DeskParts } from './parts.ts';

/** As many as a page shows. */
const OPEN_SHOWN_MAX = 100;

/** What stands still, then what moves, then what waits; within each as they were, the newest first. */
const ATTENTION: Readonly<Record<CampaignState, number>> = {
  held: 0,
  running: 1,
  paused: 2,
  queued: 3,
  scheduled: 4,
  failed: 5,
  cancelled: 5,
  finished: 5,
};

/** Redis is asked for 230 sums for each project and sender, which move little in a second. Who judges by them asks for them itself. */
const FIGURES_KEPT_MS = 10_000;

type OverviewParts = Pick<DeskParts, 'client' | 'config' | 'clock'>;

/** Overviews of this process: all who ask at a time see the same. */
export function overviews(parts: OverviewParts): () => Promise<Overview> {
  const figures = new Recent(() => parts.client.guard.figures(), parts.clock, FIGURES_KEPT_MS);
  let looking: Promise<Overview> | null = null;
  return () => {
    looking ??= overviewOf(parts, () => figures.look()).finally(() => {
      looking = null;
    });
    return looking;
  };
}

/** Everything at a glance, from Redis alone. */
async function overviewOf(
  { client, config, clock }: OverviewParts,
  guardFigures: () => Promise<readonly GuardFigures[]>,
): Promise<Overview> {
  const [all, account, rateShare, sent, backlog, setAside, feedbackLagMs, guard, workers, projects, checks] =
    await Promise.all([
      client.index.open(),
      client.account.read(),
      client.account.rateShare(),
      client.sent.ofAll(),
      client.outbox.backlog(),
      client.deadLetters.count(),
      client.reading.lagMs(),
      guardFigures().then((figures) => guardRates(client, figures)),
      client.roster.present(),
      projectsOf(client),
      checksOf(client),
    ]);
  const open = all
    .filter(({ receipt }) => !isOver(receipt.state))
    .toSorted((a, b) => ATTENTION[a.receipt.state] - ATTENTION[b.receipt.state]);
  const receipts = open.map(({ receipt }) => receipt);
  const { perDayMax, perMonthMax, doubtMs } = config.send;
  const campaigns = open.map(({ campaign }) => campaign);
  return {
    at: new Date(clock.now()).toISOString(),
    account,
    rateShare,
    sent24Hours: sent.day,
    perSecond: Math.round(receipts.reduce((sum, one) => sum + one.perSecond, 0) * 10) / 10,
    open: receipts.slice(0, OPEN_SHOWN_MAX),
    openCount: receipts.length,
    states: statesOf(receipts),
    log: { ...backlog, holdsAt: OUTBOX_HOLD_ENTRIES },
    feedbackLagMs,
    guard,
    workers,
    decisions: decisionsOf({
      open: campaigns,
      heldSince: await heldSince(client, campaigns.filter(needsOperator)),
      workers,
      backlog,
      holdsAt: OUTBOX_HOLD_ENTRIES,
      setAside,
      feedbackLagMs,
      doubtMs,
      account,
      sent,
      perDayMax,
      perMonthMax,
      projects,
      checks,
    }),
  };
}

type Client = DeskParts['client'];

/** Of as many as are shown: each has a timeline to be read. */
async function heldSince({ timeline }: Client, held: readonly OpenCampaign[]): Promise<Map<string, string>> {
  const found = await Promise.all(
    held.slice(0, OPEN_SHOWN_MAX).map(async ({ id }) => {
      const holds = (await timeline.list(id)).filter(({ type }) => type === 'campaign_held');
      return [id, holds.at(-1)?.at] as const;
    }),
  );
  return new Map(found.flatMap(([id, at]) => (at === undefined ? [] : [[id, at]])));
}

async function projectsOf({ projects, sent }: Client) {
  const limited = (await projects.list()).filter(
    ({ perDay, perMonth }) => perDay !== null || perMonth !== null,
  );
  return Promise.all(
    limited.map(async (project) => ({ ...project, used: await sent.ofProject(project.name) })),
  );
}

async function checksOf({ domains }: Client) {
  const all = await domains.list();
  const checks = await Promise.all(all.map(({ name }) => domains.lastCheck(name)));
  return checks.filter((check) => check !== null);
}

function statesOf(receipts: readonly Receipt[]): Partial<Record<CampaignState, number>> {
  const states: Partial<Record<CampaignState, number>> = {};
  for (const { state } of receipts) states[state] = (states[state] ?? 0) + 1;
  return states;
}
