import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { MemoryMeter } from '../core/meter.ts';
import { type Service, Services } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { MeterBook } from '../queue/meter-book.ts';
import { QueueCounts } from '../queue/queue-counts.ts';
import { metricsRoutes } from '../server/metrics/routes.ts';
import { Scrape } from '../server/metrics/scrape.ts';
import type { PrivateRoutes } from '../server/private-routes.ts';
import { version } from './version.ts';
import { clientOf, closing } from './wire.ts';
import { buildMeterFlush } from './wire-meter.ts';

export interface Metrics {
  /** `/metrics`. */
  readonly routes: PrivateRoutes;
  /** What they answer. */
  text(): Promise<string>;
  /** What the server counts; for `countRequests`, and for the events that come in by SNS. */
  readonly meter: MemoryMeter;
  /** Writes down what is counted, and closes the connection. */
  readonly service: Service;
}

/** Prometheus gives up after ten seconds. */
const COMMAND_MS_MAX = 5_000;

/** With a connection of its own, which gives up soon: what waits for Redis would tell of another time when it came. */
export function buildMetrics({ redis }: Pick<Client, 'redis'>, config: Config, logger: Logger): Metrics {
  const connection = redis.duplicate({ commandTimeout: COMMAND_MS_MAX });
  // That Redis is away is said by the client's own connection.
  connection.on('error', () => {});
  const source = clientOf(connection, config);
  const queues = new QueueCounts(connection, config.redis.prefix);
  const meter = new MemoryMeter();
  const scrape = new Scrape({
    source,
    book: new MeterBook(connection, source.keys),
    queues,
    clock: systemClock,
    version: version(),
  });
  const service = new Services([
    closing({ close: async () => connection.disconnect() }),
    closing(queues),
    buildMeterFlush(source, meter, logger, null),
  ]);
  return { routes: metricsRoutes(scrape), text: () => scrape.text(), meter, service };
}
