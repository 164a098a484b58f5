import type { PrivateRoutes } from '../private-routes.ts';
import type { Scrape } from './scrape.ts';

/** `/metrics`, for Prometheus: with the bearer token, or on this machine. */
export function metricsRoutes(scrape: Pick<Scrape, 'text' | 'contentType'>): PrivateRoutes {
  return {
    name: 'metrics',
    register: async (app) => {
      app.get('/metrics', async (_request, reply) => {
        const text = await scrape.text();
        return reply.type(scrape.contentType).send(text);
      });
    },
  };
}
