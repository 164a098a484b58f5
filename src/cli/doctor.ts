import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault, messageOf } from '../core/fault.ts';
import { createLogger } from '../core/logger.ts';
import { reachRedis } from '../core/reach.ts';
import type { Client } from '../desk/client.ts';
import { marketingObstacle } from '../desk/marketing-obstacle.ts';
import { queueHealth } from '../queue/queue-health.ts';
import { inspectSes } from '../send/ses-inspection.ts';
import { REACH_MS } from './client.ts';
import { bigQueryChecks } from './doctor-bigquery.ts';
import { type Check, checkLine, fail, ok, warn } from './doctor-check.ts';
import { domainChecks } from './doctor-domains.ts';
import { logFolderCheck } from './doctor-log.ts';
import { postmasterChecks } from './doctor-postmaster.ts';
import { type QueueFacts, queueChecks } from './doctor-queue.ts';
import { redisChecks, redisFacts } from './doctor-redis.ts';
import { ownSandboxCheck, sesChecks, unaskedChecks } from './doctor-ses.ts';
import { EXIT_FAILED, print, printJson } from './output.ts';
import { clientOf, sesAccess } from './wire.ts';
import { deskParts } from './wire-parts.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('look for what would keep mail from going out')
    .description(
      'Looks at the settings, Redis, the workers, the queues, the log, SES, the sending domains, and Postmaster Tools where they are connected: one line each, with what to do. Changes nothing. It judges by the settings of its own environment, so run it where the workers run.',
    )
    .option('--json', 'print one JSON value: { "ok", "checks": [{ "name", "status", "found", "todo" }] }')
    .addHelpText(
      'after',
      `
Exit codes: 0; 1 where something would keep mail from going out (a line that begins with fail).

Examples:
  sluice doctor
  sluice doctor --json | jq -r '.checks[] | select(.status != "ok") | .todo'`,
    )
    .action(async (options: { readonly json?: boolean }) => {
      const checks = await examine();
      const isFit = checks.every(({ status }) => status !== 'fail');
      if (options.json) printJson({ ok: isFit, checks });
      else print(checks.map(checkLine).join('\n'));
      process.exitCode = isFit ? 0 : EXIT_FAILED;
    });
}

/** What can't be looked at is left out: the line before says why. */
async function examine(): Promise<Check[]> {
  const config = settings();
  if (Array.isArray(config)) return config;
  const checks = settingsChecks(config);
  const client = await reachRedis(config.redis.url ?? '', REACH_MS).then(
    (redis) => clientOf(redis, config),
    (thrown: unknown) => messageOf(thrown),
  );
  if (typeof client === 'string') {
    checks.push(fail('redis', client, 'start it, or correct REDIS_URL'), ...(await logChecks(config, false)));
    return [...checks, ...(await sesOf(config, null))];
  }
  try {
    const facts = await queueFacts(client, config);
    const hasWriter = facts.workers.some(({ roles }) => roles.includes('log'));
    return [
      ...checks,
      ...redisChecks(await redisFacts(client.redis)),
      ...queueChecks(facts),
      ...(await logChecks(config, hasWriter)),
      ...(await sesOf(config, client)),
      ...(await domainsOf(client, config)),
      ...(await postmasterChecks(config, client, systemClock.now())),
    ];
  } finally {
    await client.close();
  }
}

async function domainsOf(client: Client, config: Config): Promise<Check[]> {
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY });
  const made = deskParts(config, client, logger, 'anywhere');
  try {
    return await domainChecks(made.parts);
  } finally {
    await made.close();
  }
}

/** Of each place to which the log goes. */
async function logChecks(config: Config, hasWriter: boolean): Promise<Check[]> {
  const { sinks, dir } = config.log;
  return [
    ...(sinks.includes('files') ? [logFolderCheck(dir, hasWriter)] : []),
    ...(await bigQueryChecks(config)),
  ];
}

/** Those of a worker; or everything that is wrong with them. */
function settings(): Config | Check[] {
  try {
    return loadConfig('worker');
  } catch (thrown) {
    if (!(thrown instanceof InputFault)) throw thrown;
    return thrown.problems.map((problem) =>
      fail('settings', problem, 'correct it; nothing else was looked at'),
    );
  }
}

function settingsChecks(config: Config): Check[] {
  // Of the configuration set there is a line of its own.
  const warnings = config.warnings.filter((warning) => !warning.startsWith('SLUICE_CONFIGURATION_SET'));
  return warnings.length === 0
    ? [ok('settings', 'all are right')]
    : warnings.map((warning) => warn('settings', warning.replace(/\.$/, ''), 'unset it'));
}

/** Campaigns that have not ended, and are looked at one by one. */
const OPEN_MAX = 1_000;

async function queueFacts(client: Client, config: Config): Promise<QueueFacts> {
  const { redis, roster, campaigns, outbox, deadLetters, reading } = client;
  const ids = (await campaigns.open()).slice(0, OPEN_MAX);
  const open = await Promise.all(ids.map((id) => campaigns.look(id)));
  const [newest] = await deadLetters.list(1);
  return {
    workers: await roster.present(),
    queues: await queueHealth(redis, config.redis.prefix),
    open: open.filter((campaign) => campaign !== null),
    backlog: await outbox.backlog(),
    setAside: newest ? { messages: await deadLetters.count(), newestReason: newest.reason } : null,
    hasEventQueue: config.feedback.sqsUrl !== null,
    feedbackLagMs: await reading.lagMs(),
    doubtMs: config.send.doubtMs,
    ownObstacle: marketingObstacle(config),
  };
}

async function sesOf(config: Config, client: Client | null): Promise<Check[]> {
  const { kind, endpoint, region, configurationSet } = config.ses;
  if (kind === 'sandbox' && endpoint === null) return [ownSandboxCheck()];
  const inspection = await inspectSes(sesAccess(config, endpoint));
  const hasSettings = endpoint !== null || region !== null || configurationSet !== null;
  // Somebody who only hands campaigns in needs none; an AWS profile may have them all the same.
  if (!hasSettings && inspection.account.kind === 'failure') {
    return unaskedChecks(client ? await client.account.read() : null, systemClock.now());
  }
  return sesChecks(inspection, configurationSet, kind === 'sandbox');
}
