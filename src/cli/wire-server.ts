import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { Disk } from '../core/disk.ts';
import { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import type { Meter } from '../core/meter.ts';
import { type Service, Services } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { FeedbackBook } from '../feedback/apply.ts';
import { DeadLetters } from '../feedback/dead-letters.ts';
import { Intake } from '../feedback/intake.ts';
import { meteredBook } from '../feedback/metered-book.ts';
import { ReadingBook } from '../feedback/reading.ts';
import { SnsCertificates } from '../feedback/sns-certificate.ts';
import { fetchPage } from '../feedback/sns-fetch.ts';
import { isSnsHost } from '../feedback/sns-place.ts';
import { SnsReceiver } from '../feedback/sns-receiver.ts';
import { UnsubscribeBook } from '../feedback/unsubscribe.ts';
import { OUTBOX_FULL_ENTRIES, Outbox } from '../log/outbox.ts';
import { createSealer, type Sealer } from '../send/token.ts';
import { apiRoutes } from '../server/api/routes.ts';
import { isLoopbackName } from '../server/caller.ts';
import { consoleRoutes } from '../server/console/console-routes.ts';
import { queueRoutes } from '../server/console/queue-routes.ts';
import { chosenLanguage } from '../server/console/tools.ts';
import { EndedSessions } from '../server/ended-sessions.ts';
import type { PrivateRoutes } from '../server/private-routes.ts';
import { HttpServer } from '../server/server.ts';
import { clientOf, closing } from './wire.ts';
import { buildDesk } from './wire-desk.ts';
import { buildMetrics } from './wire-metrics.ts';

/**
 * Whoever posts something must be told soon that Redis is away, so that it is posted again. A wait for the disk takes
 * three seconds at the most, and SNS gives up after fifteen.
 */
const COMMAND_MS_MAX = 5_000;

/** The HTTP server with connections of its own: `service` starts and stops all of it. @param localUser who acts on this machine */
export function buildServer(
  config: Config,
  client: Client,
  logger: Logger,
  localUser: string,
): { readonly server: HttpServer; readonly service: Service } {
  const keys = new Keys(config.redis.prefix);
  const redis = impatient(client);
  // A wait for the disk blocks its connection.
  const readers = impatient(client);
  const sealer = sealerOf(config, logger);
  const office = openOffice(config, client, logger);
  const metrics = buildMetrics(client, config, logger);
  const server = new HttpServer({
    ...config.server,
    localUser,
    ended: new EndedSessions({ redis, keys, clock: systemClock, logger }),
    publicUrl: config.unsubscribe.publicUrl,
    routes: [...office.routes, metrics.routes],
    obstacle: () => office.desk.obstacle(),
    redis,
    clock: systemClock,
    logger,
    meter: metrics.meter,
    unsubscribe: {
      book: new UnsubscribeBook(readers, keys, systemClock, new Disk(readers)),
      open: (token) => sealer?.open(token) ?? null,
      logger,
    },
    sns: { receiver: snsReceiver(config, redis, metrics.meter, logger), logger },
  });
  const connections = [redis, readers].map((each) => closing({ close: async () => each.disconnect() }));
  return { server, service: new Services([...connections, closing(office), metrics.service, server]) };
}

/** The desk, and who carries requests to it: API, console and the board of the queues. */
function openOffice(config: Config, client: Client, logger: Logger) {
  const own = clientOf(impatient(client), config, client.traces);
  const opened = buildDesk(config, own, logger);
  const { desk } = opened;
  const board: PrivateRoutes = {
    name: 'queues',
    register: (app) =>
      queueRoutes(app, { redis: own.redis, prefix: config.redis.prefix, logger, languageOf: chosenLanguage }),
  };
  return {
    desk,
    routes: [apiRoutes(desk), consoleRoutes(desk), board],
    close: async () => {
      await opened.close();
      await own.courier.close();
      // QUIT would wait for a Redis that is away.
      own.redis.disconnect();
    },
  };
}

function sealerOf({ unsubscribe: { secrets } }: Config, logger: Logger): Sealer | null {
  if (secrets.length > 0) return createSealer(secrets);
  logger.warn('SLUICE_SECRET is not set: no unsubscribe link of any mail works on this server');
  return null;
}

function snsReceiver(config: Config, redis: Client['redis'], meter: Meter, logger: Logger): SnsReceiver {
  const keys = new Keys(config.redis.prefix);
  const reading = new ReadingBook(redis, keys);
  const feedback = new FeedbackBook(redis, keys, new Outbox(redis, keys), config.feedback.softBounces);
  const book = meteredBook(feedback, meter, systemClock);
  const dead = new DeadLetters(redis, keys);
  return new SnsReceiver({
    topics: config.feedback.snsTopics,
    intake: new Intake({ book, reading, dead, clock: systemClock, logger, source: 'sns' }),
    reading,
    certificates: new SnsCertificates(fetchPage, systemClock),
    fetch: fetchPage,
    isHost: isSnsHost,
    logger,
    backlogMax: OUTBOX_FULL_ENTRIES,
  });
}

export function serverUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** That Redis is away is said by the client's own connection. */
function impatient({ redis }: Client): Client['redis'] {
  const connection = redis.duplicate({ commandTimeout: COMMAND_MS_MAX });
  connection.on('error', () => {});
  return connection;
}

/** Not unsafe, but seldom meant: nobody but this machine gets to the console. */
export function warnOfNoToken({ server }: Config, logger: Logger): void {
  if (server.token === null && !isLoopbackName(server.host))
    logger.warn(
      `SLUICE_API_TOKEN is not set: the console and the API answer on this machine only, although the server listens on ${server.host}.`,
    );
}
