import type { FastifyInstance } from 'fastify';
import type { Logger } from '../core/logger.ts';
import { callerOfRequest } from './guard.ts';

/** Asked so often that their lines would hide the others. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * A line a request, with the route's pattern: its path may be a token or an address, and who asked is nobody's business.
 * `caller`: bearer, session or loopback of who was let in to private routes; public of everybody else.
 */
export function addRequestLog(app: FastifyInstance, logger: Logger): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? null;
    const line = {
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      caller: callerOfRequest(request)?.kind ?? 'public',
    };
    if (route !== null && QUIET.has(route) && reply.statusCode < 400) logger.debug('request', line);
    else logger.info('request', line);
  });
}
