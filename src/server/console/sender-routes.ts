import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import { DOMAIN_RULES } from '../../identity/project.ts';
import { authorOf, readFields } from './console-form.ts';
import type { Html } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { confirmForm } from './parts.ts';
import {
  NEW_PROFILE,
  NEW_PROJECT,
  type ProfileFields,
  type ProjectFields,
  profileFields,
  profileInput,
  profilePage,
  projectFields,
  projectPage,
} from './sender-forms.ts';
import { sendersPage } from './senders-page.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { type Refused, tried } from './tried.ts';
import { senderWords } from './words/senders.ts';

interface Named {
  Params: { name: string };
}

/** `/senders` and below: profiles, projects, and how the guard sees them. */
export async function senderRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  app.get('/senders', (request, reply) => show(request, reply, tools));
  profileRoutes(app, tools);
  projectRoutes(app, tools);
}

/** Of so many it is said in the reader's words why they are held; of more in the program's. */
const HELD_TOLD_MAX = 50;

const Done = z.object({
  done: z.enum(['profile', 'removed', 'project']).optional(),
  name: z.string().max(64).default(''),
});

async function show(request: FastifyRequest, reply: FastifyReply, tools: ConsoleTools) {
  const context = contextOf(request, tools);
  const words = senderWords[context.language];
  const { done: what, name } = readFields(request.query, Done);
  const { senders } = tools.desk;
  const [guard, profiles, projects] = await Promise.all([
    senders.guard(),
    senders.profiles(),
    senders.projects(),
  ]);
  const held = await Promise.all(
    guard.held.slice(0, HELD_TOLD_MAX).map(({ campaign }) => tools.desk.campaigns.receipt(campaign)),
  );
  const said = {
    profile: words.profiles.saved(name),
    removed: words.profiles.removed(name),
    project: words.projects.saved(name),
  };
  const view = { guard, held, profiles, projects, done: what === undefined ? null : said[what] };
  return send(reply, context, words.title, sendersPage(context, view));
}

function send(
  reply: FastifyReply,
  context: PageContext,
  title: string,
  body: Html,
  status = 200,
): FastifyReply {
  return sendPage(reply, context, page(context, { title, section: 'senders', body }), status);
}

function toSenders(reply: FastifyReply, what: string, name: string): FastifyReply {
  return reply.redirect(`/senders?${new URLSearchParams({ done: what, name }).toString()}`, 303);
}

const text = z.string().default('');

const ProfileForm = z.object({
  name: text,
  from: text,
  replyTo: text,
  way: z.enum(['sluice', 'url', 'none']).default('sluice'),
  url: text,
  oneClick: text.transform((value) => value !== ''),
  reason: text,
});

function profileRoutes(app: FastifyInstance, tools: ConsoleTools): void {
  const form = (
    reply: FastifyReply,
    context: PageContext,
    fields: ProfileFields,
    isKnown: boolean,
    refused?: Refused,
  ) => {
    const { profiles: words } = senderWords[context.language];
    const title = isKnown ? words.change(fields.name) : words.add;
    return send(
      reply,
      context,
      title,
      profilePage(context, fields, isKnown, refused?.problems ?? []),
      refused?.status,
    );
  };
  const find = async (context: PageContext, name: string) => {
    const found = (await tools.desk.senders.profiles()).find((profile) => profile.name === name);
    if (found) return found;
    throw new InputFault([senderWords[context.language].profiles.missing(name)], { kind: 'missing' });
  };
  app.get('/senders/profiles', async (request, reply) =>
    form(reply, contextOf(request, tools), NEW_PROFILE, false),
  );
  app.get<Named>('/senders/profiles/:name', async (request, reply) => {
    const context = contextOf(request, tools);
    return form(reply, context, profileFields(await find(context, request.params.name)), true);
  });
  app.post('/senders/profiles', async (request, reply) => {
    const context = contextOf(request, tools);
    const fields = readFields(request.body, ProfileForm);
    const end = await tried(async () =>
      tools.desk.senders.setProfile(profileInput(fields), authorOf(request, context)),
    );
    if (end.kind === 'refused') return form(reply, context, fields, false, end);
    return toSenders(reply, 'profile', end.value.name);
  });
  const question = (reply: FastifyReply, context: PageContext, name: string, refused?: Refused) => {
    const { profiles: words } = senderWords[context.language];
    const body = confirmForm(context, {
      title: words.removeTitle(name),
      body: words.removeBody,
      action: `/senders/profiles/${encodeURIComponent(name)}/remove`,
      label: words.removeConfirm,
      look: 'danger',
      reason: 'optional',
      back: '/senders',
      problems: refused?.problems,
    });
    return send(reply, context, words.removeTitle(name), body, refused?.status);
  };
  app.get<Named>('/senders/profiles/:name/remove', async (request, reply) => {
    const context = contextOf(request, tools);
    return question(reply, context, (await find(context, request.params.name)).name);
  });
  app.post<Named>('/senders/profiles/:name/remove', async (request, reply) => {
    const context = contextOf(request, tools);
    const { name } = request.params;
    const end = await tried(async () => tools.desk.senders.removeProfile(name, authorOf(request, context)));
    return end.kind === 'refused' ? question(reply, context, name, end) : toSenders(reply, 'removed', name);
  });
}

const ProjectForm = z.object({
  name: text,
  perSecond: text,
  perDay: text,
  perMonth: text,
  bouncePercent: text,
  complaintPercent: text,
  organisation: text,
  domainRules: z.enum(DOMAIN_RULES).or(z.literal('')).default(''),
  reason: text,
});

function projectRoutes(app: FastifyInstance, tools: ConsoleTools): void {
  const form = (
    reply: FastifyReply,
    context: PageContext,
    fields: ProjectFields,
    isKnown: boolean,
    refused?: Refused,
  ) => {
    const { projects: words } = senderWords[context.language];
    const title = isKnown ? words.change(fields.name) : words.add;
    return send(
      reply,
      context,
      title,
      projectPage(context, fields, isKnown, refused?.problems ?? []),
      refused?.status,
    );
  };
  app.get('/senders/projects', async (request, reply) =>
    form(reply, contextOf(request, tools), NEW_PROJECT, false),
  );
  app.get<Named>('/senders/projects/:name', async (request, reply) => {
    const { name } = request.params;
    const project = (await tools.desk.senders.projects()).find((each) => each.name === name);
    // One that nobody has set up is a project without settings of its own.
    const fields = project ? projectFields(project) : { ...NEW_PROJECT, name };
    return form(reply, contextOf(request, tools), fields, project !== undefined);
  });
  app.post('/senders/projects', async (request, reply) => {
    const context = contextOf(request, tools);
    const fields = readFields(request.body, ProjectForm);
    const end = await tried(async () => {
      const author = authorOf(request, context);
      if (author.reason === null) throw new InputFault([senderWords[context.language].projects.needsReason]);
      return tools.desk.senders.setProject(fields.name.trim(), projectChange(context, fields), author);
    });
    if (end.kind === 'refused') return form(reply, context, fields, false, end);
    return toSenders(reply, 'project', end.value.name);
  });
}

/** What the desk is given; blank takes a setting away. @throws InputFault for what is no number */
function projectChange(
  { language }: Pick<PageContext, 'language'>,
  fields: z.output<typeof ProjectForm>,
): Record<string, unknown> {
  const { projects: words } = senderWords[language];
  const problems: string[] = [];
  const numberOf = (label: string, written: string): number | null => {
    const plain = written.replaceAll(/[\s,_%％]/g, '');
    if (plain === '') return null;
    const number = /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
    if (Number.isNaN(number)) problems.push(words.noNumber(label));
    return number;
  };
  const shareOf = (label: string, written: string): number | null => {
    const number = numberOf(label, written);
    // 0.1 % is 0.001, and not 0.001000…2.
    return number === null ? null : Number((number / 100).toPrecision(12));
  };
  const change = {
    perSecond: numberOf(words.perSecondLabel, fields.perSecond),
    perDay: numberOf(words.perDayLabel, fields.perDay),
    perMonth: numberOf(words.perMonthLabel, fields.perMonth),
    bounceRate: shareOf(words.bounceLabel, fields.bouncePercent),
    complaintRate: shareOf(words.complaintLabel, fields.complaintPercent),
    organisation: fields.organisation.trim() === '' ? null : fields.organisation.trim(),
    domainRules: fields.domainRules === '' || fields.domainRules === 'all' ? null : fields.domainRules,
  };
  if (problems.length > 0) throw new InputFault(problems);
  return change;
}
