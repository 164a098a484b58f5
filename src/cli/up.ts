import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { createLogger } from '../core/logger.ts';
import { note } from './output.ts';
import {
  DATA_FOLDER,
  openRedis,
  openSes,
  stopInTime,
  untilSignal,
  warnOf,
  withLinksForSandbox,
} from './run.ts';
import { buildWorker, WORKER_ROLES } from './wire.ts';

export function upCommand(): Command {
  return new Command('up')
    .summary('everything in one process')
    .description(
      'Runs a worker with everything that it needs in one process: a private Redis where REDIS_URL is unset, and the SES sandbox unless SLUICE_SES=aws.',
    )
    .addHelpText(
      'after',
      `
Other commands find it by the REDIS_URL that it prints.

Example:
  sluice up
  REDIS_URL=$PWD/.sluice/redis/redis.sock sluice send campaign.json --wait`,
    )
    .action(up);
}

async function up(): Promise<void> {
  const config = withLinksForSandbox(loadConfig('up'), DATA_FOLDER);
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY });
  warnOf(config, logger);
  const signalled = untilSignal();
  const redis = await openRedis(config, `${DATA_FOLDER}/redis`, logger);
  const ses = await openSes(config, {});
  const { endpoint } = ses.value;
  const worker = buildWorker(config, redis.value, ses.value, WORKER_ROLES, logger);
  try {
    await Promise.race([worker.start(), signalled]);
    note(
      endpoint === null
        ? 'Mail goes out through Amazon SES.'
        : `Mail goes to the sandbox at ${endpoint} (read it at ${endpoint}/mails), and nowhere else.`,
    );
    note(`The log is in ${config.log.dir}.`);
    note(`In another terminal: export REDIS_URL=${redis.url}`);
    await signalled;
    await stopInTime(worker, logger);
  } finally {
    await ses.close();
    await redis.close();
  }
}
