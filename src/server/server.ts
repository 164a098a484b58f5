import { isIPv6 } from 'node:net';
import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import { type FastifyError, type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { Fault, messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import { type HealthParts, healthRoutes } from './health-route.ts';
import { sendProblem } from './problem.ts';
import { type SnsParts, snsRoutes } from './sns-route.ts';
import { tokenOf, type UnsubscribeParts, unsubscribeRoutes } from './unsubscribe-route.ts';

export interface ServerParts {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly redis: HealthParts['redis'];
  readonly unsubscribe: UnsubscribeParts;
  readonly sns: SnsParts;
  readonly logger: Logger;
  readonly limits?: Partial<ServerLimits>;
}

export interface ServerLimits {
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** How often sockets are held against that. */
  readonly checkMs: number;
  /** How long a stop waits for answers that are on their way. */
  readonly stopMs: number;
  /** Requests a minute of one address. */
  readonly perMinute: number;
  /** To the hook, where one address of SNS's brings the events of many mails. */
  readonly hookPerMinute: number;
  /** With one unsubscribe link. */
  readonly linkPerMinute: number;
}

const LIMITS: ServerLimits = {
  requestMs: 10_000,
  checkMs: 1_000,
  stopMs: 10_000,
  perMinute: 300,
  hookPerMinute: 60_000,
  linkPerMinute: 30,
};

/** Longer than the 60 seconds after which load balancers usually drop an idle connection, so that they are the first. */
const KEEP_ALIVE_MS = 65_000;
/** A token has 732 characters at the most. */
const TOKEN_CHARACTERS_MAX = 800;
/** Addresses and links of which requests are counted, each some hundred bytes. */
const COUNTED_MAX = 20_000;
const BODY_BYTES_MAX = 16_384;
const SOCKETS_MAX = 10_000;

/**
 * Proxies that may name the address of their caller: those in private networks, as reverse proxies are. Only the counting
 * of requests depends on it.
 */
const TRUSTED_PROXIES = 'loopback, linklocal, uniquelocal';

/** The HTTP server. It may be started again after a stop. */
export class HttpServer implements Service {
  readonly #parts: ServerParts;
  readonly #limits: ServerLimits;
  #app: FastifyInstance | null = null;
  #isStopping = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...parts.limits };
  }

  /** Where it listens; null where it does not. */
  get port(): number | null {
    const address = this.#app?.server.address() ?? null;
    return typeof address === 'object' ? (address?.port ?? null) : null;
  }

  /** @throws Fault SERVER_LISTEN where the port is taken or not allowed */
  async start(): Promise<void> {
    if (this.#app) return;
    const { host, port, logger } = this.#parts;
    this.#isStopping = false;
    const app = await this.#build();
    this.#app = app;
    try {
      await app.listen({ host, port });
    } catch (cause) {
      this.#app = null;
      await app.close();
      throw new Fault('SERVER_LISTEN', listenProblem(cause, host, port), { cause });
    }
    app.server.maxConnections = SOCKETS_MAX;
    logger.info('the server listens', { host, port: this.port });
  }

  /** Nobody new comes in, answers that are on their way go out, and idle connections are closed. */
  async stop(): Promise<void> {
    const app = this.#app;
    if (!app) return;
    this.#isStopping = true;
    const alarm = setTimeout(() => app.server.closeAllConnections(), this.#limits.stopMs);
    try {
      await app.close();
    } finally {
      clearTimeout(alarm);
      this.#app = null;
    }
  }

  async #build(): Promise<FastifyInstance> {
    const { redis, unsubscribe, sns, logger } = this.#parts;
    const limits = this.#limits;
    const app = fastify({
      logger: false,
      trustProxy: TRUSTED_PROXIES,
      bodyLimit: BODY_BYTES_MAX,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      forceCloseConnections: 'idle',
      routerOptions: { maxParamLength: TOKEN_CHARACTERS_MAX, ignoreTrailingSlash: true },
      // A path that can't be decoded would be quoted in the answer.
      frameworkErrors: (_error, _request, reply) => {
        sendProblem(reply, 400, 'Bad request');
      },
      http: {
        headersTimeout: limits.requestMs,
        // Node's own is half a minute, and only then would it see that a request takes too long.
        connectionsCheckingInterval: limits.checkMs,
      },
    });
    addHeaders(app);
    // A connection that was busy when the stop began would stay open after its answer.
    app.addHook('onSend', async (_request, reply) => {
      if (this.#isStopping) void reply.header('connection', 'close');
    });
    addRequestLog(app, logger);
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) logger.error('a request failed', { error });
      return sendProblem(reply, status, TITLES[status] ?? (status >= 500 ? 'Internal error' : 'Bad request'));
    });
    await app.register(rateLimit, {
      max: limits.perMinute,
      timeWindow: 60_000,
      cache: COUNTED_MAX,
      keyGenerator: callerOf,
    });
    app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) =>
      sendProblem(reply, 404, 'Not found'),
    );
    // A balancer asks every second, and must not be told that it asks too often.
    await healthRoutes(app, { redis, isStopping: () => this.#isStopping }, { rateLimit: false });
    await app.register((inner) =>
      unsubscribeRoutes(inner, unsubscribe, { rateLimit: linkLimit(unsubscribe, limits) }),
    );
    await app.register((inner) => snsRoutes(inner, sns, { rateLimit: { max: limits.hookPerMinute } }));
    return app;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  413: 'The body is too large',
  415: 'The body is of another type than this takes',
  429: 'Too many requests',
};

/** Answers are of no use to anybody but who asked, and to no other page. */
function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
    });
  });
}

/** A line a request, with the route's pattern: its path may be a token, and who asked is nobody's business. */
function addRequestLog(app: FastifyInstance, logger: Logger): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? null;
    const line = {
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    if (route === '/healthz' || route === '/readyz') logger.debug('request', line);
    else logger.info('request', line);
  });
}

/** An address; of IPv6 the network of 64 bits, since a household has as many addresses as it likes. */
function callerOf({ ip }: FastifyRequest): string {
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip;
  const [left = '', right] = ip.split('::');
  const groups = left === '' ? [] : left.split(':');
  const zeros = right === undefined ? 0 : 8 - groups.length - right.split(':').filter(Boolean).length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...(right ?? '').split(':')];
  return all.slice(0, 4).join(':');
}

/** Mail programs unsubscribe millions from a few addresses, so a link that is good is counted by itself. */
function linkLimit({ open }: UnsubscribeParts, { linkPerMinute, perMinute }: ServerLimits): RateLimitOptions {
  return {
    keyGenerator: (request) => {
      const reader = open(tokenOf(request));
      return reader === null ? callerOf(request) : `link:${reader.campaign}/${reader.seq}/${reader.address}`;
    },
    max: (_request, key) => (key.startsWith('link:') ? linkPerMinute : perMinute),
  };
}

function listenProblem(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  const why =
    code === 'EADDRINUSE'
      ? 'is taken'
      : code === 'EACCES'
        ? 'is not allowed to this user'
        : `can't be listened on (${messageOf(cause)})`;
  return `port ${port} of ${host} ${why}: set SLUICE_PORT or SLUICE_HOST to others`;
}
