import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CAMPAIGN_STATES, type Receipt } from '../../queue/receipt.ts';
import { campaignPath } from './campaign-view.ts';
import { readFields } from './console-form.ts';
import { figure, time } from './figures.ts';
import { holdBrief } from './hold-view.ts';
import { type Html, html, type Part } from './html.ts';
import { campaignLink } from './overview-view.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { emptyState, pagination, stateBadge, table } from './parts.ts';
import { type ConsoleTools, contextOf, seeOther, sendPage } from './tools.ts';
import { campaignsWords } from './words/campaigns.ts';
import { frameWords } from './words/frame.ts';
import { overviewWords } from './words/overview.ts';

/** So many fit three screens, and are read from Redis in one round trip. */
const PAGE_CAMPAIGNS = 50;

const Filter = z.object({
  state: z.enum(['', 'open', ...CAMPAIGN_STATES]).catch(''),
  after: z.string().max(200).optional(),
  /** Of a campaign that is looked for. */
  id: z.string().trim().max(200).catch(''),
});

/** `/campaigns`: newest first, page by page. */
export async function campaignListRoutes(
  app: FastifyInstance,
  { desk, ...tools }: ConsoleTools,
): Promise<void> {
  app.get('/campaigns', async (request, reply) => {
    const context = contextOf(request, { desk, ...tools });
    const words = campaignsWords[context.language];
    const { state, after, id } = readFields(request.query, Filter);
    if (id !== '') return seeOther(reply, campaignPath(id));
    const order = { limit: PAGE_CAMPAIGNS, after, ...(state !== '' && { state }) };
    const [{ items, next }, count] = await Promise.all([desk.campaigns.list(order), desk.campaigns.count()]);
    const query = new URLSearchParams({
      ...(state !== '' && { state }),
      ...(after !== undefined && { after }),
    });
    const empty = emptyState(count === 0 ? words.none : words.noneHere);
    return sendPage(
      reply,
      context,
      page(context, {
        title: frameWords[context.language].sections.campaigns,
        section: 'campaigns',
        actions: html`<a class="button main" href="/new-campaign">${overviewWords[context.language].newCampaign}</a>`,
        body: html`${filterForm(context, state)}
<section class="panel">${items.length === 0 ? empty : campaignTable(context, items)}
${pagination(context, query, next)}
<p class="muted"><small>${words.total(figure(context, count))}</small></p></section>`,
      }),
    );
  });
}

function filterForm({ language }: PageContext, state: string): Html {
  const words = campaignsWords[language];
  const options: readonly (readonly [value: string, label: string])[] = [
    ['', words.all],
    ['open', words.open],
    ...CAMPAIGN_STATES.map((each) => [each, frameWords[language].states[each]] as const),
  ];
  return html`<div class="row filters"><form method="get" action="/campaigns" class="filter">
<label class="field"><span>${words.filter}</span><select name="state">${options.map(
    ([value, label]) => html`<option value="${value}"${value === state && html` selected`}>${label}</option>`,
  )}</select></label><button>${words.show}</button></form>
<form method="get" action="/campaigns" class="filter">
<label class="field"><span>${words.find}</span><input name="id" required maxlength="64" autocomplete="off" spellcheck="false"></label><button>${words.go}</button></form></div>`;
}

function campaignTable(context: PageContext, receipts: readonly Receipt[]): Html {
  const words = campaignsWords[context.language];
  const columns = [
    { label: words.name },
    { label: words.state },
    { label: words.project },
    { label: words.planned, isFigure: true },
    { label: words.accepted, isFigure: true },
    { label: words.bounced, isFigure: true },
    { label: words.complained, isFigure: true },
    { label: words.created },
  ];
  const rows = receipts.map((receipt): Part[] => [
    campaignLink(receipt),
    html`${stateBadge(context, receipt.state)}${holdBrief(context, receipt)}`,
    receipt.project,
    figure(context, receipt.counts.planned),
    figure(context, receipt.counts.accepted),
    figure(context, receipt.counts.bounced.hard + receipt.counts.bounced.soft),
    figure(context, receipt.counts.complained),
    time(context, receipt.createdAt),
  ]);
  return table(frameWords[context.language].sections.campaigns, columns, rows, { stacks: true });
}
