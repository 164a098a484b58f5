import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import { storedList, storedLists } from './answers/lists.ts';
import { operation, type Route } from './operation.ts';

const tag = 'audiences';

const params = z.object({
  name: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: 'Of [A-Za-z0-9._-], ending in .csv or .ndjson, or either with .gz' }),
});

/** Types under which an audience may come; what it is says its name. */
export const AUDIENCE_TYPES = [
  'text/csv',
  'application/x-ndjson',
  'application/gzip',
  'application/octet-stream',
] as const;

export function audienceRoutes({ lists }: Desk): Route[] {
  return [
    operation({
      id: 'uploadAudience',
      method: 'PUT',
      url: '/v1/audiences/:name',
      tag,
      summary: 'Upload an audience',
      description:
        'The body is the file, as it streams: of any size, whole or not at all, as slowly as it comes. The same content under the same name again changes nothing and answers 200; other content is a conflict, since a campaign may be reading it.',
      params,
      body: z.instanceof(Readable, { error: 'is missing: send the file itself' }),
      upload: AUDIENCE_TYPES,
      answers: { 200: storedList, 201: storedList },
      errors: [408, 409, 507],
      handle: async ({ params: { name }, body, reply }) => {
        const list = await lists.put(name, body);
        void reply.code(list.isNew ? 201 : 200);
        return list;
      },
    }),
    operation({
      id: 'listAudiences',
      method: 'GET',
      url: '/v1/audiences',
      tag,
      summary: 'List uploaded audiences',
      answers: { 200: storedLists },
      handle: async () => ({ items: [...(await lists.list())] }),
    }),
    operation({
      id: 'removeAudience',
      method: 'DELETE',
      url: '/v1/audiences/:name',
      tag,
      summary: 'Remove an uploaded audience',
      description: 'While a campaign that has not ended reads it, it is a conflict.',
      params,
      answers: { 200: z.object({ name: z.string() }).meta({ id: 'RemovedAudience' }) },
      errors: [404, 409],
      handle: async ({ params: { name } }) => {
        await lists.remove(name);
        return { name };
      },
    }),
  ];
}
