/*
 * What runs in a thread of `sluice worker`: some of its roles, until it is told to stop. Not a module to import.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createLogger } from '../core/logger.ts';
import { furtherConnection } from './connection.ts';
import { clientOf } from './wire.ts';
import { buildRoles } from './wire-roles.ts';
import { openTraces } from './wire-traces.ts';
import type { ThreadOrder } from './worker-thread.ts';

await run(workerData);

async function run({ config, redisUrl, ses, roles, pretty }: ThreadOrder): Promise<void> {
  const logger = createLogger({ level: config.logLevel, pretty });
  const client = clientOf(furtherConnection(redisUrl, logger), config, await openTraces(config));
  const worker = await buildRoles(config, client, ses, roles, logger);
  const told = new Promise((stop) => parentPort?.once('message', stop));
  await Promise.race([worker.start(), told]);
  parentPort?.postMessage('started');
  await told;
  await worker.stop();
  await client.close();
}
