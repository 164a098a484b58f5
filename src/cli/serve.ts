import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { createLogger } from '../core/logger.ts';
import { authorOf } from './author.ts';
import { openRedis, stopInTime, untilSignal, warnOf } from './run.ts';
import { buildServer, warnOfNoToken } from './wire-server.ts';

export function serveCommand(): Command {
  return new Command('serve')
    .summary('the HTTP server')
    .description(
      'Runs the HTTP server until SIGTERM, then finishes the answers that are on their way: the console (/), the API (/v1, tried at /v1/docs), unsubscribe links (/u), the events of SES by SNS (/hooks/ses), /healthz and /readyz.',
    )
    .addHelpText(
      'after',
      `
It listens on SLUICE_HOST and SLUICE_PORT, without TLS: put a reverse proxy before it. Needs REDIS_URL, and the
SLUICE_SECRET that the workers have. API and console take SLUICE_API_TOKEN; without one they answer on this machine
only. SLUICE_PUBLIC_PORT gives what the public asks a port of its own.

Example:
  REDIS_URL=redis://redis:6379 SLUICE_HOST=0.0.0.0 sluice serve`,
    )
    .action(serve);
}

async function serve(): Promise<void> {
  const config = loadConfig('serve');
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY });
  warnOf(config, logger);
  warnOfNoToken(config, logger);
  const signalled = untilSignal();
  const redis = await openRedis(config, '', logger);
  const { service } = buildServer(config, redis.value, logger, authorOf({}).by);
  try {
    await Promise.race([service.start(), signalled]);
    await signalled;
    await stopInTime(service, logger);
    logger.info('server stopped');
  } finally {
    await service.stop();
    await redis.close();
  }
}
