import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { TestOrder, TestReport } from '../../desk/desk.ts';
import { addFormParser } from '../sign-in-route.ts';
import { campaignPath } from './campaign-view.ts';
import { readFields } from './console-form.ts';
import { html } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { panel } from './parts.ts';
import { addressesOf } from './suppression-fields.ts';
import { type TestForm, testAnswer, testPanel } from './test-send-part.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { tried } from './tried.ts';
import { testSendWords } from './words/test-send.ts';

/** Of a campaign that was not sent yet, which comes with the form. */
export const TEST_PATH = '/campaign-test';
/** As the form of a new campaign: its mail comes in it. */
const FORM_BYTES_MAX = 8 * 1024 * 1024;

const text = z.string().default('');
const Form = z.object({ addresses: text, row: text });
const Unsent = Form.extend({ json: z.string() });

type OfCampaign = { Params: { id: string } };

/** A mail to whoever looks at it: by POST, so that no address gets into an address line or a log. */
export async function testSendRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  const { campaigns } = tools.desk;
  app.post<OfCampaign>('/campaigns/:id/test', async (request, reply) => {
    const context = contextOf(request, tools);
    const { id } = request.params;
    const written = readFields(request.body, Form);
    const form = { ...written, action: `${campaignPath(id)}/test` };
    return answer(reply, context, form, (order) => campaigns.testStored(id, order));
  });
  // Where somebody changes the language on the answer, or comes back to it.
  app.get<OfCampaign>('/campaigns/:id/test', async (request, reply) =>
    reply.redirect(`${campaignPath(request.params.id)}/preview#test`, 303),
  );
  await app.register(async (inner) => {
    inner.removeContentTypeParser('application/x-www-form-urlencoded');
    addFormParser(inner, FORM_BYTES_MAX);
    inner.post(TEST_PATH, { bodyLimit: FORM_BYTES_MAX }, (request, reply) => unsent(request, reply, tools));
  });
}

async function unsent(request: FastifyRequest, reply: FastifyReply, tools: ConsoleTools) {
  const context = contextOf(request, tools);
  const { json, ...written } = readFields(request.body, Unsent);
  const form = { ...written, action: TEST_PATH, more: campaignField(json) };
  return answer(reply, context, form, async (order) => tools.desk.campaigns.test(parsed(json), order));
}

/** The campaign as it was checked, which is what a test is sent of. */
export function campaignField(json: string) {
  return html`<input type="hidden" name="json" value="${json}">`;
}

async function answer(
  reply: FastifyReply,
  context: PageContext,
  form: TestForm,
  send: (order: TestOrder) => Promise<TestReport>,
): Promise<FastifyReply> {
  const words = testSendWords[context.language];
  const end = await tried(async () => send(orderOf(context, form)));
  const problems = end.kind === 'refused' ? end.problems : undefined;
  const shown = testAnswer(context, end.kind === 'done' ? end.value : end);
  const body = html`${end.kind === 'done' ? panel(words.title, shown) : shown}${testPanel(context, { ...form, problems })}`;
  const status = end.kind === 'done' ? 200 : end.status;
  return sendPage(reply, context, page(context, { title: words.title, section: 'campaigns', body }), status);
}

/** @throws InputFault in the reader's words */
function orderOf({ language }: PageContext, { addresses: written, row: place }: TestForm): TestOrder {
  const words = testSendWords[language];
  const addresses = addressesOf(written);
  const row = place.trim() === '' ? undefined : Number(place);
  const problems = [
    ...(addresses.length === 0 ? [words.none] : []),
    ...(row !== undefined && !(Number.isSafeInteger(row) && row >= 1) ? [words.wrongRow] : []),
  ];
  if (problems.length > 0) throw new InputFault(problems);
  return { addresses, row };
}

/** @throws InputFault where the form was made by hand */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InputFault(['json: is no campaign'], { cause });
  }
}
