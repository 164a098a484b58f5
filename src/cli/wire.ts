import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { openAudience } from '../audience/open.ts';
import type { AudienceSource } from '../audience/source.ts';
import { SQS_RECEIVERS, SQS_VISIBILITY_SECONDS, SQS_WAIT_SECONDS } from '../config/limits.ts';
import type { Config } from '../config/schema.ts';
import { isAws } from '../config/url.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { reachRedis } from '../core/reach.ts';
import { connectRedis, inspectServer } from '../core/redis.ts';
import { type Service, Services } from '../core/service.ts';
import { FeedbackBook } from '../feedback/apply.ts';
import { DeadLetters } from '../feedback/dead-letters.ts';
import { Intake } from '../feedback/intake.ts';
import { ReadingBook } from '../feedback/reading.ts';
import { SqsQueue } from '../feedback/sqs-queue.ts';
import { SqsSource } from '../feedback/sqs-source.ts';
import { FilesSink } from '../log/files-sink.ts';
import { OUTBOX_FULL_ENTRIES, OUTBOX_HOLD_ENTRIES, Outbox } from '../log/outbox.ts';
import { Shipper } from '../log/shipper.ts';
import type { LogSink } from '../log/sink.ts';
import { BatchWorker } from '../queue/batch-worker.ts';
import type { Campaign } from '../queue/campaign.ts';
import { Campaigns } from '../queue/campaigns.ts';
import { Courier } from '../queue/courier.ts';
import { DoubtSweep } from '../queue/doubt-sweep.ts';
import { NoticeSink } from '../queue/notice-sink.ts';
import { NoticeWorker } from '../queue/notice-worker.ts';
import { PlanBook } from '../queue/plan-book.ts';
import { PlanWorker } from '../queue/plan-worker.ts';
import { Presence, Roster } from '../queue/roster.ts';
import { Steering } from '../queue/steer.ts';
import { Sweeper } from '../queue/sweeper.ts';
import { TestBook } from '../queue/test-book.ts';
import { TestSender } from '../queue/test-sender.ts';
import { Webhook } from '../queue/webhook.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/server.ts';
import { AccountRate } from '../send/account.ts';
import { AccountBoard } from '../send/account-board.ts';
import { Deliverer } from '../send/deliver.ts';
import { DoubtBook } from '../send/doubt.ts';
import { Ledger } from '../send/ledger.ts';
import { Pace } from '../send/pace.ts';
import { Permits } from '../send/permits.ts';
import { RestartGate } from '../send/restart-gate.ts';
import { SendingLimits } from '../send/sending-limits.ts';
import type { SesTransportOptions } from '../send/ses-client.ts';
import { createLeanTransport } from '../send/ses-lean.ts';
import { createSdkTransport } from '../send/ses-sdk.ts';
import { Strategy } from '../send/strategy.ts';
import { createSealer } from '../send/token.ts';
import { Turnstile } from '../send/turnstile.ts';
import { type UnsubscribeLinks, unsubscribeLinks } from '../send/unsubscribe.ts';
import { WarmUpBook } from '../send/warm-up.ts';
import { SuppressionStore } from '../suppression/store.ts';

/** What a command that only talks to Redis needs. */
export interface Client {
  readonly redis: Redis;
  readonly campaigns: Campaigns;
  readonly outbox: Outbox;
  readonly suppression: SuppressionStore;
  readonly courier: Courier;
  readonly steering: Steering;
  readonly doubt: DoubtBook;
  readonly account: AccountBoard;
  readonly tests: TestBook;
  readonly warmUps: WarmUpBook;
  readonly roster: Roster;
  readonly deadLetters: DeadLetters;
  readonly feedback: FeedbackBook;
  close(): Promise<void>;
}

export const WORKER_ROLES = ['plan', 'send', 'log', 'feedback'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

/** Jobs that a process works at for each call in flight: while one is answered another is rendered and waits for its turn. */
const JOBS_PER_CALL = 2;
/** Calls that are claimed for each in flight: a claim takes some milliseconds, in which a call would not be made. */
const CLAIMS_PER_CALL = 1.5;
/** Campaigns that a process plans at a time: each has an open file, and a megabyte that was read ahead. */
const PLANS_MAX = 50;
/** What their duplicate filters may take together: lists of some 16 million addresses. */
const FILTER_BYTES_MAX = 256 * 1024 * 1024;
const SWEEP_MS = 5_000;
const WEBHOOK_TIMEOUT_MS = 10_000;
const SES_TIMEOUT_MS = 30_000;
const SANDBOX_REGION = 'us-east-1';
const SANDBOX_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/**
 * Connects, and refuses a server that would lose or forget what it is told.
 *
 * @param waitMs how long to wait for a Redis that is away; null: as long as it takes
 * @throws Fault REDIS_AWAY where that time is up
 */
export async function openClient(
  config: Config,
  redisUrl: string,
  logger: Logger,
  waitMs: number | null = null,
): Promise<Client> {
  const redis = waitMs === null ? connectRedis(redisUrl) : await reachRedis(redisUrl, waitMs);
  redis.on('error', (error: Error) => logger.warn('Redis is away; waiting for it', { error: error.message }));
  try {
    const review = await inspectServer(redis);
    for (const warning of review.warnings) logger.warn(warning);
  } catch (thrown) {
    redis.disconnect();
    throw thrown;
  }
  return clientOf(redis, config.redis.prefix);
}

/** On a connection that is there. */
export function clientOf(redis: Redis, prefix: string): Client {
  const keys = new Keys(prefix);
  const campaigns = new Campaigns(redis, keys, systemClock);
  const courier = new Courier(redis, prefix);
  return {
    redis,
    campaigns,
    courier,
    steering: new Steering(campaigns, courier, systemClock),
    doubt: new DoubtBook(redis, keys),
    outbox: new Outbox(redis, keys),
    suppression: new SuppressionStore(redis, keys),
    account: new AccountBoard(redis, keys),
    warmUps: new WarmUpBook(redis, keys),
    tests: new TestBook(redis, keys, OUTBOX_HOLD_ENTRIES),
    roster: new Roster(redis, keys),
    deadLetters: new DeadLetters(redis, keys),
    feedback: new FeedbackBook(redis, keys, new Outbox(redis, keys)),
    close: async () => {
      await courier.close();
      await redis.quit();
    },
  };
}

/** Where mails go and where their events come from. */
export interface SesPlace {
  /** Of the sandbox, or of another stand-in; null for SES itself. */
  readonly endpoint: string | null;
  /** Null where nobody has set up a queue. */
  readonly queueUrl: string | null;
}

/** A whole worker within this thread: what works the queues, and its place on the roster. */
export function buildWorker(
  config: Config,
  client: Client,
  ses: SesPlace,
  roles: readonly WorkerRole[],
  logger: Logger,
): Service {
  return new Services([
    buildRoles(config, client, ses, roles, logger),
    buildPresence(config, client, roles, logger),
  ]);
}

/** What tells others that there is a worker, and what it does. */
export function buildPresence(
  config: Config,
  { roster }: Client,
  roles: readonly WorkerRole[],
  logger: Logger,
): Service {
  return new Presence(
    { roster, clock: systemClock, logger },
    {
      name: processName(),
      roles: [...roles],
      ses: config.ses.kind,
      marketingObstacle: marketingObstacle(config),
    },
  );
}

/**
 * Everything that works the queues, in the order in which it starts. It stops in reverse: first nothing new is taken
 * on, then what happened is shipped.
 */
export function buildRoles(
  config: Config,
  client: Client,
  ses: SesPlace,
  roles: readonly WorkerRole[],
  logger: Logger,
): Service {
  const { redis, campaigns, courier, doubt } = client;
  const clock = systemClock;
  const prefix = config.redis.prefix;
  const keys = new Keys(prefix);
  const createTransport = config.ses.transport === 'sdk' ? createSdkTransport : createLeanTransport;
  const transport = createTransport({
    clock,
    concurrency: config.send.concurrency,
    timeoutMs: SES_TIMEOUT_MS,
    ...sesAccess(config, ses.endpoint),
  });
  const account = new AccountRate(
    transport,
    clock,
    logger,
    config.send.perSecondMax ?? Number.POSITIVE_INFINITY,
    client.account,
  );
  const strategy = new Strategy(config.ses.strategy, clock);
  const pace = new Pace(redis, keys);
  const limits = new SendingLimits({
    warmUps: client.warmUps,
    clock,
    logger,
    perDayMax: config.send.perDayMax,
    perMonthMax: config.send.perMonthMax,
    accountPerDay: () => account.perDay(),
  });
  const links = linksOf(config);
  const accountPerSecond = () => account.perSecond();
  const services: Service[] = [closing(transport), account, limits];
  if (roles.includes('log')) services.push(...buildNotices(config, redis, logger));
  if (roles.includes('log')) services.push(buildShipper(config, redis, keys, logger));
  if (roles.includes('feedback')) services.push(...buildReader(config, client, ses.queueUrl, logger));
  if (roles.includes('send')) {
    const deliverer = new Deliverer({
      ledger: new Ledger(redis, keys, OUTBOX_HOLD_ENTRIES, new RestartGate(redis, keys, clock, logger)),
      pace,
      turnstile: new Turnstile({ pace, clock, accountPerSecond, limitsOf: (mailing) => limits.of(mailing) }),
      limits,
      transport,
      strategy,
      claims: new Permits(Math.ceil(config.send.concurrency * CLAIMS_PER_CALL)),
      clock,
      logger,
      random: Math.random,
      claimNumber: claimNumbers(clock),
      accountPerSecond,
      links,
    });
    services.push(
      new BatchWorker({
        redis,
        prefix,
        campaigns,
        deliverer,
        clock,
        logger,
        concurrency: config.send.concurrency * JOBS_PER_CALL,
        lockMs: config.queue.lockMs,
      }),
    );
  }
  if (roles.includes('plan')) {
    const book = new PlanBook(redis, keys, clock);
    services.push(
      new PlanWorker({
        redis,
        prefix,
        campaigns,
        book,
        courier,
        clock,
        logger,
        openAudience: sourceOf,
        filesRoot: config.filesRoot,
        marketingObstacle: marketingObstacle(config),
        accountPerSecond,
        windowMax: config.queue.windowMax,
        backlogMax: OUTBOX_HOLD_ENTRIES,
        plansMax: PLANS_MAX,
        filterBytesMax: FILTER_BYTES_MAX,
        lockMs: config.queue.lockMs,
        testSender: new TestSender({
          book: client.tests,
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
      new Sweeper({
        campaigns,
        book,
        courier,
        clock,
        logger,
        doubt: new DoubtSweep({
          campaigns,
          courier,
          logger,
          doubt,
          doubtMs: config.send.doubtMs,
        }),
        intervalMs: SWEEP_MS,
        overdueMs: config.queue.lockMs,
      }),
    );
  }
  return new Services(services);
}

export function runSandbox(options: SandboxOptions): Promise<Sandbox> {
  return startSandbox(options);
}

/** The campaign's schema knows an audience that can't be read yet; it is refused when a campaign is handed in. */
export function sourceOf(audience: Campaign['audience']): AudienceSource {
  if (audience.kind !== 'bigquery') return openAudience(audience);
  throw new Fault('AUDIENCE_KIND', `this version can't read an audience of kind ${audience.kind}`);
}

/** The sandbox takes any credentials; SES wants real ones, found where the SDK always looks. */
export function sesAccess(
  config: Config,
  endpoint: string | null,
): Pick<SesTransportOptions, 'region' | 'endpoint' | 'credentials' | 'configurationSet'> {
  const { configurationSet, region } = config.ses;
  return {
    ...(configurationSet === null ? {} : { configurationSet }),
    ...(endpoint === null ? {} : { endpoint }),
    ...(config.ses.kind === 'sandbox' ? { credentials: SANDBOX_CREDENTIALS } : {}),
    ...(config.ses.kind === 'sandbox' ? { region: SANDBOX_REGION } : region === null ? {} : { region }),
  };
}

/** Nobody is told where no webhook is set. */
function buildNotices(config: Config, redis: Redis, logger: Logger): Service[] {
  const { url, secret } = config.webhook;
  if (url === null) return [];
  const webhook = new Webhook({ url, secret, timeoutMs: WEBHOOK_TIMEOUT_MS });
  return [new NoticeWorker({ redis, prefix: config.redis.prefix, webhook, clock: systemClock, logger })];
}

function buildShipper(config: Config, redis: Redis, keys: Keys, logger: Logger): Service {
  const clock = systemClock;
  const writer = processName();
  const sinks: LogSink[] = [new FilesSink({ dir: config.log.dir, writer, clock })];
  if (config.webhook.url !== null) sinks.push(new NoticeSink(redis, config.redis.prefix));
  const shipper = new Shipper({
    redis,
    keys,
    sinks,
    clock,
    logger,
    random: Math.random,
    consumer: writer,
  });
  return new Services([...sinks.map(closing), shipper]);
}

/** A name that no other process has or had. */
function processName(): string {
  const host = hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 60);
  return `${host}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** Reads SES's events, where there is a queue that they come to. */
function buildReader(config: Config, client: Client, queueUrl: string | null, logger: Logger): Service[] {
  // A sandbox of our own that was started without events has none to miss.
  const isOwnSandbox = config.ses.kind === 'sandbox' && config.ses.endpoint === null;
  if (queueUrl === null && (isOwnSandbox || config.feedback.snsTopics.length > 0)) return [];
  if (queueUrl === null) {
    logger.warn(
      "SLUICE_SQS_URL is not set: SES's events are not read, so nobody hears of bounces, and what comes into doubt waits for an operator",
    );
    return [];
  }
  const reading = new ReadingBook(client.redis, new Keys(config.redis.prefix));
  const { sqsEndpoint: endpoint } = config.feedback;
  // A stand-in beside the sandbox takes any credentials, as the sandbox does; a queue at AWS takes its own.
  const isStandIn = config.ses.kind === 'sandbox' && !isAws(endpoint ?? queueUrl);
  const region = isStandIn ? SANDBOX_REGION : config.ses.region;
  const doubtQuarter = Math.max(1, Math.floor(config.send.doubtMs / 4_000));
  const queue = new SqsQueue({
    queueUrl,
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    ...(isStandIn ? { credentials: SANDBOX_CREDENTIALS } : {}),
    // An empty queue is evidence about who is in doubt, and so is an event that a reader had in hand when it died: both
    // must be there well before doubt is decided.
    waitSeconds: Math.min(SQS_WAIT_SECONDS, doubtQuarter),
    visibilitySeconds: Math.min(SQS_VISIBILITY_SECONDS, doubtQuarter),
    receivers: SQS_RECEIVERS,
  });
  const source = new SqsSource({
    queue,
    intake: new Intake({ book: client.feedback, reading, dead: client.deadLetters, logger, source: 'sqs' }),
    reading,
    clock: systemClock,
    logger,
    random: Math.random,
    receivers: SQS_RECEIVERS,
    backlogMax: OUTBOX_FULL_ENTRIES,
  });
  return [closing(queue), source];
}

/** Something that only has to be closed, as a service. */
export function closing(resource: { close(): Promise<void> }): Service {
  return { start: async () => {}, stop: () => resource.close() };
}

/**
 * A prefix that no other process has, a count, and the minute: unique for ever, and known before Redis is asked. The
 * minute says with which others a claim is compared, should it come into doubt.
 */
function claimNumbers(clock: Clock): () => string {
  const process = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${process}-${count.toString(36)}-${Math.floor(clock.now() / 60_000).toString(36)}`;
  };
}

function linksOf(config: Config): UnsubscribeLinks | null {
  const { publicUrl, secrets } = config.unsubscribe;
  return publicUrl === null || secrets.length === 0
    ? null
    : unsubscribeLinks(publicUrl, createSealer(secrets));
}

/** What the settings lack for marketing mail; null where they lack nothing. */
export function marketingObstacle(config: Config): string | null {
  const { publicUrl, secrets } = config.unsubscribe;
  const missing = [
    ...(publicUrl === null ? ['SLUICE_PUBLIC_URL'] : []),
    ...(secrets.length === 0 ? ['SLUICE_SECRET'] : []),
  ];
  if (missing.length === 0) return null;
  return `marketing mail needs ${missing.join(' and ')} for its unsubscribe links: set it for the workers, then resume the campaign`;
}
