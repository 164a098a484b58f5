import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { CampaignDesk } from '../../desk/desk.ts';
import type { Author } from '../../queue/author.ts';
import type { Receipt } from '../../queue/receipt.ts';
import { inPercent, LimitFields, type LimitForm, limitsChange } from './campaign-limits.ts';
import { campaignPath } from './campaign-view.ts';
import { authorOf, problemsOf, readFields, statusOf } from './console-form.ts';
import { figure } from './figures.ts';
import { checkField, textField } from './form-fields.ts';
import { holdSentence } from './hold-view.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { confirmForm, type Question } from './parts.ts';
import { type ConsoleTools, contextOf, seeOther, sendPage } from './tools.ts';
import { campaignWords } from './words/campaign.ts';
import { newCampaignWords } from './words/new-campaign.ts';

const ACTIONS = ['pause', 'resume', 'cancel', 'resolve', 'limits'] as const;
type Action = (typeof ACTIONS)[number];

type Asked = Pick<Question, 'title' | 'body' | 'label' | 'look' | 'reason' | 'fields'>;

/** `/campaigns/:id/pause` and its like: a GET asks, a POST does it. */
export async function campaignActionRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  const { campaigns } = tools.desk;
  for (const action of ACTIONS) {
    app.get<{ Params: { id: string } }>(`/campaigns/:id/${action}`, async (request, reply) => {
      const context = contextOf(request, tools);
      return ask(context, reply, action, await standingOf(campaigns, request.params.id));
    });
    app.post<{ Params: { id: string } }>(`/campaigns/:id/${action}`, (request, reply) =>
      act(request, reply, tools, action, request.params.id),
    );
  }
}

async function act(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
  action: Action,
  id: string,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const { campaigns } = tools.desk;
  let code = '';
  try {
    code = await done(campaigns, action, id, authorOf(request, context), request.body);
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (thrown instanceof InputFault && thrown.kind === 'missing') throw thrown;
    const standing = await standingOf(campaigns, id);
    const stands = action === 'resume' && standing.receipt.hold !== null && statusOf(thrown) === 409;
    return ask(context, reply, action, standing, {
      problems: stands ? [campaignWords[context.language].questions.stands] : problems,
      status: statusOf(thrown),
      body: request.body,
    });
  }
  return seeOther(reply, campaignPath(id), code);
}

const Override = z.object({ override: z.literal('yes').optional() });
const Resolution = z.object({
  resolution: z.enum(['resend', 'drop'], { error: 'choose what becomes of them' }),
});

/** @returns what the page says afterwards: a key of its notices, of `resolve` with the figures */
async function done(
  campaigns: CampaignDesk,
  action: Action,
  id: string,
  author: Author,
  body: unknown,
): Promise<string> {
  switch (action) {
    case 'pause':
      await campaigns.pause(id, author);
      return 'paused';
    case 'resume':
      await campaigns.resume(id, author, readFields(body, Override).override === 'yes');
      return 'resumed';
    case 'cancel':
      await campaigns.cancel(id, author);
      return 'cancelled';
    case 'resolve': {
      const { resolution } = readFields(body, Resolution);
      const { resolved, tooYoung } = await campaigns.resolve(id, resolution, author);
      return `resolved.${resolved}.${tooYoung}`;
    }
    case 'limits':
      if (author.reason === null) throw new InputFault(['reason: say why the limits change']);
      await campaigns.setLimits(id, limitsChange(readFields(body, LimitFields)), author);
      return 'limited';
  }
}

/** What a question is asked about. */
interface Standing {
  readonly receipt: Receipt;
  readonly limits: Readonly<LimitForm>;
}

async function standingOf(campaigns: CampaignDesk, id: string): Promise<Standing> {
  const [receipt, { limits }] = await Promise.all([campaigns.receipt(id), campaigns.details(id)]);
  return {
    receipt,
    limits: { bounceRate: inPercent(limits?.bounceRate), complaintRate: inPercent(limits?.complaintRate) },
  };
}

/** What the notice says that a page shows after `seeOther`; null for anything else that may stand there. */
export function doneText({ language }: PageContext, code: string): string | null {
  const words = campaignWords[language];
  const [, resolved, tooYoung] = /^resolved\.(\d{1,12})\.(\d{1,12})$/.exec(code) ?? [];
  if (resolved !== undefined && tooYoung !== undefined)
    return words.resolved(figure({ language }, Number(resolved)), figure({ language }, Number(tooYoung)));
  return Object.entries(words.done).find(([known]) => known === code)?.[1] ?? null;
}

function ask(
  context: PageContext,
  reply: FastifyReply,
  action: Action,
  standing: Standing,
  tried?: { readonly problems: readonly string[]; readonly status: number; readonly body: unknown },
): FastifyReply {
  const { receipt } = standing;
  const path = campaignPath(receipt.id);
  const asked = QUESTIONS[action](context, {
    receipt,
    limits: tried ? readFields(tried.body, LimitFields) : standing.limits,
  });
  const reasonText = tried && readFields(tried.body, z.object({ reason: z.string().catch('') })).reason;
  const form = confirmForm(context, {
    ...asked,
    action: `${path}/${action}`,
    back: path,
    problems: tried?.problems,
    reasonText,
  });
  const text = page(context, {
    title: receipt.name,
    section: 'campaigns',
    body: html`<section class="panel">${form}</section>`,
  });
  return sendPage(reply, context, text, tried?.status ?? 200);
}

const QUESTIONS: Readonly<Record<Action, (context: PageContext, standing: Standing) => Asked>> = {
  pause: ({ language }, { receipt: { name } }) => {
    const { questions, pause } = campaignWords[language];
    return {
      title: questions.pauseTitle(name),
      body: html`<p>${questions.pauseBody}</p>`,
      label: pause,
      reason: 'optional',
    };
  },
  resume: (context, { receipt }) => {
    const { questions, resume } = campaignWords[context.language];
    const { name, hold } = receipt;
    return {
      title: questions.resumeTitle(name),
      body: html`<p>${questions.resumeBody}</p>${hold !== null && html`<p><strong>${questions.resumeHeld}</strong> ${holdSentence(context, receipt)}</p>`}`,
      label: resume,
      reason: 'optional',
      fields: checkField({ name: 'override', label: questions.override }),
    };
  },
  cancel: (context, { receipt: { name, counts } }) => {
    const { questions, cancel } = campaignWords[context.language];
    return {
      title: questions.cancelTitle(name),
      body: html`<p>${questions.cancelBody(figure(context, counts.pending))}</p>`,
      label: cancel,
      look: 'danger',
      reason: 'optional',
    };
  },
  resolve: (context, { receipt: { counts } }) => {
    const { questions } = campaignWords[context.language];
    return {
      title: questions.resolveTitle(figure(context, counts.inDoubt)),
      body: html`<p>${questions.resolveBody}</p>`,
      label: questions.resolveLabel,
      reason: 'required',
      fields: html`<fieldset><legend>${questions.choice}</legend>${radio('resend', questions.resend)}${radio('drop', questions.drop)}</fieldset>`,
    };
  },
  limits: ({ language }, { receipt: { name }, limits }) => {
    const { questions } = campaignWords[language];
    const { bounceRate, complaintRate, limitHint } = newCampaignWords[language];
    return {
      title: questions.limitsTitle(name),
      body: html`<p>${questions.limitsBody}</p>`,
      label: questions.limitsLabel,
      reason: 'required',
      fields: html`<div class="fields">${limitField('bounceRate', bounceRate, limitHint, limits.bounceRate)}${limitField('complaintRate', complaintRate, limitHint, limits.complaintRate)}</div>`,
    };
  },
};

function limitField(name: string, label: string, hint: string, value: string): Html {
  return textField({ name, label, hint, value, keys: 'decimal', maxLength: 20 });
}

function radio(value: string, label: string): Html {
  return html`<label class="field check"><input type="radio" name="resolution" value="${value}" required><span>${label}</span></label>`;
}
