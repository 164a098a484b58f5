import type { FastifyInstance } from 'fastify';
import type { Meter } from '../../core/meter.ts';

/** Counts and times every answer of a server, by the pattern of its route: a path may be a token. Hooks of `app` come before its routes. */
export function countRequests(app: FastifyInstance, meter: Meter): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    meter.add('sluice_http_requests_total', { route, method: request.method, status });
    meter.observe('sluice_http_request_duration_seconds', { route }, reply.elapsedTime / 1000);
  });
}
