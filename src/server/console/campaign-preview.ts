import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Sample } from '../../queue/sample.ts';
import { campaignPath } from './campaign-view.ts';
import { readFields } from './console-form.ts';
import { bytes, figure } from './figures.ts';
import { html } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { facts, panel } from './parts.ts';
import { testPanel } from './test-send-part.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { campaignWords } from './words/campaign.ts';

/**
 * A mail is the work of somebody else, and may be hostile: no script, no form and no link of it does anything, nothing is fetched, and it has an
 * origin of its own (`sandbox` without `allow-same-origin`), so that it can't read the console that frames it.
 */
const MAIL_POLICY = [
  'sandbox',
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

const Row = z.object({
  row: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .optional()
    .or(z.literal('').transform(() => undefined)),
});

type OfCampaign = { Params: { id: string } };

/** `/campaigns/:id/preview`, and `/campaigns/:id/mail`, the frame within it. */
export async function campaignPreviewRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  const { campaigns } = tools.desk;
  app.get<OfCampaign>('/campaigns/:id/preview', async (request, reply) => {
    const context = contextOf(request, tools);
    const { id } = request.params;
    const { row } = readFields(request.query, Row);
    return sendPage(reply, context, previewPage(context, id, await campaigns.preview(id, row), row));
  });
  app.get<OfCampaign>('/campaigns/:id/mail', async (request, reply) => {
    const { row } = readFields(request.query, Row);
    const sample = await campaigns.preview(request.params.id, row);
    return sendMail(reply, sample.html ?? '');
  });
}

/** The content of a frame that shows a mail, and nothing of which does anything. */
export function sendMail(reply: FastifyReply, mail: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', MAIL_POLICY)
    .header('x-frame-options', 'SAMEORIGIN')
    .send(mail);
}

function previewPage(context: PageContext, id: string, sample: Sample, row: number | undefined): string {
  const words = campaignWords[context.language];
  const path = campaignPath(id);
  const query = row === undefined ? '' : `?row=${row}`;
  const shown =
    sample.seq === 0 ? null : html`<p>${words.previewFor(figure(context, sample.seq), sample.recipient)}</p>`;
  return page(context, {
    title: words.preview,
    section: 'campaigns',
    actions: html`<a class="button plain" href="${path}">${words.previewBack}</a>`,
    body: html`<p class="muted">${words.previewHint}</p>
<form method="get" action="${path}/preview" class="filter"><label class="field"><span>${words.previewRow}</span><input name="row" type="number" min="1" step="1" inputmode="numeric" value="${sample.seq === 0 ? '' : sample.seq}"></label><button>${words.previewShow}</button></form>
${shown}${facts([
  [words.detail.subject, sample.subject],
  [words.htmlSize, sample.htmlBytes === null ? '–' : bytes(context, sample.htmlBytes)],
])}
<div class="columns">${panel('HTML', sample.html === null ? html`<p>${words.previewNoHtml}</p>` : html`<iframe class="mail" sandbox title="${words.previewFrame}" src="${path}/mail${query}" loading="lazy"></iframe>`)}
${panel(words.previewText, sample.text === null ? html`<p>${words.previewNoText}</p>` : html`<pre tabindex="0" class="mail">${sample.text}</pre>`)}</div>
${sample.seq > 0 && testPanel(context, { action: `${path}/test`, addresses: '', row: `${sample.seq}` })}`,
  });
}
