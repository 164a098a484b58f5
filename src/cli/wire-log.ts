import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Meter } from '../core/meter.ts';
import { type Service, Services } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { FilesSink } from '../log/files-sink.ts';
import { meteredSink } from '../log/metered-sink.ts';
import { Shipper } from '../log/shipper.ts';
import type { LogSink } from '../log/sink.ts';
import { NoticeSink } from '../queue/notice-sink.ts';
import { NoticeWorker } from '../queue/notice-worker.ts';
import { Webhook } from '../queue/webhook.ts';
import { closing } from './wire.ts';
import { processName } from './worker-card.ts';

const WEBHOOK_TIMEOUT_MS = 10_000;

/** The role `log`, in the order in which its parts start. */
export async function buildLog(
  config: Config,
  client: Client,
  logger: Logger,
  meter: Meter,
): Promise<Service[]> {
  return [...buildNotices(config, client, logger, meter), await buildShipper(config, client, logger, meter)];
}

/** Google's libraries are loaded only where they are used. */
async function openBigQuerySink(config: Config, logger: Logger): Promise<LogSink> {
  const { bigQuerySink, openWarehouse } = await import('./wire-bigquery.ts');
  return bigQuerySink(await openWarehouse(config, false), logger);
}

/** Nobody is told where no webhook is set. */
function buildNotices(config: Config, { redis }: Client, logger: Logger, meter: Meter): Service[] {
  const { url, secret } = config.webhook;
  if (url === null) return [];
  const webhook = new Webhook({ url, secret, timeoutMs: WEBHOOK_TIMEOUT_MS });
  return [
    new NoticeWorker({ redis, prefix: config.redis.prefix, webhook, clock: systemClock, logger, meter }),
  ];
}

async function buildShipper(
  config: Config,
  { redis, keys }: Client,
  logger: Logger,
  meter: Meter,
): Promise<Service> {
  const clock = systemClock;
  const writer = processName();
  const sinks: LogSink[] = [];
  if (config.log.sinks.includes('files')) sinks.push(new FilesSink({ dir: config.log.dir, writer, clock }));
  if (config.log.sinks.includes('bigquery')) sinks.push(await openBigQuerySink(config, logger));
  if (config.webhook.url !== null) sinks.push(new NoticeSink(redis, config.redis.prefix));
  const shipper = new Shipper({
    redis,
    keys,
    sinks: sinks.map((sink) => meteredSink(sink, meter, clock)),
    clock,
    logger,
    random: Math.random,
    consumer: writer,
    meter,
  });
  return new Services([...sinks.map(closing), shipper]);
}
