import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach } from 'vitest';
import { openClient } from '../../src/cli/wire.ts';
import { buildServer } from '../../src/cli/wire-server.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Disk } from '../../src/core/disk.ts';
import { Keys } from '../../src/core/keys.ts';
import type { LogFields, Logger } from '../../src/core/logger.ts';
import { NO_METER } from '../../src/core/meter.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { FeedbackBook } from '../../src/feedback/apply.ts';
import { DeadLetters } from '../../src/feedback/dead-letters.ts';
import { Intake } from '../../src/feedback/intake.ts';
import { ReadingBook } from '../../src/feedback/reading.ts';
import { SnsCertificates } from '../../src/feedback/sns-certificate.ts';
import type { Fetcher } from '../../src/feedback/sns-fetch.ts';
import { SnsReceiver } from '../../src/feedback/sns-receiver.ts';
import { type Reader, UnsubscribeBook } from '../../src/feedback/unsubscribe.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { createSealer } from '../../src/send/token.ts';
import { EndedSessions } from '../../src/server/ended-sessions.ts';
import type { ServerLimits } from '../../src/server/limits.ts';
import type { PrivateRoutes } from '../../src/server/private-routes.ts';
import { HttpServer, type ServerParts } from '../../src/server/server.ts';
import { HOST, TOPIC } from '../feedback/sns.ts';

export const keys = new Keys('{test}');
export const SECRETS = ['the newest key, of at least 32 characters', 'an older key, also of 32 characters..'];
const [NEWEST = ''] = SECRETS;

export const READER: Reader = {
  sender: 'news@example.com',
  address: 'hanako@example.co.jp',
  campaign: 'autumn',
  seq: 2,
};

/** A link's token, sealed with the newest key where no other is given. */
export function tokenFor(reader: Reader = READER, secret: string = NEWEST): string {
  const { sender, campaign, address, seq } = reader;
  const [token = ''] = createSealer([secret]).seal({ sender, campaign, recipients: [{ address, seq }] });
  return token;
}

export interface Line {
  readonly message: string;
  readonly fields: LogFields;
}

export interface ServerStage {
  readonly server: HttpServer;
  readonly base: string;
  /** What the process log has. */
  readonly lines: Line[];
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

export interface StageOptions
  extends Partial<
    Pick<ServerParts, 'token' | 'publicPort' | 'publicUrl' | 'trustedProxies' | 'obstacle' | 'clock'>
  > {
  readonly limits?: Partial<ServerLimits>;
  readonly fetch?: Fetcher;
  readonly routes?: readonly PrivateRoutes[];
  /** How long Redis may take to answer. */
  readonly patienceMs?: number;
}

/** Everything that `sluice serve` answers, as it is wired for it. */
export async function serveAll(
  redisUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerStage> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-server-'));
  const config = loadConfig('serve', {
    REDIS_URL: redisUrl,
    SLUICE_PREFIX: '{test}',
    SLUICE_PORT: '0',
    SLUICE_SES: 'sandbox',
    // Nobody listens there.
    AWS_ENDPOINT_URL_SESV2: 'http://127.0.0.1:9',
    SLUICE_DNS_SERVERS: '127.0.0.1:9',
    SLUICE_FILES: folder,
    SLUICE_LOG_DIR: folder,
    ...environment,
  });
  const { lines, logger } = newLog();
  const client = await openClient(config, redisUrl, logger);
  const { server, service } = buildServer(config, client, logger, 'hanako');
  await service.start();
  ends.push(async () => {
    await service.stop();
    await client.close();
    await rm(folder, { recursive: true });
  });
  return { server, base: `http://127.0.0.1:${server.port}`, lines };
}

function newLog(): { readonly lines: Line[]; readonly logger: Logger } {
  const lines: Line[] = [];
  const note = (message: string, fields: LogFields = {}) => lines.push({ message, fields });
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  return { lines, logger };
}

/** A Redis that takes connections and says nothing, until what this gives is called, or the test ends. */
export async function halt(redis: Redis): Promise<() => void> {
  const pid = Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
  const goOn = () => void process.kill(pid, 'SIGCONT');
  ends.push(async () => goOn());
  process.kill(pid, 'SIGSTOP');
  return goOn;
}

/** A server with its real parts and a Redis that is given up on after a short while. */
export async function serve(redisUrl: string, options: StageOptions = {}): Promise<ServerStage> {
  const connect = () => {
    const connection = connectRedis(redisUrl, { commandTimeout: options.patienceMs ?? 5_000 });
    connection.on('error', () => {});
    ends.push(async () => connection.disconnect());
    return connection;
  };
  const [redis, readers] = [connect(), connect()];
  const { lines, logger } = newLog();
  const reading = new ReadingBook(redis, keys);
  const book = new FeedbackBook(redis, keys, new Outbox(redis, keys), null);
  const sealer = createSealer(SECRETS);
  const fetch = options.fetch ?? (async () => ({ status: 404, text: '' }));
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    redis,
    logger,
    publicPort: options.publicPort ?? null,
    token: options.token ?? null,
    localUser: 'hanako',
    ended: new EndedSessions({ redis, keys, clock: options.clock ?? systemClock, logger }),
    publicUrl: options.publicUrl ?? null,
    trustedProxies: options.trustedProxies ?? ['loopback'],
    routes: options.routes ?? [],
    clock: options.clock ?? systemClock,
    meter: NO_METER,
    obstacle: options.obstacle,
    limits: { checkMs: 50, readyMs: 0, ...options.limits },
    unsubscribe: {
      book: new UnsubscribeBook(readers, keys, systemClock, new Disk(readers)),
      open: (token) => sealer.open(token),
      logger,
    },
    sns: {
      receiver: new SnsReceiver({
        topics: [TOPIC],
        intake: new Intake({
          book,
          reading,
          dead: new DeadLetters(redis, keys),
          clock: systemClock,
          logger,
          source: 'sns',
        }),
        reading,
        certificates: new SnsCertificates(fetch, systemClock),
        fetch,
        isHost: (host) => host === HOST,
        logger,
        backlogMax: 100_000,
      }),
      logger,
    },
  });
  await server.start();
  ends.push(() => server.stop());
  return { server, base: `http://127.0.0.1:${server.port}`, lines };
}
