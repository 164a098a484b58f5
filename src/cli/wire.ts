import type { Redis } from 'ioredis';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { leaveRedis } from '../core/redis.ts';
import type { Service } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { FeedbackBook } from '../feedback/apply.ts';
import { DeadLetters } from '../feedback/dead-letters.ts';
import { ReadingBook } from '../feedback/reading.ts';
import { Guard } from '../guard/guard.ts';
import { DomainBook } from '../identity/domain-book.ts';
import { GmailBook } from '../identity/gmail-book.ts';
import { PostmasterBook } from '../identity/postmaster-book.ts';
import { ProfileBook } from '../identity/profile.ts';
import { ProjectBook } from '../identity/project.ts';
import { OUTBOX_HOLD_ENTRIES, Outbox } from '../log/outbox.ts';
import { CampaignIndex } from '../queue/campaign-index.ts';
import { Campaigns } from '../queue/campaigns.ts';
import { CanaryBook } from '../queue/canary.ts';
import { Courier } from '../queue/courier.ts';
import { CourseBook } from '../queue/course.ts';
import { GuardBook } from '../queue/guard-book.ts';
import { Roster } from '../queue/roster.ts';
import { Settings } from '../queue/settings.ts';
import { Steering } from '../queue/steer.ts';
import { TestBook } from '../queue/test-book.ts';
import { Timeline } from '../queue/timeline.ts';
import type { Traces } from '../queue/traces.ts';
import type { Sandbox, SandboxOptions } from '../sandbox/server.ts';
import { AccountBoard } from '../send/account-board.ts';
import { DoubtBook } from '../send/doubt.ts';
import { SentBook } from '../send/sent-book.ts';
import type { SesTransportOptions } from '../send/ses-client.ts';
import { WarmUpBook } from '../send/warm-up.ts';
import { SuppressionStore } from '../suppression/store.ts';
import { SyncBook } from '../suppression/sync-book.ts';
import { openConnection } from './connection.ts';
import { openTraces } from './wire-traces.ts';

export const SANDBOX_REGION = 'us-east-1';
export const SANDBOX_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/** As `openConnection`, with everything that talks to Redis. */
export async function openClient(
  config: Config,
  redisUrl: string,
  logger: Logger,
  waitMs: number | null = null,
): Promise<Client> {
  const redis = await openConnection(redisUrl, logger, waitMs);
  return clientOf(redis, config, await openTraces(config));
}

/** On a connection that is there. @param traces stopped when it is closed */
export function clientOf(redis: Redis, config: Config, traces: Traces | null = null): Client {
  const { prefix } = config.redis;
  const keys = new Keys(prefix);
  const campaigns = new Campaigns(redis, keys, systemClock);
  const courier = new Courier(redis, prefix, traces?.telemetry ?? null);
  const projects = new ProjectBook(redis, keys);
  const guard = new Guard(redis, keys);
  const guardBook = new GuardBook(redis, keys, systemClock);
  const canary = new CanaryBook(redis, keys, systemClock);
  const profiles = new ProfileBook(redis, keys);
  return {
    redis,
    keys,
    campaigns,
    index: new CampaignIndex(redis, keys, systemClock),
    courier,
    projects,
    guard,
    guardBook,
    canary,
    profiles,
    timeline: new Timeline(redis, keys),
    courses: new CourseBook(redis, keys),
    domains: new DomainBook(redis, keys),
    gmail: new GmailBook(redis, keys),
    postmaster: new PostmasterBook(redis, keys),
    settings: new Settings(projects, profiles, systemClock),
    sent: new SentBook(redis, keys),
    steering: new Steering({ campaigns, courier, guard, guardBook, canary, clock: systemClock }),
    doubt: new DoubtBook(redis, keys),
    outbox: new Outbox(redis, keys),
    suppression: new SuppressionStore(redis, keys),
    syncs: new SyncBook(redis, keys),
    account: new AccountBoard(redis, keys),
    warmUps: new WarmUpBook(redis, keys),
    tests: new TestBook(redis, keys, OUTBOX_HOLD_ENTRIES),
    roster: new Roster(redis, keys),
    deadLetters: new DeadLetters(redis, keys),
    feedback: new FeedbackBook(redis, keys, new Outbox(redis, keys), config.feedback.softBounces),
    reading: new ReadingBook(redis, keys),
    traces,
    close: async () => {
      await courier.close();
      await traces?.stop();
      await leaveRedis(redis);
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

/**
 * Whom to ask about domains, as `host:port`: the resolvers of the settings, else the sandbox that mail goes to, which answers DNS on the port of its
 * endpoint, else the system's, and then the list is empty.
 */
export function dnsServersOf(config: Config, endpoint: string | null): readonly string[] {
  if (config.dnsServers.length > 0 || config.ses.kind !== 'sandbox' || endpoint === null)
    return config.dnsServers;
  const { hostname, port, protocol } = new URL(endpoint);
  return [`${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`];
}

/** Where a sandbox finds the records of domains. */
export type SandboxDns = NonNullable<SandboxOptions['dns']>;

export async function runSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { startSandbox } = await import('../sandbox/server.ts');
  return startSandbox(options);
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

/** Something that only has to be closed, as a service. */
export function closing(resource: { close(): Promise<void> }): Service {
  return { start: async () => {}, stop: () => resource.close() };
}
