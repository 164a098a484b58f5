import { Readable } from 'node:stream';
import type {
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteOptions,
} from 'fastify';
import { chosenLanguage } from './console/tools.ts';
import { wantsPage } from './guard.ts';
import { sendProblem } from './problem.ts';
import { methodPage, sendPage } from './small-page.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

/** Of the others nobody knows here what they mean (RFC 9110, 15.6.2). */
export function isKnownMethod(method: string): boolean {
  return METHODS.some((each) => each === method);
}

/** What a path has been given, by method. */
interface Path {
  readonly url: string;
  readonly routes: ReadonlyMap<string, RouteOptions>;
}

/**
 * Registers what `register` does, and then an answer for every method that one of its paths does not take: 405 with `Allow` (RFC 9110,
 * 15.5.6). It runs through the hooks of `app` as all of its routes do, so whoever may not ask there hears that first.
 *
 * HEAD is answered by every path that answers GET (RFC 9110, 9.1).
 *
 * @param config of those answers
 */
export async function withOtherMethods(
  app: FastifyInstance,
  register: () => Promise<void>,
  config: FastifyContextConfig = {},
): Promise<void> {
  const routes: RouteOptions[] = [];
  let isOver = false;
  app.addHook('onRoute', (route) => {
    if (!isOver && route.config?.isRefusal !== true) routes.push(route);
  });
  await register();
  isOver = true;
  const paths = pathsOf(routes);
  for (const path of paths) {
    const get = path.routes.get('GET');
    if (get && !path.routes.has('HEAD')) addHead(app, get);
    addRefusal(app, path, paths, config);
  }
}

/** What would have been read for HEAD is not: it may be long, or never end. */
export function dropBodies(app: FastifyInstance): void {
  app.addHook('onSend', async ({ method }, _reply, payload) => {
    if (method === 'HEAD' && payload instanceof Readable) payload.on('error', () => {}).destroy();
    return payload;
  });
}

function pathsOf(routes: readonly RouteOptions[]): Path[] {
  const byUrl = new Map<string, Map<string, RouteOptions>>();
  for (const route of routes) {
    const url = route.url.length > 1 ? route.url.replace(/\/$/, '') : route.url;
    const known = byUrl.get(url) ?? new Map<string, RouteOptions>();
    for (const method of [route.method].flat()) known.set(method, route);
    byUrl.set(url, known);
  }
  return [...byUrl].map(([url, known]) => ({ url, routes: known }));
}

/** By the handler of GET, whose body is dropped. */
function addHead(app: FastifyInstance, get: RouteOptions): void {
  app.route({ ...get, method: 'HEAD', schema: { ...get.schema, hide: true }, onSend: async () => null });
}

function addRefusal(
  app: FastifyInstance,
  path: Path,
  paths: readonly Path[],
  config: FastifyContextConfig,
): void {
  const covering = paths.filter(({ url }) => covers(url, path.url));
  const taken = METHODS.filter(
    (method) =>
      covering.some(({ routes }) => routes.has(method)) || (method === 'HEAD' && path.routes.has('GET')),
  );
  const others = METHODS.filter((method) => !taken.includes(method));
  if (others.length === 0) return;
  const allow = taken.join(', ');
  app.route({
    method: others,
    url: path.url,
    schema: { hide: true },
    config: { ...config, isRefusal: true },
    // Before a body is looked at, whose type or length may be wrong as well.
    preParsing: async (request, reply) => refuseMethod(request, reply, allow),
    handler: (request, reply) => refuseMethod(request, reply, allow),
  });
}

function refuseMethod(request: FastifyRequest, reply: FastifyReply, allow: string): FastifyReply {
  void reply.header('allow', allow);
  return wantsPage(request)
    ? sendPage(reply, 405, methodPage(chosenLanguage(request)))
    : sendProblem(reply, 405, 'Not allowed', `this path takes ${allow}`);
}

/** Whether all that the second pattern stands for is found by the first one, too. */
function covers(pattern: string, url: string): boolean {
  const wanted = url.split('/');
  const parts = pattern.split('/');
  if (parts.at(-1) === '*') return parts.slice(0, -1).every((part, at) => stands(part, wanted[at]));
  return parts.length === wanted.length && parts.every((part, at) => stands(part, wanted[at]));
}

function stands(part: string, wanted: string | undefined): boolean {
  return part === wanted || (part.startsWith(':') && wanted !== undefined && wanted !== '*');
}
