import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { WarmUpView } from '../../desk/desk.ts';
import { authorOf, readFields } from './console-form.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { tried } from './tried.ts';
import { endQuestion, REMOVE_PATH, type WarmUpFields, warmUpForm } from './warm-up-part.ts';
import { warmUpWords } from './words/warm-up.ts';

const text = z.string().max(1_000).default('');
const Query = z.object({ domain: text });
const Form = z.object({ domain: text, start: text, factor: text, days: text, again: text });
const RemoveForm = z.object({ domain: text, reason: text });

const USUAL = { start: '', factor: '2', days: '14' };

/** `/domains/warm-up`: how domains that are new begin to send. */
export async function warmUpRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  const { senders } = tools.desk;
  app.get('/domains/warm-up', async (request, reply) => {
    const context = contextOf(request, tools);
    const { domain } = readFields(request.query, Query);
    const known = (await senders.warmUps()).find((one) => one.domain === domain);
    return send(reply, context, warmUpForm(context, { ...fieldsOf(known), domain, again: false }));
  });
  app.post('/domains/warm-up', (request, reply) => set(request, reply, tools));
  app.get(REMOVE_PATH, async (request, reply) => {
    const context = contextOf(request, tools);
    const { domain } = readFields(request.query, Query);
    return send(reply, context, endQuestion(context, domain, ''));
  });
  app.post(REMOVE_PATH, async (request, reply) => {
    const context = contextOf(request, tools);
    const { domain, reason } = readFields(request.body, RemoveForm);
    const end = await tried(async () => senders.removeWarmUp(domain, authorOf(request, context)));
    if (end.kind === 'refused')
      return send(reply, context, endQuestion(context, domain, reason, end), end.status);
    return toDomains(reply, 'cooled', end.value.domain);
  });
}

async function set(request: FastifyRequest, reply: FastifyReply, tools: ConsoleTools) {
  const context = contextOf(request, tools);
  const written = readFields(request.body, Form);
  const fields: WarmUpFields = { ...written, again: written.again !== '' };
  const form = {
    start: number(fields.start),
    factor: number(fields.factor),
    days: number(fields.days),
    again: fields.again,
  };
  const end = await tried(async () =>
    tools.desk.senders.setWarmUp(fields.domain, form, authorOf(request, context)),
  );
  if (end.kind === 'done') return toDomains(reply, 'warmed', end.value.domain);
  const problems = end.problems.map((problem) => inReadersWords(context, problem));
  return send(reply, context, warmUpForm(context, fields, { ...end, problems }), end.status);
}

function send(reply: FastifyReply, context: PageContext, body: ReturnType<typeof warmUpForm>, status = 200) {
  const { title } = warmUpWords[context.language];
  return sendPage(reply, context, page(context, { title, section: 'domains', body }), status);
}

function toDomains(reply: FastifyReply, done: 'warmed' | 'cooled', name: string): FastifyReply {
  return reply.redirect(`/domains?${new URLSearchParams({ done, name }).toString()}`, 303);
}

function fieldsOf(known: WarmUpView | undefined): Pick<WarmUpFields, 'start' | 'factor' | 'days'> {
  return known ? { start: `${known.start}`, factor: `${known.factor}`, days: `${known.days}` } : USUAL;
}

/** What is no number is judged by the desk with the rest. */
function number(written: string): unknown {
  const plain = written.trim().replaceAll(',', '');
  return /^\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : written;
}

/** What is wrong with a figure is said in the reader's language; anything else as the desk says it. */
function inReadersWords({ language }: PageContext, problem: string): string {
  const { problems } = warmUpWords[language];
  const [field = ''] = problem.split(':');
  // What is said of a name begins with the name.
  if (problem.startsWith('"')) return `domain: ${problem}`;
  return Object.entries(problems).find(([name]) => name === field)?.[1] ?? problem;
}
