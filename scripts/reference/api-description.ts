import { fastify } from 'fastify';
import { z } from 'zod';
import type { Desk } from '../../src/desk/desk.ts';
import { apiRoutes } from '../../src/server/api/routes.ts';
import { addOpenApi } from '../../src/server/openapi.ts';
import type { RouteTools } from '../../src/server/private-routes.ts';

/** What `/v1/openapi.json` says. Nobody asks the routes anything, so they are given no desk. */
export async function apiDescription(): Promise<object> {
  const app = fastify();
  await addOpenApi(app);
  const desk = z.custom<Desk>(() => true).parse({});
  const tools = z.custom<RouteTools>(() => true).parse({});
  await app.register((inner) => apiRoutes(desk).register(inner, tools));
  await app.ready();
  const described = app.swagger();
  await app.close();
  return described;
}
