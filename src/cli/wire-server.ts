import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { Disk } from '../core/disk.ts';
import { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { type Service, Services } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { FeedbackBook } from '../feedback/apply.ts';
import { DeadLetters } from '../feedback/dead-letters.ts';
import { Intake } from '../feedback/intake.ts';
import { ReadingBook } from '../feedback/reading.ts';
import { SnsCertificates } from '../feedback/sns-certificate.ts';
import { fetchPage } from '../feedback/sns-fetch.ts';
import { isSnsHost } from '../feedback/sns-place.ts';
import { SnsReceiver } from '../feedback/sns-receiver.ts';
import { UnsubscribeBook } from '../feedback/unsubscribe.ts';
import { OUTBOX_FULL_ENTRIES, Outbox } from '../log/outbox.ts';
import { createSealer } from '../send/token.ts';
import { isLoopbackName } from '../server/caller.ts';
import { HttpServer } from '../server/server.ts';
import { closing } from './wire.ts';

/**
 * Whoever posts something must be told soon that Redis is away, so that it is posted again. A wait for the disk takes
 * three seconds at the most, and SNS gives up after fifteen.
 */
const COMMAND_MS_MAX = 5_000;

/** The HTTP server with connections of its own: `service` starts and stops all of it. */
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
  const { secrets } = config.unsubscribe;
  if (secrets.length === 0)
    logger.warn('SLUICE_SECRET is not set: no unsubscribe link of any mail works on this server');
  const sealer = secrets.length === 0 ? null : createSealer(secrets);
  const reading = new ReadingBook(redis, keys);
  const book = new FeedbackBook(redis, keys, new Outbox(redis, keys), config.feedback.softBounces);
  const dead = new DeadLetters(redis, keys);
  const server = new HttpServer({
    ...config.server,
    localUser,
    publicUrl: config.unsubscribe.publicUrl,
    routes: [],
    redis,
    clock: systemClock,
    logger,
    unsubscribe: {
      book: new UnsubscribeBook(readers, keys, systemClock, new Disk(readers)),
      open: (token) => sealer?.open(token) ?? null,
      logger,
    },
    sns: {
      receiver: new SnsReceiver({
        topics: config.feedback.snsTopics,
        intake: new Intake({ book, reading, dead, clock: systemClock, logger, source: 'sns' }),
        reading,
        certificates: new SnsCertificates(fetchPage, systemClock),
        fetch: fetchPage,
        isHost: isSnsHost,
        logger,
        backlogMax: OUTBOX_FULL_ENTRIES,
      }),
      logger,
    },
  });
  const connections = [redis, readers].map((each) => closing({ close: async () => each.disconnect() }));
  return { server, service: new Services([...connections, server]) };
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
