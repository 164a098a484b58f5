import type { z } from 'zod';
import { InputFault } from '../core/fault.ts';
import { DOUBT_AWS_MS_MIN } from './limits.ts';
import { nearMiss } from './near-miss.ts';
import { type Config, settings } from './schema.ts';
import { isAws } from './url.ts';

const DAY_MS = 86_400_000;

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a process is: it decides which settings it needs, and what they are where nobody sets them. */
export type Role = 'demo' | 'up' | 'worker' | 'serve' | 'client' | 'client-without-redis';

/** Roles that can't do without a Redis of the user's. The others start their own, or use none. */
type RoleWithRedis = 'worker' | 'serve' | 'client';

export type ConfigWithRedis = Config & { readonly redis: { readonly url: string } };

/**
 * Reads the settings of this process from its environment; nothing else reads that.
 * @throws InputFault with a line for each wrong, missing or unknown variable
 */
export function loadConfig(role: RoleWithRedis, environment?: Environment): ConfigWithRedis;
export function loadConfig(role: Role, environment?: Environment): Config;
export function loadConfig(role: Role, environment: Environment = process.env): Config {
  const given = withoutEmpty(environment);
  const result = settings.safeParse(given);
  const problems = [
    ...wrongValues(given, result.error?.issues ?? []),
    ...missingValues(given, role),
    ...contradictions(given, role),
    ...withoutDataset(given),
    ...unknownNames(given),
  ];
  if (problems.length > 0 || !result.success) throw new InputFault(problems);
  return configOf(result.data, role, warningsOf(given, role));
}

/** Without the blanks around values, which come from files, and without what is blank: that is unset. */
function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const trimmed = value?.trim() ?? '';
      return trimmed === '' || isServiceLink(name, trimmed) ? [] : [[name, trimmed]];
    }),
  );
}

/**
 * Kubernetes sets SLUICE_PORT=tcp://10.0.0.1:3000, SLUICE_SERVICE_HOST and more in every pod beside a service that is
 * named `sluice`. Nobody meant those for us.
 */
function isServiceLink(name: string, value: string): boolean {
  return (
    /^SLUICE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$/.test(name) ||
    (/^SLUICE_(\w+_)?PORT$/.test(name) && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

function wrongValues(given: Environment, issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.map((issue) => {
    const name = String(issue.path[0]);
    return `${name} is ${shown(name, given[name] ?? '')}: ${issue.message}`;
  });
}

const SECRETS: readonly string[] = [
  'SLUICE_SECRET',
  'SLUICE_API_TOKEN',
  'SLUICE_WEBHOOK_SECRET',
  // Who knows the URL of a chat's webhook can write into that chat.
  'SLUICE_WEBHOOK_URL',
];
const SHOWN_CHARS_MAX = 100;

/** The value for a message, unless it is or may hold a secret: a URL has its password before an `@` or after a `?`. */
function shown(name: string, value: string): string {
  if (SECRETS.includes(name)) return 'wrong (its value is not shown)';
  if (name.includes('URL') && /[@?]/.test(value))
    return 'wrong (its value is not shown, since it may hold a password)';
  return JSON.stringify(value.length > SHOWN_CHARS_MAX ? `${value.slice(0, SHOWN_CHARS_MAX)}…` : value);
}

function missingValues(given: Environment, role: Role): string[] {
  if (given['REDIS_URL'] !== undefined || !needsRedis(role)) return [];
  return [
    'REDIS_URL is not set: it may be redis://host:6379, rediss://host:6379, or the path of a unix socket (sluice up prints the one of its own Redis)',
  ];
}

function needsRedis(role: Role): boolean {
  return role === 'worker' || role === 'serve' || role === 'client';
}

/** What each variable alone would be right for, but not together. Looks only at those that are right in themselves. */
function contradictions(given: Environment, role: Role): string[] {
  if (!sends(role)) return [];
  const { SLUICE_SES, SLUICE_DOUBT_MS, AWS_ENDPOINT_URL_SESV2 } = settings.shape;
  const kind = SLUICE_SES.safeParse(given['SLUICE_SES']);
  const endpoint = AWS_ENDPOINT_URL_SESV2.safeParse(given['AWS_ENDPOINT_URL_SESV2']);
  const doubtMs = SLUICE_DOUBT_MS.safeParse(given['SLUICE_DOUBT_MS']);
  if (!kind.success || !endpoint.success) return [];
  const isSandbox = sesKind(kind.data, role) === 'sandbox';
  const isReal = endpoint.data === undefined ? !isSandbox : isAws(endpoint.data);
  const problems: string[] = [];
  if (isReal && isSandbox) {
    problems.push(
      `AWS_ENDPOINT_URL_SESV2 is "${endpoint.data}": with SLUICE_SES=sandbox${kind.data ? '' : ` (what ${role} has where it is unset)`} it may be the URL of a sandbox, or unset; mail through Amazon SES takes SLUICE_SES=aws`,
    );
  }
  if (isReal && doubtMs.success && doubtMs.data < DOUBT_AWS_MS_MIN) {
    problems.push(
      `SLUICE_DOUBT_MS is "${given['SLUICE_DOUBT_MS']}": against real SES it may be ${DOUBT_AWS_MS_MIN} milliseconds or more, since a request that was stopped on its way can still be sent until SES's five minutes for it are over`,
    );
  }
  return problems;
}

/** The log can't go to BigQuery where nobody says into which dataset. */
function withoutDataset(given: Environment): string[] {
  const sinks = settings.shape.SLUICE_LOG.safeParse(given['SLUICE_LOG']);
  return sinks.success && sinks.data.includes('bigquery') && given['SLUICE_BIGQUERY_DATASET'] === undefined
    ? [
        'SLUICE_BIGQUERY_DATASET is not set: with SLUICE_LOG=bigquery it names the dataset of the log, such as sluice',
      ]
    : [];
}

function sends(role: Role): boolean {
  return role === 'demo' || role === 'up' || role === 'worker';
}

function sesKind(set: 'aws' | 'sandbox' | undefined, role: Role): 'aws' | 'sandbox' {
  return set ?? (role === 'demo' || role === 'up' ? 'sandbox' : 'aws');
}

const KNOWN: readonly string[] = Object.keys(settings.shape);

function unknownNames(given: Environment): string[] {
  const unknown = Object.keys(given).filter((name) => name.startsWith('SLUICE_') && !KNOWN.includes(name));
  return unknown.map((name) => {
    const meant = nearMiss(name, KNOWN);
    return `${name} is no setting${meant === null ? ': unset it' : `: did you mean ${meant}?`}`;
  });
}

function warningsOf(given: Environment, role: Role): string[] {
  const isAnonymous =
    given['SLUICE_CONFIGURATION_SET'] === undefined &&
    sends(role) &&
    (given['SLUICE_SES'] ?? sesKind(undefined, role)) === 'aws';
  return isAnonymous ? [NO_CONFIGURATION_SET] : [];
}

const NO_CONFIGURATION_SET =
  'SLUICE_CONFIGURATION_SET is not set: SES may hand mail over without TLS, and its events (bounces, complaints) go nowhere.';

function bigQueryOf(value: z.output<typeof settings>): Config['bigquery'] {
  if (value.SLUICE_BIGQUERY_DATASET === undefined) return null;
  const restUrl = value.BIGQUERY_EMULATOR_HOST ?? null;
  const storageHost = value.SLUICE_BIGQUERY_STORAGE_HOST ?? null;
  return {
    project: value.GOOGLE_CLOUD_PROJECT ?? null,
    dataset: value.SLUICE_BIGQUERY_DATASET,
    table: value.SLUICE_BIGQUERY_TABLE,
    location: value.SLUICE_BIGQUERY_LOCATION ?? null,
    write: value.SLUICE_BIGQUERY_WRITE ?? (restUrl !== null && storageHost === null ? 'insert' : 'storage'),
    restUrl,
    storageHost,
    expiryDays: value.SLUICE_BIGQUERY_EXPIRY_DAYS ?? null,
    queryGbMax: value.SLUICE_BIGQUERY_MAX_GB,
  };
}

function serverOf(value: z.output<typeof settings>): Config['server'] {
  const { SLUICE_HOST: host, SLUICE_PUBLIC_PORT: place } = value;
  return {
    host,
    port: value.SLUICE_PORT,
    publicPort: place === undefined ? null : { host: place.host ?? host, port: place.port },
    token: value.SLUICE_API_TOKEN ?? null,
    trustedProxies: value.SLUICE_TRUSTED_PROXIES,
  };
}

function configOf(value: z.output<typeof settings>, role: Role, warnings: readonly string[]): Config {
  return {
    redis: { url: value.REDIS_URL ?? null, prefix: value.SLUICE_PREFIX },
    ses: {
      kind: sesKind(value.SLUICE_SES, role),
      region: value.AWS_REGION ?? null,
      endpoint: value.AWS_ENDPOINT_URL_SESV2 ?? null,
      configurationSet: value.SLUICE_CONFIGURATION_SET ?? null,
      strategy: value.SLUICE_SES_STRATEGY,
      transport: value.SLUICE_SES_TRANSPORT,
    },
    send: {
      concurrency: value.SLUICE_CONCURRENCY,
      perSecondMax: value.SLUICE_MAX_PER_SECOND ?? null,
      perDayMax: value.SLUICE_MAX_PER_DAY ?? null,
      perMonthMax: value.SLUICE_MAX_PER_MONTH ?? null,
      doubtMs: value.SLUICE_DOUBT_MS,
    },
    feedback: {
      sqsUrl: value.SLUICE_SQS_URL ?? null,
      sqsEndpoint: value.AWS_ENDPOINT_URL_SQS ?? null,
      snsTopics: value.SLUICE_SNS_TOPICS,
      softBounces:
        value.SLUICE_SOFT_BOUNCES === undefined
          ? null
          : { count: value.SLUICE_SOFT_BOUNCES, withinMs: value.SLUICE_SOFT_BOUNCE_DAYS * DAY_MS },
    },
    queue: { windowMax: value.SLUICE_WINDOW, lockMs: value.SLUICE_LOCK_MS },
    filesRoot: value.SLUICE_FILES ?? null,
    listsFolder: value.SLUICE_FILES ?? null,
    log: { sinks: value.SLUICE_LOG, dir: value.SLUICE_LOG_DIR },
    bigquery: bigQueryOf(value),
    postmaster:
      value.SLUICE_POSTMASTER === 'on'
        ? { url: value.SLUICE_POSTMASTER_URL ?? null, quotaProject: value.GOOGLE_CLOUD_PROJECT ?? null }
        : null,
    unsubscribe: { publicUrl: value.SLUICE_PUBLIC_URL ?? null, secrets: value.SLUICE_SECRET },
    webhook: { url: value.SLUICE_WEBHOOK_URL ?? null, secret: value.SLUICE_WEBHOOK_SECRET ?? null },
    server: serverOf(value),
    dnsServers: value.SLUICE_DNS_SERVERS,
    traces: value.SLUICE_TRACES === 'on',
    logLevel: value.LOG_LEVEL,
    warnings,
  };
}
