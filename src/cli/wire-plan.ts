import { randomUUID } from 'node:crypto';
import { estimatedRows } from '../audience/list-size.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Meter } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import { sourceOf } from '../desk/audience.ts';
import type { Client } from '../desk/client.ts';
import { marketingObstacle } from '../desk/marketing-obstacle.ts';
import { googleAccess, standInAccess } from '../identity/postmaster-access.ts';
import { PostmasterApi } from '../identity/postmaster-api.ts';
import { OUTBOX_HOLD_ENTRIES } from '../log/outbox.ts';
import { CanarySweep } from '../queue/canary-sweep.ts';
import { courseWatch } from '../queue/course-watch.ts';
import { DomainGate } from '../queue/domain-gate.ts';
import { domainWatch } from '../queue/domain-watch.ts';
import { DoubtSweep } from '../queue/doubt-sweep.ts';
import { guardWatch } from '../queue/guard-watch.ts';
import { PlanBook } from '../queue/plan-book.ts';
import { PlanWorker } from '../queue/plan-worker.ts';
import { postmasterWatch } from '../queue/postmaster-watch.ts';
import { Sweeper } from '../queue/sweeper.ts';
import { TestSender } from '../queue/test-sender.ts';
import { closing, type SesPlace } from './wire.ts';
import { openDomains } from './wire-domains.ts';
import type { Sending } from './wire-sending.ts';

/** Campaigns that a process plans at a time: each has an open file, and a megabyte that was read ahead. */
const PLANS_MAX = 50;
/** What their duplicate filters may take together: lists of some 16 million addresses. */
const FILTER_BYTES_MAX = 256 * 1024 * 1024;
const SWEEP_MS = 5_000;
/** How often a process looks whether domains of campaigns that run are due to be asked for. */
const DOMAIN_MS = 60_000;
/** How often a process looks whether Postmaster Tools are due. */
const POSTMASTER_MS = 60_000;

/** The role `plan`, in the order in which its parts start. */
export function buildPlan(
  config: Config,
  client: Client,
  sending: Sending,
  ses: SesPlace,
  logger: Logger,
  meter: Meter,
): Service[] {
  const {
    redis,
    keys,
    campaigns,
    courier,
    doubt,
    tests,
    guard,
    canary,
    courses,
    profiles,
    projects,
    domains,
  } = client;
  const { transport, accountPerSecond, strategy, pace, limits, links } = sending;
  const clock = systemClock;
  const book = new PlanBook(redis, keys, clock);
  const { lockMs } = config.queue;
  const asked = openDomains(config, client, ses.endpoint);
  const gate = new DomainGate({
    book: domains,
    projects,
    inspect: (sender) => asked.inspector.inspect(sender),
    clock,
    logger,
  });
  return [
    closing({ close: async () => asked.close() }),
    new PlanWorker({
      redis,
      prefix: config.redis.prefix,
      campaigns,
      profiles,
      book,
      canary,
      courier,
      clock,
      logger,
      openAudience: (campaign) => sourceOf(campaign, config),
      rowsOf: async ({ audience }) => (audience.kind === 'bigquery' ? null : estimatedRows(audience)),
      filesRoot: config.filesRoot,
      hasBigQuery: config.bigquery !== null,
      domainObstacle: (campaign) => gate.obstacle(campaign),
      marketingObstacle: marketingObstacle(config),
      accountPerSecond,
      perSecondOf: (mailing, sharers) => limits.perSecondOf(mailing, sharers),
      windowMax: config.queue.windowMax,
      backlogMax: OUTBOX_HOLD_ENTRIES,
      plansMax: PLANS_MAX,
      filterBytesMax: FILTER_BYTES_MAX,
      lockMs,
      meter,
      telemetry: client.traces?.telemetry,
      tracing: client.traces?.tracing,
      testSender: new TestSender({
        book: tests,
        profiles,
        pace,
        transport,
        strategy,
        clock,
        logger,
        token: () => `test-${randomUUID()}`,
        accountPerSecond,
        links,
      }),
    }),
    guardWatch({ guard, clock, logger }),
    courseWatch({ campaigns, courses, clock, logger }),
    domainWatch({ campaigns, gate, clock, logger, intervalMs: DOMAIN_MS }),
    ...postmasterOf(config, client, logger),
    new Sweeper({
      campaigns,
      book,
      courier,
      clock,
      logger,
      doubt: new DoubtSweep({ campaigns, courier, logger, doubt, doubtMs: config.send.doubtMs }),
      canary: new CanarySweep({ canary, campaigns, courier, logger }),
      intervalMs: SWEEP_MS,
      overdueMs: lockMs,
    }),
  ];
}

/** Nothing where Postmaster Tools are not connected. */
function postmasterOf(
  { postmaster }: Config,
  { postmaster: book, gmail }: Client,
  logger: Logger,
): Service[] {
  if (postmaster === null) return [];
  const { url, quotaProject } = postmaster;
  const api = new PostmasterApi(url === null ? googleAccess(quotaProject) : standInAccess(url));
  const { random } = Math;
  return [
    postmasterWatch({ api, book, gmail, clock: systemClock, logger, random, intervalMs: POSTMASTER_MS }),
  ];
}
