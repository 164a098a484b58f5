import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { SESSION_COOKIE } from './access.ts';
import { contentPolicy } from './headers.ts';

const DESCRIPTION = [
  'Campaigns, suppression, senders and domains of Sluice. Errors are problem+json (RFC 9457), with the place of what is wrong.',
  'A campaign is known by its id, so that sending the same one again does nothing.',
].join(' ');

/**
 * Makes zod's schemas those of the routes that `app` is given after this, and describes all under `/v1/` that have one: by
 * `/v1/openapi.json`, and by a page on which they can be tried, `/v1/docs`.
 */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', version: 'v1', description: DESCRIPTION },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'SLUICE_API_TOKEN' },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: SESSION_COOKIE,
            description: 'Signed in at /sign-in',
          },
        },
      },
      security: [{ bearer: [] }, { cookie: [] }],
    },
    transform: (document) =>
      jsonSchemaTransform(
        document.url.startsWith('/v1/')
          ? document
          : { ...document, schema: { ...document.schema, hide: true } },
      ),
  });
  await app.register(swaggerUi, {
    routePrefix: '/v1/docs',
    // Without the bar in which any address can be opened.
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', tryItOutEnabled: true },
    theme: { title: 'Sluice API' },
    staticCSP: contentPolicy(),
  });
  app.get('/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
