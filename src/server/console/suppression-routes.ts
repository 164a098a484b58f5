import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InputFault, messageOf } from '../../core/fault.ts';
import { REASONS, type Reason } from '../../suppression/entry.ts';
import type { SuppressionFilter } from '../../suppression/store.ts';
import { authorOf, readFields } from './console-form.ts';
import { figure } from './figures.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { confirmForm, problemList } from './parts.ts';
import { addressesOf, targetOf } from './suppression-fields.ts';
import { type AddFields, addPage } from './suppression-forms.ts';
import { suppressionImportRoutes } from './suppression-import-routes.ts';
import {
  filterPairs,
  hiddenFields,
  removeFacts,
  searchPage,
  suppressionActions,
  suppressionPage,
} from './suppression-pages.ts';
import { type ConsoleTools, contextOf, seeOther, sendPage } from './tools.ts';
import { tried } from './tried.ts';
import { suppressionWords } from './words/suppression.ts';

const PAGE_ROWS = 50;
/** A search is about a person or a few; whoever has a list imports it. */
const SEARCHED_MAX = 100;

/** `/suppression` and below: who gets no mail. */
export async function suppressionRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  app.get('/suppression', (request, reply) => showList(request, reply, tools));
  app.post('/suppression/search', (request, reply) => search(request, reply, tools));
  app.get('/suppression/add', async (request, reply) => {
    const context = contextOf(request, tools);
    return sendAdd(
      reply,
      context,
      tools,
      { addresses: '', target: 'unsubscribed', sender: '', reason: '' },
      [],
    );
  });
  app.post('/suppression/add', (request, reply) => add(request, reply, tools));
  app.post('/suppression/remove', (request, reply) => askToRemove(request, reply, tools));
  app.post('/suppression/removed', (request, reply) => remove(request, reply, tools));
  app.get('/suppression/export', (request, reply) => exportList(request, reply, tools));
  await app.register((inner) => suppressionImportRoutes(inner, tools));
}

const Query = z.object({
  reason: z.enum(REASONS).or(z.literal('')).default(''),
  sender: z.string().max(1_000).default(''),
  after: z.string().max(2_000).optional(),
  added: z.coerce.number().int().nonnegative().optional(),
  already: z.coerce.number().int().nonnegative().default(0),
  removed: z.coerce.number().int().nonnegative().optional(),
  absent: z.coerce.number().int().nonnegative().default(0),
});

async function showList(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const query = readFields(request.query, Query);
  const filter = filterOf(query);
  const { suppression } = tools.desk;
  const [counts, rows] = await Promise.all([
    suppression.counts(),
    suppression.list(filter, { limit: PAGE_ROWS, after: query.after }),
  ]);
  const pairs: [string, string][] = query.after === undefined ? [] : [['after', query.after]];
  const view = {
    counts,
    filter,
    query: new URLSearchParams([...filterPairs(filter), ...pairs]),
    page: rows,
    done: doneText(context, query),
  };
  return send(reply, context, suppressionWords[context.language].title, suppressionPage(context, view), true);
}

/** The filter of a query; what is empty is not named. */
function filterOf({ reason, sender }: Pick<z.output<typeof Query>, 'reason' | 'sender'>): SuppressionFilter {
  return { ...(reason === '' ? {} : { reason }), ...(sender === '' ? {} : { sender }) };
}

function doneText(context: PageContext, query: z.output<typeof Query>): string | null {
  const words = suppressionWords[context.language];
  const { added, already, removed, absent } = query;
  if (added !== undefined) return words.add.done(figure(context, added), figure(context, already));
  if (removed !== undefined) return words.remove.done(figure(context, removed), figure(context, absent));
  return null;
}

function send(
  reply: FastifyReply,
  context: PageContext,
  title: string,
  body: ReturnType<typeof suppressionPage>,
  hasActions = false,
  status = 200,
): FastifyReply {
  const actions = hasActions ? suppressionActions(context) : undefined;
  return sendPage(reply, context, page(context, { title, section: 'suppression', body, actions }), status);
}

const Addresses = z.object({ addresses: z.string().default('') });

async function search(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const { title } = suppressionWords[context.language].search;
  const { addresses } = readFields(request.body, Addresses);
  const asked = addressesOf(addresses);
  const end = await tried(async () => {
    if (asked.length > SEARCHED_MAX)
      throw new InputFault([`addresses: at most ${SEARCHED_MAX} at a time, and here are ${asked.length}`]);
    return tools.desk.suppression.check(asked);
  });
  if (end.kind === 'done')
    return send(reply, context, title, searchPage(context, addresses, end.value, null));
  const problems = problemList(context, end.problems);
  return send(reply, context, title, searchPage(context, addresses, [], problems), false, end.status);
}

const AddForm = z.object({
  addresses: z.string().default(''),
  target: z.string().max(100).default(''),
  sender: z.string().max(1_000).default(''),
  reason: z.string().default(''),
});

async function sendAdd(
  reply: FastifyReply,
  context: PageContext,
  { desk }: ConsoleTools,
  fields: AddFields,
  problems: readonly string[],
  status = 200,
): Promise<FastifyReply> {
  const body = addPage(context, await desk.suppression.senders(), fields, problems);
  return send(reply, context, suppressionWords[context.language].add.title, body, false, status);
}

async function add(request: FastifyRequest, reply: FastifyReply, tools: ConsoleTools): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const fields = readFields(request.body, AddForm);
  const end = await tried(async () => {
    const addresses = addressesOf(fields.addresses);
    if (addresses.length === 0) throw new InputFault([suppressionWords[context.language].add.none]);
    const target = targetOf(fields.target, fields.sender);
    return tools.desk.suppression.add(target, addresses, authorOf(request, context));
  });
  if (end.kind === 'refused') return sendAdd(reply, context, tools, fields, end.problems, end.status);
  return seeOther(reply, `/suppression?added=${end.value.added}&already=${end.value.already}`);
}

const RemoveForm = z.object({
  address: z.string().max(1_000),
  target: z.enum(REASONS),
  sender: z.string().max(1_000).default(''),
});

async function askToRemove(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  return sendQuestion(reply, context, readFields(request.body, RemoveForm), []);
}

function sendQuestion(
  reply: FastifyReply,
  context: PageContext,
  { address, target, sender }: z.output<typeof RemoveForm>,
  problems: readonly string[],
  status = 200,
): FastifyReply {
  const { remove: words } = suppressionWords[context.language];
  const body = confirmForm(context, {
    title: words.title,
    body: removeFacts(context, address, target, sender === '' ? null : sender),
    action: '/suppression/removed',
    label: words.confirm,
    look: 'danger',
    reason: 'required',
    fields: hiddenFields({ address, target, sender }),
    back: '/suppression',
    problems: problems.length > 0 ? problems : undefined,
  });
  return send(reply, context, words.title, body, false, status);
}

async function remove(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const fields = readFields(request.body, RemoveForm);
  const end = await tried(async () => {
    const author = authorOf(request, context);
    if (author.reason === null) throw new InputFault([suppressionWords[context.language].remove.needsReason]);
    return tools.desk.suppression.remove(targetOf(fields.target, fields.sender), [fields.address], author);
  });
  if (end.kind === 'refused') return sendQuestion(reply, context, fields, end.problems, end.status);
  return seeOther(reply, `/suppression?removed=${end.value.removed}&absent=${end.value.absent}`);
}

/** As it is read from Redis: nothing of it is held here. */
async function exportList(
  request: FastifyRequest,
  reply: FastifyReply,
  { desk, logger }: ConsoleTools,
): Promise<FastifyReply> {
  const filter = filterOf(readFields(request.query, Query));
  const out = new PassThrough();
  // Whoever asked may be gone before the end.
  desk.suppression.export(filter, out).catch((thrown: unknown) => {
    logger.warn('an export of suppressions ended early', { error: messageOf(thrown) });
    out.destroy(thrown instanceof Error ? thrown : undefined);
  });
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${fileName(filter.reason)}"`)
    .send(out);
}

function fileName(reason: Reason | undefined): string {
  return `suppression${reason === undefined ? '' : `-${reason}`}.csv`;
}
