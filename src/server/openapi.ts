import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { sessionCookie } from './cookie.ts';
import { contentPolicy } from './headers.ts';

/** Fields may be added to answers, so no schema of one says that there are no others; what is sent is another matter. */
const zodToJsonConfig: NonNullable<Parameters<typeof createJsonSchemaTransform>[0]['zodToJsonConfig']> = {
  override: ({ zodSchema: { _zod }, jsonSchema }) => {
    if (_zod.def.type === 'object' && !('catchall' in _zod.def && _zod.def.catchall))
      Reflect.deleteProperty(jsonSchema, 'additionalProperties');
  },
};
const describe = createJsonSchemaTransform({ zodToJsonConfig });
const withComponents = createJsonSchemaTransformObject({ zodToJsonConfig });

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
            name: sessionCookie(false),
            description: `Signed in at /sign-in; by https its name is \`${sessionCookie(true)}\``,
          },
        },
      },
      security: [{ bearer: [] }, { cookie: [] }],
    },
    transform: (document) =>
      describe(
        document.url.startsWith('/v1/')
          ? document
          : { ...document, schema: { ...document.schema, hide: true } },
      ),
    transformObject: (document) => withoutUnused(withComponents(document)),
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

/** Every schema with a name comes twice, as it is sent and as it is answered; only what a route refers to is of use. */
function withoutUnused<T extends object>(document: T): T {
  const schemas = partOf(partOf(document, 'components'), 'schemas');
  const used = new Set<string>();
  const waiting = [partOf(document, 'paths')];
  for (const part of waiting) {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      waiting.push(partOf(schemas, name));
    }
  }
  for (const name of Object.keys(schemas)) if (!used.has(name)) Reflect.deleteProperty(schemas, name);
  plainJson(document);
  Reflect.deleteProperty(schemas, SHARED);
  return document;
}

/** Where zod puts what refers to itself, by references that OpenAPI does not know: with us it is any value of JSON. */
const SHARED = '__shared';

function plainJson(part: object): void {
  for (const value of Object.values(part)) if (typeof value === 'object' && value !== null) plainJson(value);
  if ('$ref' in part && typeof part.$ref === 'string' && part.$ref.includes(SHARED))
    Reflect.deleteProperty(part, '$ref');
}

function partOf(whole: object, name: string): object {
  const part: unknown = Reflect.get(whole, name);
  return typeof part === 'object' && part !== null ? part : {};
}
