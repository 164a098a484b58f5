import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Story } from '../../desk/recipient-story.ts';
import { campaignPath } from './campaign-view.ts';
import { readFields } from './console-form.ts';
import { figure, time } from './figures.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { csrfField, facts, panel } from './parts.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { campaignWords } from './words/campaign.ts';
import { frameWords } from './words/frame.ts';
import { suppressionWords } from './words/suppression.ts';

const Whom = z.object({ whom: z.string().trim().min(1, 'is missing').max(1000) });

/** `/campaigns/:id/why`: by POST, so that no address gets into an address line or a log. */
export async function campaignWhyRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  // Where somebody changes the language on the answer, or comes back to it: whom it was about is gone, and is asked again.
  app.get<{ Params: { id: string } }>('/campaigns/:id/why', async (request, reply) => {
    const context = contextOf(request, tools);
    const { id, name } = await tools.desk.campaigns.receipt(request.params.id);
    const { why, previewBack } = campaignWords[context.language];
    const actions = html`<a class="button plain" href="${campaignPath(id)}">${previewBack}</a>`;
    const body = panel(why, whyForm(context, id));
    return sendPage(reply, context, page(context, { title: name, section: 'campaigns', actions, body }));
  });
  app.post<{ Params: { id: string } }>('/campaigns/:id/why', async (request, reply) => {
    const context = contextOf(request, tools);
    const { id } = request.params;
    const { whom } = readFields(request.body, Whom);
    const story = await tools.desk.campaigns.why(id, whom);
    return sendPage(reply, context, whyPage(context, story, whom));
  });
}

export function whyForm(context: PageContext, id: string, whom = ''): Html {
  const words = campaignWords[context.language];
  return html`<form method="post" action="${campaignPath(id)}/why" class="stack">${csrfField(context)}
<label class="field"><span>${words.whyLabel}</span><input name="whom" value="${whom}" required maxlength="1000" autocomplete="off" autocapitalize="none" spellcheck="false"></label>
<div><button>${words.whyAsk}</button></div></form>`;
}

function whyPage(context: PageContext, story: Story, whom: string): string {
  const words = campaignWords[context.language];
  const { campaign, recipient, rows, events, suppressed, now } = story;
  const path = campaignPath(campaign);
  return page(context, {
    title: words.whyTitle(recipient),
    section: 'campaigns',
    actions: html`<a class="button plain" href="${path}">${words.previewBack}</a>`,
    body: html`${panel(
      words.whyEvents,
      html`${rows.length > 0 && facts([[words.whyRows, rows.map((row) => figure(context, row)).join(frameWords[context.language].comma)]])}
${events.length === 0 ? html`<p>${words.whyNone}</p>` : html`<ol class="list">${events.map((event) => html`<li><div class="muted">${time(context, event.event_time)}</div><div lang="en">${event.text}</div></li>`)}</ol>`}`,
    )}
${now.length > 0 && panel(words.whyNow, html`<ul class="list" lang="en">${now.map((line) => html`<li>${line}</li>`)}</ul>`)}
${
  suppressed.length > 0 &&
  panel(
    words.whySuppressed,
    html`<ul class="list">${suppressed.map(
      (each) =>
        html`<li><strong>${suppressionWords[context.language].reasons[each.reason]}</strong>${frameWords[context.language].colon}${each.sender ?? words.whyEvery} <span class="muted">${each.at !== null && time(context, each.at)} ${each.source}${each.detail !== null && `, ${each.detail}`}</span></li>`,
    )}</ul>`,
  )
}
${panel(words.why, whyForm(context, campaign, whom))}`,
  });
}
