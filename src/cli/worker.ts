import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { InputFault } from '../core/fault.ts';
import { createLogger } from '../core/logger.ts';
import { openRedis, openSes, stopInTime, untilSignal, warnOf } from './run.ts';
import { buildWorker, WORKER_ROLES, type WorkerRole } from './wire.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .summary('work the queues')
    .description('Works the queues until SIGTERM, then finishes what is in flight.')
    .option('--roles <roles>', `what it does, of ${WORKER_ROLES.join(', ')}`, WORKER_ROLES.join(','))
    .addHelpText(
      'after',
      `
Any number of workers share one Redis. Needs REDIS_URL, and AWS credentials unless SLUICE_SES=sandbox.

Examples:
  REDIS_URL=redis://redis:6379 AWS_REGION=ap-northeast-1 sluice worker
  sluice worker --roles plan,log`,
    )
    .action(async (options: { readonly roles: string }) => {
      await work(rolesOf(options.roles));
    });
}

async function work(roles: readonly WorkerRole[]): Promise<void> {
  const config = loadConfig('worker');
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY });
  warnOf(config, logger);
  const signalled = untilSignal();
  const redis = await openRedis(config, '', logger);
  const ses = await openSes(config, {});
  const worker = buildWorker(config, redis.value, ses.value, roles, logger);
  try {
    await Promise.race([worker.start(), signalled]);
    logger.info('worker started', { roles });
    await signalled;
    await stopInTime(worker, logger);
    logger.info('worker stopped');
  } finally {
    await ses.close();
    await redis.close();
  }
}

function rolesOf(text: string): WorkerRole[] {
  const named = text.split(',').map((role) => role.trim());
  const unknown = named.filter((role) => !WORKER_ROLES.some((known) => known === role));
  if (unknown.length > 0) {
    throw new InputFault([`--roles: "${unknown.join(', ')}" is none of ${WORKER_ROLES.join(', ')}`]);
  }
  return WORKER_ROLES.filter((role) => named.includes(role));
}
