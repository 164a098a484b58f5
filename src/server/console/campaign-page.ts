import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CampaignDesk } from '../../desk/desk.ts';
import { receiptCsv } from '../api/receipt-csv.ts';
import { doneText } from './campaign-actions.ts';
import { type CampaignFacts, campaignFragments, campaignPath, detailsPanel } from './campaign-view.ts';
import { whyForm } from './campaign-why.ts';
import { readFields } from './console-form.ts';
import { courseColumns, SERIES } from './course-table.ts';
import { type Html, html } from './html.ts';
import { sendLive } from './live.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { notice, panel } from './parts.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { campaignWords } from './words/campaign.ts';

type OfCampaign = { Params: { id: string } };

const Query = z.object({ done: z.string().max(60).catch('') });

/** `/campaigns/:id`, its stream, its chart and its receipt. */
export async function campaignPageRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  const { campaigns } = tools.desk;
  app.get<OfCampaign>('/campaigns/:id', async (request, reply) => {
    const context = contextOf(request, tools);
    const known = await factsOf(campaigns, request.params.id);
    const done = doneText(context, readFields(request.query, Query).done);
    return sendPage(reply, context, campaignPage(context, known, done));
  });
  app.get<OfCampaign>('/campaigns/:id/live', (request, reply) => {
    const { id } = request.params;
    return sendLive(request, reply, tools, {
      topic: `campaign:${id}`,
      fragments: async (context) => campaignFragments(context, await factsOf(campaigns, id)),
    });
  });
  app.get<OfCampaign>('/campaigns/:id/course', async (request, reply) =>
    reply.send({ columns: courseColumns(await campaigns.course(request.params.id)) }),
  );
  app.get<OfCampaign>('/campaigns/:id/receipt.json', async (request, reply) => {
    const receipt = await campaigns.receipt(request.params.id);
    return reply
      .header('content-disposition', `attachment; filename="${receipt.id}.json"`)
      .type('application/json; charset=utf-8')
      .send(`${JSON.stringify(receipt, null, 2)}\n`);
  });
  app.get<OfCampaign>('/campaigns/:id/receipt.csv', async (request, reply) => {
    const receipt = await campaigns.receipt(request.params.id);
    return reply
      .header('content-disposition', `attachment; filename="${receipt.id}.csv"`)
      .type('text/csv; charset=utf-8')
      .send(receiptCsv(receipt));
  });
}

async function factsOf(campaigns: CampaignDesk, id: string): Promise<CampaignFacts> {
  const [receipt, details, timeline, course] = await Promise.all([
    campaigns.receipt(id),
    campaigns.details(id),
    campaigns.timeline(id),
    campaigns.course(id),
  ]);
  return { receipt, details, timeline, course };
}

function campaignPage(context: PageContext, known: CampaignFacts, done: string | null): string {
  const words = campaignWords[context.language];
  const { id, name } = known.receipt;
  const path = campaignPath(id);
  const parts = campaignFragments(context, known);
  return page(context, {
    title: name,
    section: 'campaigns',
    live: `${path}/live`,
    charts: true,
    actions: parts.actions,
    body: html`${done !== null && notice('good', done)}${parts.state}${parts.progress}
${panel(words.charts, chartsBody(context, path, parts.course))}
${panel(
  words.receipt,
  html`<p class="muted">${words.receiptHint}</p>${parts.receipt}
<p class="row" role="group" aria-label="${words.downloads}"><a class="button plain" href="${path}/receipt.json" download>${words.json}</a> <a class="button plain" href="${path}/receipt.csv" download>${words.csv}</a></p>`,
)}
${panel(words.errors, html`<div data-load="${path}/errors" data-loading="${words.errorsLoading}" aria-live="polite"><form method="get" action="${path}/errors"><button>${words.errorsLoad}</button></form></div>`, 'errors')}
${panel(words.audit.title, html`<p class="muted">${words.audit.hint}</p><div data-load="${path}/audit" data-loading="${words.errorsLoading}" aria-live="polite"><form method="get" action="${path}/audit"><button>${words.audit.ask}</button></form></div>`, 'audit')}
<div class="columns">${panel(words.timeline, parts.timeline)}
<div>${panel(words.why, whyForm(context, id))}
${panel(words.preview, html`<p class="muted">${words.previewHint}</p><p><a class="button plain" href="${path}/preview">${words.previewOpen}</a></p>`)}</div></div>
${detailsPanel(context, known)}`,
  });
}

/** In the order of the lines; dashes tell them apart without colour. */
const SHOWN = ['delivered', 'bouncedHard', 'complained', 'opened', 'clicked', 'unsubscribed'];

/** Places for two charts, which `charts.js` draws in; the table below says the same. */
function chartsBody({ language }: PageContext, path: string, table: Html): Html {
  const words = campaignWords[language];
  const labels = JSON.stringify(SERIES.map((name) => words.series[name]));
  const events = SERIES.flatMap((name, index) => (SHOWN.includes(name) ? [index + 1] : []));
  return html`<div class="columns charts" data-charts="${path}/course" data-language="${language}" data-time="${words.chartTime}" data-labels="${labels}">
<figure><figcaption>${words.throughput}</figcaption><div class="chart" data-chart="rate" data-columns="1,2"></div></figure>
<figure><figcaption>${words.events}</figcaption><div class="chart" data-chart="sum" data-columns="${events.join(',')}"></div></figure>
</div>${table}`;
}
