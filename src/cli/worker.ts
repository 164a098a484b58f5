import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { InputFault } from '../core/fault.ts';
import { createLogger } from '../core/logger.ts';
import { leaveRedis } from '../core/redis.ts';
import { Services } from '../core/service.ts';
import { openConnection } from './connection.ts';
import { Crew, untilLetGo } from './crew.ts';
import { openSes, stopInTime, untilSignal, warnOf } from './run.ts';
import { buildPresence } from './wire-presence.ts';
import { WORKER_ROLES, type WorkerRole } from './worker-card.ts';
import { workerThreads } from './worker-thread.ts';

/** More than any machine has cores for: what is beyond is a slip of the finger. */
const PROCESSES_MAX = 64;

export function workerCommand(): Command {
  return new Command('worker')
    .summary('work the queues')
    .description('Works the queues until SIGTERM, then finishes what is in flight.')
    .option('--roles <roles>', `what it does, of ${WORKER_ROLES.join(', ')}`, WORKER_ROLES.join(','))
    .option(
      '--processes <n>',
      `how many processes, each with SES calls of its own, 1 to ${PROCESSES_MAX}`,
      '1',
    )
    .addHelpText(
      'after',
      `
Any number of workers share one Redis. Needs REDIS_URL, and AWS credentials unless SLUICE_SES=sandbox.

Examples:
  REDIS_URL=redis://redis:6379 AWS_REGION=ap-northeast-1 sluice worker
  sluice worker --processes 4
  sluice worker --roles plan,log`,
    )
    .action(async (options: { readonly roles: string; readonly processes: string }) => {
      const roles = rolesOf(options.roles);
      const processes = processesOf(options.processes);
      await (processes === 1 ? work(roles) : workTogether(roles, processes));
    });
}

/** Each process does all of it: the parent only keeps them going. Settings that are wrong are said once, by the parent. */
async function workTogether(roles: readonly WorkerRole[], processes: number): Promise<void> {
  const config = loadConfig('worker');
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY });
  const [, script = ''] = process.argv;
  const signalled = untilSignal();
  const crew = new Crew({ script, args: ['worker', '--roles', roles.join(',')], processes, logger });
  logger.info('worker processes started', { processes, roles });
  await signalled;
  await crew.stop();
  logger.info('worker processes stopped');
}

/** This thread keeps the place on the roster and hears the signals; what the roles do is done in threads of their own. */
async function work(roles: readonly WorkerRole[]): Promise<void> {
  const config = loadConfig('worker');
  const pretty = process.stderr.isTTY;
  const logger = createLogger({ level: config.logLevel, pretty });
  warnOf(config, logger);
  const signalled = Promise.race([untilSignal(), untilLetGo()]);
  const redisUrl = config.redis.url ?? '';
  const redis = await openConnection(redisUrl, logger);
  const ses = await openSes(config, {});
  const worker = new Services([
    ...workerThreads({ config, redisUrl, ses: ses.value, roles, pretty }),
    buildPresence(config, redis, roles, logger),
  ]);
  try {
    await Promise.race([worker.start(), signalled]);
    logger.info('worker started', { roles });
    await signalled;
    await stopInTime(worker, logger);
    logger.info('worker stopped');
  } finally {
    await ses.close();
    await leaveRedis(redis);
  }
}

function processesOf(text: string): number {
  const processes = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (processes >= 1 && processes <= PROCESSES_MAX) return processes;
  throw new InputFault([`--processes: "${text}" is no whole number from 1 to ${PROCESSES_MAX}`]);
}

function rolesOf(text: string): WorkerRole[] {
  const named = text.split(',').map((role) => role.trim());
  const unknown = named.filter((role) => !WORKER_ROLES.some((known) => known === role));
  if (unknown.length > 0) {
    throw new InputFault([`--roles: "${unknown.join(', ')}" is none of ${WORKER_ROLES.join(', ')}`]);
  }
  return WORKER_ROLES.filter((role) => named.includes(role));
}
