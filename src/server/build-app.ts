import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import { type FastifyInstance, fastify } from 'fastify';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Meter } from '../core/meter.ts';
import type { Access } from './access.ts';
import { callerOf } from './caller.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { addGuard, callerOfRequest, isVisitor } from './guard.ts';
import { addPrivateHeaders, addPublicHeaders, PUBLIC_HEADERS, setPrivateHeaders } from './headers.ts';
import { type HealthParts, healthRoutes } from './health-route.ts';
import { Hub } from './hub.ts';
import { addJsonParser } from './json-body.ts';
import {
  COUNTED_MAX,
  KEEP_ALIVE_MS,
  PARAMETER_CHARACTERS_MAX,
  PRIVATE_BODY_BYTES_MAX,
  PUBLIC_BODY_BYTES_MAX,
  type ServerLimits,
  UPLOAD_MS_MAX,
} from './limits.ts';
import { countRequests } from './metrics/request-count.ts';
import { answerClientError, refuseOddRequests } from './odd-requests.ts';
import { OpenStreams } from './open-streams.ts';
import { addOpenApi } from './openapi.ts';
import { dropBodies, isKnownMethod, withOtherMethods } from './other-methods.ts';
import type { PrivateRoutes, RouteTools } from './private-routes.ts';
import { answerProblem, problemOf, sendProblem } from './problem.ts';
import { warnOfProxies } from './proxy-warning.ts';
import { addRequestLog } from './request-log.ts';
import { addFormParser, signInRoutes, signOutRoute } from './sign-in-route.ts';
import { endSilence } from './silence.ts';
import { addBodyLimits } from './slow-body.ts';
import { type SnsParts, snsRoutes } from './sns-route.ts';
import { tokenOf, type UnsubscribeParts, unsubscribeRoutes } from './unsubscribe-route.ts';

export interface AppParts {
  readonly health: HealthParts;
  readonly unsubscribe: UnsubscribeParts;
  readonly sns: SnsParts;
  readonly access: Access;
  readonly ended: EndedSessions;
  readonly routes: readonly PrivateRoutes[];
  readonly publicUrl: string | null;
  /**
   * Who may name the address of whom a request comes from, as SLUICE_TRUSTED_PROXIES says. It decides whose requests are counted together
   * and whether a cookie is for https only, and never who is let in.
   */
  readonly trustedProxies: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** What of its requests is counted. */
  readonly meter: Meter;
  readonly limits: ServerLimits;
}

/** What a port answers: all of it, or what the public may ask, or the rest. Every port says whether it is well. */
export type Scope = 'all' | 'public' | 'private';

export interface RouteNote {
  readonly method: string;
  readonly url: string;
}

export interface App {
  readonly fastify: FastifyInstance;
  /** Every route that it has. */
  readonly routes: readonly RouteNote[];
}

export async function buildApp(parts: AppParts, scope: Scope): Promise<App> {
  const { limits, logger, meter, health } = parts;
  const app = newApp(parts);
  const routes: RouteNote[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    // What a path does not take is no route of it.
    if (config?.isRefusal !== true) for (const each of [method].flat()) routes.push({ method: each, url });
  });
  addPublicHeaders(app);
  // A connection that was busy when the stop began would stay open after its answer.
  app.addHook('onSend', async (_request, reply) => {
    if (health.isStopping()) void reply.header('connection', 'close');
  });
  endSilence(app, limits);
  refuseOddRequests(app);
  addJsonParser(app);
  dropBodies(app);
  warnOfProxies(app, logger);
  addBodyLimits(app, limits);
  addRequestLog(app, logger);
  countRequests(app, meter);
  addErrorHandler(app, logger);
  await app.register(rateLimit, {
    // Where a route asks for it.
    global: false,
    max: limits.perMinute,
    timeWindow: 60_000,
    cache: COUNTED_MAX,
    keyGenerator: callerOf,
  });
  const streams = new OpenStreams(limits, parts.clock);
  app.addHook('preClose', async () => streams.endAll());
  const looks = setInterval(() => void streams.endOver(parts.ended), limits.endedMs).unref();
  app.addHook('onClose', async () => clearInterval(looks));
  const tools = scope === 'public' ? null : toolsFor(parts, streams);
  addNotFound(app, parts, tools);
  // A balancer asks every second, and must not be told that it asks too often.
  await addPublic(app, (inner) => healthRoutes(inner, health));
  if (scope !== 'private') await addPublicRoutes(app, parts);
  if (tools) await addPrivateRoutes(app, parts, tools, streams);
  return { fastify: app, routes };
}

function newApp({ trustedProxies, limits: { requestMs, checkMs } }: AppParts): FastifyInstance {
  return fastify({
    logger: false,
    trustProxy: [...trustedProxies],
    bodyLimit: PUBLIC_BODY_BYTES_MAX,
    // Of all uploads; what else takes long is found by `addBodyLimits`.
    requestTimeout: UPLOAD_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX, ignoreTrailingSlash: true },
    // A path that can't be decoded would be quoted in the answer.
    frameworkErrors: (_error, _request, reply) => {
      void reply.headers(PUBLIC_HEADERS);
      sendProblem(reply, 400, 'Bad request', 'the path can not be read');
    },
    clientErrorHandler: answerClientError,
    http: {
      headersTimeout: requestMs,
      // Node's own is half a minute, and only then would it see that a request takes too long.
      connectionsCheckingInterval: checkMs,
    },
  });
}

function addErrorHandler(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500)
      logger.error('a request failed', { route: request.routeOptions.url ?? null, error });
    return answerProblem(reply, problem);
  });
}

/** Who may be here gets a page; everybody else is counted, and told nothing. */
function addNotFound(
  app: FastifyInstance,
  { access, routes, publicUrl }: AppParts,
  tools: RouteTools | null,
): void {
  const group = routes.find((each) => each.notFound !== undefined);
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, async (request, reply) => {
    if (!isKnownMethod(request.method)) return sendProblem(reply, 501, 'Not implemented');
    if (!tools || !group?.notFound || !(await isVisitor(request, access, publicUrl)))
      return sendProblem(reply, 404, 'Not found');
    setPrivateHeaders(request, reply);
    return group.notFound(request, reply, tools);
  });
}

async function addPublicRoutes(app: FastifyInstance, { unsubscribe, sns, limits }: AppParts): Promise<void> {
  await addPublic(app, (inner) =>
    unsubscribeRoutes(inner, unsubscribe, { rateLimit: linkLimit(unsubscribe, limits) }),
  );
  await addPublic(app, (inner) => snsRoutes(inner, sns, { rateLimit: { max: limits.hookPerMinute } }));
}

async function addPublic(
  app: FastifyInstance,
  register: (app: FastifyInstance) => Promise<void>,
): Promise<void> {
  await app.register((inner) => withOtherMethods(inner, () => register(inner), { rateLimit: {} }));
}

async function addPrivateRoutes(
  app: FastifyInstance,
  parts: AppParts,
  tools: RouteTools,
  streams: OpenStreams,
): Promise<void> {
  const { access, publicUrl, ended } = parts;
  await addPublic(app, (inner) => signInRoutes(inner, { access, publicUrl, ended }));
  await app.register(async (inner) => {
    inner.addHook('onRoute', (route) => {
      // Fastify reads it back from here.
      Object.assign(route, { bodyLimit: route.bodyLimit ?? PRIVATE_BODY_BYTES_MAX });
    });
    addPrivateHeaders(inner);
    addGuard(inner, access, publicUrl);
    addFormParser(inner, PRIVATE_BODY_BYTES_MAX);
    await withOtherMethods(inner, async () => {
      await addOpenApi(inner);
      await inner.register((one) => signOutRoute(one, { access, publicUrl, ended }, streams));
      for (const group of parts.routes) await inner.register((one) => group.register(one, tools));
    });
  });
}

function toolsFor({ clock, logger, publicUrl }: AppParts, streams: OpenStreams): RouteTools {
  return {
    sessionOf: (request) => {
      const caller = callerOfRequest(request);
      if (caller === null) throw new Error('a private route was reached without the guard');
      return caller.session;
    },
    events: (request, reply, source) => streams.answer(request, reply, source),
    hub: new Hub(logger),
    clock,
    logger,
    publicUrl,
  };
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
