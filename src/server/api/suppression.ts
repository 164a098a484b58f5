import { PassThrough, Readable } from 'node:stream';
import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import {
  added,
  imported,
  removed,
  standings,
  suppressionCounts,
  suppressionPage,
  syncRun,
} from './answers/suppression.ts';
import {
  address,
  addresses,
  authorOf,
  filterOf,
  pageQuery,
  signature,
  targetFields,
  withTarget,
} from './input.ts';
import { operation, type Route } from './operation.ts';
import { linked } from './page.ts';

const tag = 'suppression';
/** Whom, and for what. */
const addition = z
  .strictObject({
    ...targetFields,
    addresses,
    by: signature.by,
    note: signature.reason.meta({ description: 'Why, or from where; kept with the entry' }),
  })
  .transform(withTarget);

/** Addresses are in bodies, since URLs land in logs. */
export function suppressionRoutes({ suppression }: Desk): Route[] {
  return [
    operation({
      id: 'listSuppression',
      method: 'GET',
      url: '/v1/suppression',
      tag,
      summary: 'List suppressed addresses',
      query: z.strictObject({ ...targetFields, ...pageQuery }),
      answers: { 200: suppressionPage },
      handle: async ({ query: { limit, after, ...target }, reply }) =>
        linked(await suppression.list(filterOf(target), { limit, after }), reply),
    }),
    operation({
      id: 'countSuppression',
      method: 'GET',
      url: '/v1/suppression/counts',
      tag,
      summary: 'How many there are',
      answers: { 200: suppressionCounts },
      handle: () => suppression.counts(),
    }),
    operation({
      id: 'checkSuppression',
      method: 'POST',
      url: '/v1/suppression/check',
      tag,
      summary: 'What keeps addresses from getting mail',
      body: z.strictObject({
        addresses,
        sender: address.exactOptional().meta({ description: 'As for mail of this sender; else of all' }),
      }),
      answers: { 200: standings },
      handle: async ({ body }) => ({
        items: [...(await suppression.check(body.addresses, body.sender))],
      }),
    }),
    operation({
      id: 'addSuppression',
      method: 'POST',
      url: '/v1/suppression',
      tag,
      summary: 'Suppress addresses',
      description:
        'Once it is answered, no mail is claimed for them. Who is suppressed for the same thing already keeps the entry. Idempotent.',
      body: addition,
      answers: { 200: added },
      handle: ({ body, ...call }) =>
        suppression.add(body.target, body.addresses, authorOf(call, { by: body.by, reason: body.note })),
    }),
    operation({
      id: 'removeSuppression',
      method: 'POST',
      url: '/v1/suppression/remove',
      tag,
      summary: 'Let addresses get mail again',
      description: 'From one list only: what they are suppressed for besides stays. Idempotent.',
      body: addition,
      answers: { 200: removed },
      handle: ({ body, ...call }) =>
        suppression.remove(body.target, body.addresses, authorOf(call, { by: body.by, reason: body.note })),
    }),
    operation({
      id: 'importSuppression',
      method: 'POST',
      url: '/v1/suppression/import',
      tag,
      summary: 'Suppress every address of a CSV file',
      description:
        'The body is the file, with a header: up to 1,000,000 rows or 100 MB. Nothing is written where it can’t be read; rows that are no addresses are skipped and counted. A file that the export wrote needs neither `reason` nor `sender`. Idempotent.',
      query: z
        .strictObject({
          ...targetFields,
          column: z
            .string()
            .min(1)
            .max(256)
            .exactOptional()
            .meta({ description: 'The column with the addresses, where its name does not tell' }),
          by: signature.by,
        })
        .transform((query, context) =>
          query.reason === undefined && query.sender === undefined
            ? { ...query, target: 'columns' as const }
            : withTarget(query, context),
        ),
      body: z.instanceof(Readable, { error: 'is missing: send the file itself' }),
      upload: ['text/csv', 'application/octet-stream'],
      answers: { 200: imported },
      errors: [408],
      handle: ({ query: { target, column, by }, body, ...call }) =>
        suppression.import(body, { target, column }, authorOf(call, { by })),
    }),
    operation({
      id: 'beginSuppressionSync',
      method: 'POST',
      url: '/v1/suppression/sync',
      tag,
      summary: 'Bring this list and SES’s own together',
      description:
        'As `sluice suppression sync`: both directions, where none is named. It answers at once and goes on in the server, for SES takes about one address a second; ask by GET how far it is. One at a time: asked again while the same runs, it answers with that run; another one is a conflict. It ends with its server, and what it has done stays: begin it again for the rest.',
      body: z.strictObject({
        fromSes: z.boolean().exactOptional().meta({ description: 'Only take over what is on SES’s list' }),
        toSes: z
          .boolean()
          .exactOptional()
          .meta({ description: 'Only put what is suppressed here on SES’s list' }),
        dryRun: z
          .boolean()
          .exactOptional()
          .meta({ description: 'Count what would be added, and add nothing' }),
        ...signature,
      }),
      answers: { 202: syncRun },
      errors: [409],
      handle: async ({ body: { by, reason, ...order }, reply, ...call }) => {
        const run = await suppression.beginSync(order, authorOf(call, { by, reason }));
        void reply.code(202);
        return run;
      },
    }),
    operation({
      id: 'getSuppressionSync',
      method: 'GET',
      url: '/v1/suppression/sync',
      tag,
      summary: 'The sync with SES’s list that runs, or the last one',
      description: 'Of those that were begun over HTTP or in the console within 30 days.',
      answers: { 200: syncRun },
      errors: [404],
      handle: () => suppression.sync(),
    }),
    operation({
      id: 'stopSuppressionSync',
      method: 'POST',
      url: '/v1/suppression/sync/stop',
      tag,
      summary: 'Stop the sync with SES’s list',
      description: 'What it has done stays. Idempotent.',
      body: z.strictObject(signature),
      answers: { 200: syncRun },
      errors: [404],
      handle: ({ body, ...call }) => suppression.stopSync(authorOf(call, body)),
    }),
    operation({
      id: 'exportSuppression',
      method: 'GET',
      url: '/v1/suppression/export',
      tag,
      summary: 'Suppressed addresses as CSV',
      description: 'As the import reads it. It comes as it is read, however long it is.',
      query: z.strictObject(targetFields),
      answers: { 200: z.string() },
      stream: 'text/csv',
      handle: async ({ query, reply, tools }) => {
        const out = new PassThrough();
        // Where it breaks off, so does the answer: its reader sees that it has not all.
        suppression.export(filterOf(query), out).catch((error: unknown) => {
          if (!out.destroyed) tools.logger.error('an export of suppression broke off', { error });
          out.destroy();
        });
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', 'attachment; filename="suppression.csv"')
          .send(out);
      },
    }),
  ];
}
