import type { Config } from '../config/schema.ts';
import type { Logger } from '../core/logger.ts';
import { MemoryMeter } from '../core/meter.ts';
import { type Service, Services } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import type { SesPlace } from './wire.ts';
import { buildMeterFlush } from './wire-meter.ts';
import { buildPresence } from './wire-presence.ts';
import { type WorkerRole, workerLabel } from './worker-card.ts';

/** A whole worker within this thread: what works the queues, and its place on the roster. */
export async function buildWorker(
  config: Config,
  client: Client,
  ses: SesPlace,
  roles: readonly WorkerRole[],
  logger: Logger,
): Promise<Service> {
  const working = await buildRoles(config, client, ses, roles, logger);
  return new Services([working, buildPresence(config, client.redis, roles, logger)]);
}

/**
 * Everything that works the queues, in the order in which it starts. It stops in reverse: first nothing new is taken
 * on, then what happened is shipped. Only what the roles need is loaded: the clients of AWS alone are some 30 MB.
 */
export async function buildRoles(
  config: Config,
  client: Client,
  ses: SesPlace,
  roles: readonly WorkerRole[],
  logger: Logger,
): Promise<Service> {
  const meter = new MemoryMeter();
  const flush = buildMeterFlush(client, meter, logger, { worker: workerLabel(), thread: roles.join('+') });
  const services: Service[] = [];
  if (roles.includes('log')) {
    const { buildLog } = await import('./wire-log.ts');
    services.push(...(await buildLog(config, client, logger, meter)));
  }
  if (roles.includes('feedback')) {
    const { buildFeedback } = await import('./wire-feedback.ts');
    services.push(...buildFeedback(config, client, ses.queueUrl, logger, meter));
  }
  if (roles.includes('send') || roles.includes('plan')) {
    const { buildSending } = await import('./wire-sending.ts');
    const sending = buildSending(config, client, ses, logger, meter);
    services.unshift(sending.service);
    if (roles.includes('send')) {
      const { buildSend } = await import('./wire-send.ts');
      services.push(buildSend(config, client, sending, logger, meter));
    }
    if (roles.includes('plan')) {
      const { buildPlan } = await import('./wire-plan.ts');
      services.push(...buildPlan(config, client, sending, ses, logger, meter));
    }
  }
  // Starts first and stops last: whatever the others count at their end is written.
  return new Services([flush, ...services]);
}
