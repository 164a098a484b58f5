import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InputFault, messageOf } from '../../core/fault.ts';
import type { Author } from '../../queue/author.ts';
import { authorOf, readFields } from './console-form.ts';
import { addDomainPage, moveQuestion, removeQuestion } from './domain-forms.ts';
import {
  checkedPage,
  domainActions,
  domainPage,
  domainPath,
  domainsActions,
  domainsPage,
} from './domain-pages.ts';
import { figure } from './figures.ts';
import type { Html } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { RunningChecks } from './running-checks.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { tried } from './tried.ts';
import { domainWords } from './words/domains.ts';
import { warmUpWords } from './words/warm-up.ts';

interface Named {
  Params: { name: string };
}

/** `/domains` and below: sending domains, their records, and what DNS and SES say of them. */
export async function domainRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  app.get('/domains', (request, reply) => showAll(request, reply, tools));
  addRoutes(app, tools);
  checkRoutes(app, tools);
  moveRoutes(app, tools);
  removeRoutes(app, tools);
}

const Done = z.object({
  done: z.enum(['added', 'moved', 'removed', 'warmed', 'cooled']).optional(),
  name: z.string().max(253).default(''),
  organisation: z.string().max(200).default(''),
  count: z.coerce.number().int().nonnegative().default(0),
  check: z.string().optional(),
});

/** What was done before, to be said above the page that it led to. */
function doneText(context: PageContext, { done, name, organisation, count }: z.output<typeof Done>) {
  const words = domainWords[context.language];
  switch (done) {
    case 'added':
      return words.add.done(name);
    case 'moved':
      return words.move.done(organisation, figure(context, count));
    case 'removed':
      return words.remove.done(name);
    case 'warmed':
      return warmUpWords[context.language].done(name);
    case 'cooled':
      return warmUpWords[context.language].remove.done(name);
    case undefined:
      return null;
  }
}

function send(
  reply: FastifyReply,
  context: PageContext,
  title: string,
  body: Html,
  options: { readonly status?: number | undefined; readonly actions?: Html } = {},
): FastifyReply {
  const { status, actions } = options;
  return sendPage(reply, context, page(context, { title, section: 'domains', body, actions }), status);
}

function redirect(reply: FastifyReply, path: string, query: Readonly<Record<string, string>>): FastifyReply {
  return reply.redirect(`${path}?${new URLSearchParams(query).toString()}`, 303);
}

async function showAll(request: FastifyRequest, reply: FastifyReply, tools: ConsoleTools) {
  const context = contextOf(request, tools);
  const done = doneText(context, readFields(request.query, Done));
  const { senders } = tools.desk;
  const [rows, warmUps] = await Promise.all([senders.domains(), senders.warmUps()]);
  const body = domainsPage(context, rows, warmUps, done);
  return send(reply, context, domainWords[context.language].title, body, {
    actions: domainsActions(context),
  });
}

const text = z.string().default('');
const AddForm = z.object({ name: text, organisation: text, mailFrom: text, reason: text });

function addRoutes(app: FastifyInstance, tools: ConsoleTools): void {
  app.get('/domains/add', async (request, reply) => {
    const context = contextOf(request, tools);
    const body = addDomainPage(context, { name: '', organisation: '', mailFrom: '', reason: '' });
    return send(reply, context, domainWords[context.language].add.title, body);
  });
  app.post('/domains/add', async (request, reply) => {
    const context = contextOf(request, tools);
    const fields = readFields(request.body, AddForm);
    const named = (value: string) => (value.trim() === '' ? null : value.trim());
    const order = {
      name: fields.name.trim(),
      organisation: named(fields.organisation),
      mailFrom: named(fields.mailFrom),
    };
    const end = await tried(async () => tools.desk.senders.addDomain(order, authorOf(request, context)));
    if (end.kind === 'refused') {
      const title = domainWords[context.language].add.title;
      return send(reply, context, title, addDomainPage(context, fields, end), { status: end.status });
    }
    const { name } = end.value;
    return redirect(reply, domainPath(name), { done: 'added', name });
  });
}

function checkRoutes(app: FastifyInstance, tools: ConsoleTools): void {
  const checks = new RunningChecks((name) => tools.desk.senders.checkDomain(name));
  app.get<Named>('/domains/:name', async (request, reply) => {
    const context = contextOf(request, tools);
    const query = readFields(request.query, Done);
    const domain = await tools.desk.senders.domain(request.params.name);
    const isChecking = query.check !== undefined && checks.answer(domain.name) !== null;
    const warmUps = await tools.desk.senders.warmUps();
    const warmUp = warmUps.find((one) => one.domain === domain.name) ?? null;
    const body = domainPage(context, { domain, warmUp, isChecking, done: doneText(context, query) });
    return send(reply, context, domain.name, body, { actions: domainActions(context, domain.name) });
  });
  app.post<Named>('/domains/:name/check', async (request, reply) => {
    const { name } = await tools.desk.senders.domain(request.params.name);
    checks.begin(name);
    return redirect(reply, domainPath(name), { check: 'running' });
  });
  app.get<Named>('/domains/:name/checked', async (request, reply) => {
    const context = contextOf(request, tools);
    const { name } = request.params;
    const check = await checks.answer(name)?.catch((thrown: unknown) => {
      tools.logger.error('a domain could not be checked', { error: messageOf(thrown) });
      return 'failed' as const;
    });
    const found = check ?? (await tools.desk.senders.domain(name)).lastCheck;
    return send(reply, context, name, checkedPage(context, name, found));
  });
}

const MoveForm = z.object({ organisation: text, reason: text });

function moveRoutes(app: FastifyInstance, tools: ConsoleTools): void {
  app.get<Named>('/domains/:name/move', async (request, reply) => {
    const context = contextOf(request, tools);
    const domain = await tools.desk.senders.domain(request.params.name);
    const body = moveQuestion(context, domain, { organisation: '', reason: '' });
    return send(reply, context, domainWords[context.language].move.title(domain.name), body);
  });
  app.post<Named>('/domains/:name/move', async (request, reply) => {
    const context = contextOf(request, tools);
    const fields = readFields(request.body, MoveForm);
    const { name } = request.params;
    const end = await tried(async () =>
      tools.desk.senders.moveDomain(name, fields.organisation, signed(request, context)),
    );
    if (end.kind === 'refused') {
      const domain = await tools.desk.senders.domain(name);
      const title = domainWords[context.language].move.title(name);
      return send(reply, context, title, moveQuestion(context, domain, fields, end), { status: end.status });
    }
    const { organisation, domains } = end.value;
    return redirect(reply, domainPath(name), { done: 'moved', organisation, count: String(domains.length) });
  });
}

const RemoveForm = z.object({ keep: text, reason: text });

function removeRoutes(app: FastifyInstance, tools: ConsoleTools): void {
  app.get<Named>('/domains/:name/remove', async (request, reply) => {
    const context = contextOf(request, tools);
    const { name } = await tools.desk.senders.domain(request.params.name);
    const body = removeQuestion(context, name, { keep: false, reason: '' });
    return send(reply, context, domainWords[context.language].remove.title(name), body);
  });
  app.post<Named>('/domains/:name/remove', async (request, reply) => {
    const context = contextOf(request, tools);
    const fields = readFields(request.body, RemoveForm);
    const written = { keep: fields.keep !== '', reason: fields.reason };
    const { name } = request.params;
    const end = await tried(async () =>
      tools.desk.senders.removeDomain(name, written.keep, signed(request, context)),
    );
    if (end.kind === 'done') return redirect(reply, '/domains', { done: 'removed', name: end.value.name });
    const body = removeQuestion(context, name, written, end);
    const title = domainWords[context.language].remove.title(name);
    return send(reply, context, title, body, { status: end.status });
  });
}

/** @throws InputFault where no reason is given */
function signed(request: FastifyRequest, context: PageContext): Author {
  const author = authorOf(request, context);
  if (author.reason === null) throw new InputFault([domainWords[context.language].needsReason]);
  return author;
}
