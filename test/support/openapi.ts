import { z } from 'zod';
import { apiDescription } from '../../scripts/reference/api-description.ts';

const Schema = z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() });
const Content = z.record(z.string(), z.looseObject({ schema: Schema.optional() }));

const OpenApi = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        summary: z.string().optional(),
        tags: z.array(z.string()).optional(),
        security: z.unknown(),
        parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
        requestBody: z.looseObject({ content: Content }).optional(),
        responses: z.record(z.string(), z.looseObject({ content: Content.optional() })),
      }),
    ),
  ),
});

/** What `/v1/openapi.json` says. */
export async function openApi(): Promise<z.infer<typeof OpenApi>> {
  return OpenApi.parse(await apiDescription());
}
