import { resolve } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createLogger } from '../core/logger.ts';
import { authorOf } from './author.ts';
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
import { buildWorker } from './wire-roles.ts';
import { buildServer, serverUrl, warnOfNoToken } from './wire-server.ts';
import { WORKER_ROLES } from './worker-card.ts';

export function upCommand(): Command {
  return new Command('up')
    .summary('everything in one process')
    .description(
      'Runs a worker and the HTTP server with everything that they need in one process: a private Redis where REDIS_URL is unset, and the SES sandbox unless SLUICE_SES=aws.',
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
  const settings = loadConfig('up');
  const logger = createLogger({ level: settings.logLevel, pretty: process.stderr.isTTY });
  warnOf(settings, logger);
  warnOfNoToken(settings, logger);
  const signalled = untilSignal();
  const redis = await openRedis(settings, `${DATA_FOLDER}/redis`, logger);
  const ses = await openSes(settings, {});
  const { endpoint } = ses.value;
  // The port is part of the links: of a free one nobody knows it before the server has it.
  // And the sandbox in this process is asked about domains as SES is.
  const listsFolder = settings.listsFolder ?? resolve(DATA_FOLDER, 'files');
  const asked = { ...settings, ses: { ...settings.ses, endpoint }, listsFolder };
  const { server, service } = buildServer(
    withLinksForSandbox(asked, DATA_FOLDER),
    redis.value,
    logger,
    authorOf({}).by,
  );
  try {
    await service.start();
    const port = server.port ?? settings.server.port;
    const links = { ...settings.server, port: server.publicPort ?? port };
    const config = withLinksForSandbox({ ...settings, server: links }, DATA_FOLDER);
    const worker = await buildWorker(config, redis.value, ses.value, WORKER_ROLES, logger);
    await Promise.race([worker.start(), signalled]);
    note(`The console is at ${serverUrl(settings.server.host, port)}.`);
    note(
      endpoint === null
        ? 'Mail goes out through Amazon SES.'
        : `Mail goes to the sandbox at ${endpoint} (read it at ${endpoint}/mails), and nowhere else.`,
    );
    note(`The log is in ${logText(config)}.`);
    note(`In another terminal: export REDIS_URL=${redis.url}`);
    await signalled;
    await stopInTime(worker, logger);
  } finally {
    await service.stop();
    await ses.close();
    await redis.close();
  }
}

function logText({ log, bigquery }: Config): string {
  const places = log.sinks.map((sink) =>
    sink === 'files' ? log.dir : `BigQuery (${bigquery?.dataset}.${bigquery?.table})`,
  );
  return places.join(' and ');
}
