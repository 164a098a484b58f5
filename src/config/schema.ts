import { resolve } from 'node:path';
import { z } from 'zod';
import { LOG_LEVELS, type LogLevel } from '../core/logger.ts';
import {
  BIGQUERY_EXPIRY_DAYS,
  BIGQUERY_QUERY_GB,
  CONCURRENCY_CALLS,
  CONFIGURATION_SET_CHARS_MAX,
  DNS_SERVERS_MAX,
  DOUBT_MS,
  LOCK_MS,
  PORT_MAX,
  PREFIX_CHARS_MAX,
  PROXIES_MAX,
  RATE_PER_SECOND_MAX,
  type Range,
  RECIPIENTS_MAX,
  SECRET_CHARS_MIN,
  SECRET_KEYS_MAX,
  SNS_TOPICS_MAX,
  SOFT_BOUNCE_DAYS,
  SOFT_BOUNCES,
  TOKEN_CHARS,
  WINDOW_BATCHES,
} from './limits.ts';
import { parseProxies } from './proxies.ts';
import {
  isRedisAddress,
  PUBLIC_URL_RULE,
  parseDnsServers,
  parsePublicUrl,
  parseQueueUrl,
  parseServiceUrl,
} from './url.ts';

export type LogSinkName = 'files' | 'bigquery';

/** The settings of one process, checked. Null is what nobody has set. */
export interface Config {
  readonly redis: {
    /** `redis://`, `rediss://`, or the path of a unix socket; null where Redis is embedded, or not used. */
    readonly url: string | null;
    /** Holds a hash tag. */
    readonly prefix: string;
  };
  readonly ses: {
    readonly kind: 'aws' | 'sandbox';
    /** Null where the AWS SDK finds it by itself (a profile). */
    readonly region: string | null;
    readonly endpoint: string | null;
    readonly configurationSet: string | null;
    readonly strategy: 'auto' | 'bulk' | 'single';
    readonly transport: 'lean' | 'sdk';
  };
  readonly send: {
    /** SES calls in flight. */
    readonly concurrency: number;
    /** Recipients a second; null for the account's own limit. */
    readonly perSecondMax: number | null;
    /** Recipients within 24 hours and within 30 days; null for no limit but the account's. */
    readonly perDayMax: number | null;
    readonly perMonthMax: number | null;
    readonly doubtMs: number;
  };
  /** Where SES's events come in. */
  readonly feedback: {
    /** Null where nobody has set up a queue. */
    readonly sqsUrl: string | null;
    /** Null where the queue's own host is the endpoint. */
    readonly sqsEndpoint: string | null;
    /** ARNs of the SNS topics that `/hooks/ses` believes. */
    readonly snsTopics: readonly string[];
    /** So many soft bounces within so long suppress an address; null where they never do. */
    readonly softBounces: { readonly count: number; readonly withinMs: number } | null;
  };
  readonly queue: {
    /** Batches outstanding per campaign. */
    readonly windowMax: number;
    readonly lockMs: number;
  };
  /** Absolute path of the folder that audience paths must lie under; null where they may lie anywhere. */
  readonly filesRoot: string | null;
  /** Absolute path of the folder for lists that are uploaded: `filesRoot`, but for `sluice up`, which has one of its own; null where there is none. */
  readonly listsFolder: string | null;
  readonly log: {
    /** Where rows go; each of them gets every row. */
    readonly sinks: readonly LogSinkName[];
    /** Absolute path of the files sink's folder. */
    readonly dir: string;
  };
  /** Null where no dataset is named. */
  readonly bigquery: {
    /** Null: the credentials' own project. */
    readonly project: string | null;
    readonly dataset: string;
    readonly table: string;
    readonly location: string | null;
    readonly write: 'storage' | 'insert';
    /** Base URL of a stand-in for REST, and `host:port` of one for gRPC; null for BigQuery itself. */
    readonly restUrl: string | null;
    readonly storageHost: string | null;
    /** How long a day of the log is kept; null: for ever. */
    readonly expiryDays: number | null;
    /** What one query of an audience may read. */
    readonly queryGbMax: number;
  } | null;
  /** Google Postmaster Tools; null where they are not connected. */
  readonly postmaster: {
    /** Base URL of a stand-in; null for Google's own. */
    readonly url: string | null;
    /** Whose quota is used; null: as the credentials have it. */
    readonly quotaProject: string | null;
  } | null;
  /** Marketing mail needs both. */
  readonly unsubscribe: {
    /** Without a slash at its end. */
    readonly publicUrl: string | null;
    /** Newest first. */
    readonly secrets: readonly string[];
  };
  /** Who is told when a campaign finishes, fails or is held; a null URL tells nobody. */
  readonly webhook: { readonly url: string | null; readonly secret: string | null };
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** Where public routes answer; null where they do so on the same port as all others. */
    readonly publicPort: { readonly host: string; readonly port: number } | null;
    /** Null: the API and the console answer on this machine only. */
    readonly token: string | null;
    /** Who may name the address and the scheme of whom a request comes from: addresses, networks, names of networks. */
    readonly trustedProxies: readonly string[];
  };
  /** Resolvers for domain checks, `ip:port`; none: the system's, or the sandbox's where mail goes there. */
  readonly dnsServers: readonly string[];
  /** Whether traces are collected, and sent to where OpenTelemetry's own variables say. */
  readonly traces: boolean;
  readonly logLevel: LogLevel;
  /** What is allowed but should be known, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Every variable that is read, and what it may be. A message ends the sentence "NAME is X: …".
 */
export const settings = z.object({
  REDIS_URL: text('redis://host:6379, rediss://host:6379, or the path of a unix socket', isRedisAddress),
  SLUICE_PREFIX: text(
    `up to ${PREFIX_CHARS_MAX} of A-Z a-z 0-9 _ . : - with a hash tag in braces, such as {sluice} or {mail:staging}`,
    (value) => value.length <= PREFIX_CHARS_MAX && /^[\w.:-]*\{[\w.:-]+\}[\w.:-]*$/.test(value),
  ).default('{sluice}'),
  SLUICE_SES: oneOf(['aws', 'sandbox']),
  AWS_REGION: text('the name of a region, such as ap-northeast-1', (value) =>
    /^[a-z]{2,}(-[a-z0-9]+)+-\d{1,2}$/.test(value),
  ),
  AWS_ENDPOINT_URL_SESV2: parsed('an http:// or https:// URL without a user', parseServiceUrl),
  AWS_ENDPOINT_URL_SQS: parsed('an http:// or https:// URL without a user', parseServiceUrl),
  SLUICE_SQS_URL: parsed(
    'the URL of a queue, such as https://sqs.ap-northeast-1.amazonaws.com/123456789012/sluice-events',
    parseQueueUrl,
  ),
  SLUICE_SOFT_BOUNCES: wholeNumber(SOFT_BOUNCES),
  SLUICE_SOFT_BOUNCE_DAYS: ranged(SOFT_BOUNCE_DAYS, 'days'),
  SLUICE_SNS_TOPICS: parsed(
    `1 to ${SNS_TOPICS_MAX} ARNs of topics by comma, such as arn:aws:sns:ap-northeast-1:123456789012:sluice-events`,
    parseTopics,
  ).default([]),
  SLUICE_CONFIGURATION_SET: text(
    `up to ${CONFIGURATION_SET_CHARS_MAX} of A-Z a-z 0-9 _ -`,
    (value) => value.length <= CONFIGURATION_SET_CHARS_MAX && /^[\w-]+$/.test(value),
  ),
  SLUICE_SES_STRATEGY: oneOf(['auto', 'bulk', 'single']).default('auto'),
  SLUICE_SES_TRANSPORT: oneOf(['lean', 'sdk']).default('lean'),
  SLUICE_MAX_PER_SECOND: wholeNumber({ min: 1, max: RATE_PER_SECOND_MAX }),
  SLUICE_MAX_PER_DAY: wholeNumber({ min: 1, max: RECIPIENTS_MAX }),
  SLUICE_MAX_PER_MONTH: wholeNumber({ min: 1, max: RECIPIENTS_MAX }),
  SLUICE_CONCURRENCY: ranged(CONCURRENCY_CALLS),
  SLUICE_WINDOW: ranged(WINDOW_BATCHES),
  SLUICE_LOCK_MS: ranged(LOCK_MS, 'milliseconds'),
  SLUICE_DOUBT_MS: ranged(DOUBT_MS, 'milliseconds'),
  SLUICE_FILES: parsed('the path of a folder', (value) => resolve(value)),
  SLUICE_LOG: listOf(['files', 'bigquery']).default(['files']),
  SLUICE_LOG_DIR: parsed('the path of a folder', (value) => resolve(value)).default(() =>
    resolve('sluice-log'),
  ),
  GOOGLE_CLOUD_PROJECT: text('the id of a project, such as my-project-123', (value) =>
    /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(value),
  ),
  SLUICE_BIGQUERY_DATASET: text('up to 1024 of A-Z a-z 0-9 _', (value) => /^\w{1,1024}$/.test(value)),
  SLUICE_BIGQUERY_TABLE: text('up to 200 of A-Z a-z 0-9 _', (value) => /^\w{1,200}$/.test(value)).default(
    'events',
  ),
  SLUICE_BIGQUERY_LOCATION: text('a location of BigQuery, such as asia-northeast1, US or EU', (value) =>
    /^([A-Z]{2}|[a-z]{2}|[a-z]+(-[a-z]+)+\d{1,2})$/.test(value),
  ),
  SLUICE_BIGQUERY_WRITE: oneOf(['storage', 'insert']),
  SLUICE_BIGQUERY_STORAGE_HOST: text('host:port of a stand-in for the Storage Write API', (value) =>
    /^[\w.-]+:\d{1,5}$/.test(value),
  ),
  BIGQUERY_EMULATOR_HOST: parsed('an http:// or https:// URL without a user', parseServiceUrl),
  SLUICE_BIGQUERY_EXPIRY_DAYS: wholeNumber(BIGQUERY_EXPIRY_DAYS, 'days'),
  SLUICE_BIGQUERY_MAX_GB: ranged(BIGQUERY_QUERY_GB, 'GB'),
  SLUICE_POSTMASTER: oneOf(['on', 'off']).default('off'),
  SLUICE_POSTMASTER_URL: parsed('an http:// or https:// URL without a user', parseServiceUrl),
  SLUICE_DNS_SERVERS: parsed(
    `1 to ${DNS_SERVERS_MAX} resolvers by comma, an IP address each, with a port or without, such as 1.1.1.1,8.8.8.8:53 or [2606:4700:4700::1111]:53`,
    parseDnsServers,
  ).default([]),
  SLUICE_PUBLIC_URL: parsed(PUBLIC_URL_RULE, parsePublicUrl),
  SLUICE_SECRET: parsed(
    `1 to ${SECRET_KEYS_MAX} keys by comma, newest first, each of at least ${SECRET_CHARS_MIN} characters (openssl rand -base64 33 makes one)`,
    parseSecrets,
  ).default([]),
  SLUICE_WEBHOOK_URL: parsed('an http:// or https:// URL without a user', parseServiceUrl),
  SLUICE_WEBHOOK_SECRET: text(
    `at least ${SECRET_CHARS_MIN} characters (openssl rand -base64 33 makes one)`,
    (value) => value.length >= SECRET_CHARS_MIN,
  ),
  SLUICE_HOST: text('an IP address or a host name', (value) => /^[\w.:-]+$/.test(value)).default('127.0.0.1'),
  SLUICE_PORT: wholeNumber({ min: 0, max: PORT_MAX }).default(3000),
  SLUICE_API_TOKEN: text(
    `${TOKEN_CHARS.min} to ${TOKEN_CHARS.max} visible characters of ASCII (openssl rand -base64 33 makes one)`,
    (value) => value.length >= TOKEN_CHARS.min && value.length <= TOKEN_CHARS.max && /^[!-~]+$/.test(value),
  ),
  SLUICE_PUBLIC_PORT: parsed(
    `a port from 0 to ${PORT_MAX}, or host:port, such as 0.0.0.0:8080 or [::]:8080`,
    parsePlace,
  ),
  SLUICE_TRUSTED_PROXIES: parsed(
    `1 to ${PROXIES_MAX} by comma of IP addresses, networks such as 10.0.0.0/8, loopback, linklocal, uniquelocal; or none`,
    parseProxies,
  ).default(['loopback']),
  SLUICE_TRACES: oneOf(['on', 'off']).default('off'),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
});

/** A variable that `parse` turns into its value, or into undefined where it is wrong. */
function parsed<T>(mayBe: string, parse: (value: string) => T | undefined) {
  return judged(`it may be ${mayBe}`, parse);
}

function judged<T>(message: string, parse: (value: string) => T | undefined) {
  return z
    .string()
    .transform((value, context) => {
      const result = parse(value);
      if (result !== undefined) return result;
      context.addIssue(message);
      return z.NEVER;
    })
    .optional();
}

function text(mayBe: string, isRight: (value: string) => boolean) {
  return parsed(mayBe, (value) => (isRight(value) ? value : undefined));
}

function oneOf<const T extends string>(choices: readonly T[]) {
  return parsed(choices.join(', '), (value) => choices.find((choice) => choice === value));
}

/** Each at most once, however often it is named. */
function listOf<const T extends string>(choices: readonly T[]) {
  return parsed(`a list by comma of ${choices.join(', ')}`, (value) => {
    const items = value.split(',').map((item) => choices.find((choice) => choice === item.trim()));
    const known = items.filter((item) => item !== undefined);
    return known.length === items.length ? [...new Set(known)] : undefined;
  });
}

function ranged(range: Range, unit = '') {
  return wholeNumber(range, unit).default(range.byDefault);
}

function wholeNumber({ min, max }: { readonly min: number; readonly max: number }, unit = '') {
  return parsed(`a whole number${unit && ` of ${unit}`} from ${min} to ${max}`, (value) => {
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  });
}

/** A port of SLUICE_HOST, or of a host of its own. */
function parsePlace(value: string): { readonly host: string | null; readonly port: number } | undefined {
  const [, inBrackets, name, digits = ''] =
    /^(?:(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):)?(\d{1,5})$/.exec(value) ?? [];
  return digits !== '' && Number(digits) <= PORT_MAX
    ? { host: inBrackets ?? name ?? null, port: Number(digits) }
    : undefined;
}

/** `.fifo` topics are left out: they can't post. */
const TOPIC = /^arn:aws(-cn|-us-gov)?:sns:[a-z]{2}(-[a-z]+)+-\d{1,2}:\d{12}:[A-Za-z0-9_-]{1,256}$/;

function parseTopics(value: string): string[] | undefined {
  const topics = value.split(',').map((topic) => topic.trim());
  return topics.length <= SNS_TOPICS_MAX && topics.every((topic) => TOPIC.test(topic)) ? topics : undefined;
}

function parseSecrets(value: string): string[] | undefined {
  const keys = value.split(',').map((key) => key.trim());
  return keys.length <= SECRET_KEYS_MAX && keys.every((key) => key.length >= SECRET_CHARS_MIN)
    ? keys
    : undefined;
}
