import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { CampaignDesk, StoredList } from '../../desk/desk.ts';
import { addFormParser } from '../sign-in-route.ts';
import { sendMail } from './campaign-preview.ts';
import { campaignPath } from './campaign-view.ts';
import { checkView } from './check-view.ts';
import { problemsOf, readFields, statusOf } from './console-form.ts';
import { type Html, html } from './html.ts';
import { CampaignFields, type CampaignForm, campaignInput } from './new-campaign-fields.ts';
import { type Choices, campaignForm, uploadForm } from './new-campaign-form.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { notice, problemList } from './parts.ts';
import { type ConsoleTools, contextOf, seeOther, sendPage } from './tools.ts';
import { takeUploads, uploadOf } from './upload.ts';
import { newCampaignWords } from './words/new-campaign.ts';

/** A mail has 700 KB of HTML and as much text at the most, of which a form makes up to three bytes each. */
const FORM_BYTES_MAX = 8 * 1024 * 1024;
/** As `ListDesk.put` has it; what is larger is refused there, with words. */
const LIST_BYTES_MAX = 21 * 1024 ** 3;

const Mail = z.object({ html: z.string() });
const Json = z.object({ json: z.string() });
const Query = z.object({ list: z.string().max(255).catch('') });

/** `/new-campaign`: fill in, check, send. Nothing is sent that was not checked on the page before. */
export async function newCampaignRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  await app.register(async (inner) => {
    inner.removeContentTypeParser('application/x-www-form-urlencoded');
    addFormParser(inner, FORM_BYTES_MAX);
    await takeUploads(inner);
    addRoutes(inner, tools);
  });
}

function addRoutes(app: FastifyInstance, tools: ConsoleTools): void {
  const options = { bodyLimit: FORM_BYTES_MAX };
  app.get('/new-campaign', async (request, reply) => {
    const context = contextOf(request, tools);
    const { list } = readFields(request.query, Query);
    const fields = CampaignFields.parse({ list, zone: context.zone, project: 'default' });
    const done = list === '' ? null : notice('good', newCampaignWords[context.language].uploaded(list));
    return answer(reply, context, tools, { fields, above: done });
  });
  app.post('/new-campaign/check', options, (request, reply) => check(request, reply, tools));
  app.post('/new-campaign/send', options, (request, reply) => send(request, reply, tools));
  app.post('/new-campaign/mail', options, async (request, reply) =>
    sendMail(reply, readFields(request.body, Mail).html),
  );
  app.post(
    '/new-campaign/upload',
    { bodyLimit: LIST_BYTES_MAX, config: { isUpload: true, readsCsrf: true } },
    (request, reply) => upload(request, reply, tools),
  );
}

async function check(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const fields = readFields(request.body, CampaignFields);
  const { notJson } = newCampaignWords[context.language];
  try {
    const input = campaignInput(fields, await listsOf(tools), notJson);
    const report = await tools.desk.campaigns.check(input);
    return await answer(reply, context, tools, { fields, above: checkView(context, report, input) });
  } catch (thrown) {
    const above = problemList(context, problemsOf(thrown));
    return answer(reply, context, tools, { fields, above, status: statusOf(thrown) });
  }
}

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const fields = CampaignFields.parse({ ...readFields(request.body, Json), zone: context.zone });
  let sent: Awaited<ReturnType<CampaignDesk['submit']>>;
  try {
    const input = campaignInput(fields, [], newCampaignWords[context.language].notJson);
    sent = await tools.desk.campaigns.submit(input);
  } catch (thrown) {
    const above = problemList(context, problemsOf(thrown));
    return answer(reply, context, tools, { fields, above, status: statusOf(thrown) });
  }
  return seeOther(reply, campaignPath(sent.id), sent.kind === 'known' ? 'known' : 'submitted');
}

/** Without script; with it the file goes to the API, and the page stays. */
async function upload(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  let list: StoredList;
  try {
    const { file, name: written } = await uploadOf(request, context.session);
    if (file === null) throw new InputFault([newCampaignWords[context.language].uploadNoFile]);
    list = await tools.desk.lists.put(written, file);
  } catch (thrown) {
    const above = problemList(context, problemsOf(thrown));
    const fields = CampaignFields.parse({ zone: context.zone });
    return answer(reply, context, tools, { fields, above, status: statusOf(thrown) });
  }
  return reply.redirect(`/new-campaign?list=${encodeURIComponent(list.name)}`, 303);
}

async function answer(
  reply: FastifyReply,
  context: PageContext,
  tools: ConsoleTools,
  shown: { readonly fields: CampaignForm; readonly above: Html | null; readonly status?: number },
): Promise<FastifyReply> {
  const { fields, above, status = 200 } = shown;
  const body = html`${above}${uploadForm(context)}${campaignForm(context, fields, await choicesOf(tools))}`;
  const { title } = newCampaignWords[context.language];
  return sendPage(reply, context, page(context, { title, section: 'campaigns', body }), status);
}

async function choicesOf(tools: ConsoleTools): Promise<Choices> {
  const { senders } = tools.desk;
  const [lists, profiles, projects] = await Promise.all([
    listsOf(tools),
    senders.profiles(),
    senders.projects(),
  ]);
  return {
    lists,
    profiles: profiles.map(({ name }) => name),
    projects: projects.map(({ name }) => name),
  };
}

/** None where there is no folder for them: that is said where somebody uploads one. */
async function listsOf({ desk }: ConsoleTools): ReturnType<ConsoleTools['desk']['lists']['list']> {
  try {
    return await desk.lists.list();
  } catch (thrown) {
    problemsOf(thrown);
    return [];
  }
}
