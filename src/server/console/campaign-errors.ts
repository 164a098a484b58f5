import type { FastifyInstance } from 'fastify';
import type { CampaignReport } from '../../desk/campaign-report.ts';
import { campaignPath } from './campaign-view.ts';
import { figure, time } from './figures.ts';
import { type Html, html, type Part } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { table } from './parts.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { bucketWords } from './words/buckets.ts';
import { campaignWords } from './words/campaign.ts';

/** `/campaigns/:id/errors`: reads the log, which may take seconds. The campaign's page shows its content when it is there. */
export async function campaignErrorRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  app.get<{ Params: { id: string } }>('/campaigns/:id/errors', async (request, reply) => {
    const context = contextOf(request, tools);
    const { id } = request.params;
    const words = campaignWords[context.language];
    const report = await tools.desk.campaigns.report(id);
    return sendPage(
      reply,
      context,
      page(context, {
        title: `${words.errors}: ${report.name ?? id}`,
        section: 'campaigns',
        actions: html`<a class="button plain" href="${campaignPath(id)}">${words.previewBack}</a>`,
        body: html`<section class="panel"><div data-loaded>${errorsBody(context, report)}</div></section>`,
      }),
    );
  });
}

function errorsBody(context: PageContext, { bounces, otherBounces, unsent, campaign }: CampaignReport): Html {
  const words = campaignWords[context.language];
  const again = html`<form method="get" action="${campaignPath(campaign)}/errors" class="row"><button>${words.errorsAgain}</button> <small class="muted">${words.errorsHint} ${time(context, context.nowMs)}</small></form>`;
  if (bounces.length === 0 && unsent.length === 0) return html`<p>${words.errorsNone}</p>${again}`;
  const bounceRows: Part[][] = bounces.map(({ reason, smtpStatus, people, sample }) => [
    reason ?? '–',
    smtpStatus ?? '–',
    figure(context, people),
    html`<code>${sample ?? ''}</code>`,
  ]);
  if (otherBounces !== null)
    bounceRows.push([
      words.others(figure(context, otherBounces.reasons)),
      '–',
      figure(context, otherBounces.people),
      '',
    ]);
  const unsentRows = unsent.map(({ became, reason, people }) => [
    becameText(context, became),
    reason ?? '–',
    figure(context, people),
  ]);
  const people = { label: words.people, isFigure: true };
  return html`${
    bounces.length > 0 &&
    table(
      words.bounces,
      [{ label: words.reasonColumn }, { label: words.status }, people, { label: words.sample }],
      bounceRows,
      {
        showCaption: true,
      },
    )
  }${
    unsent.length > 0 &&
    table(words.unsent, [{ label: words.became }, { label: words.reasonColumn }, people], unsentRows, {
      showCaption: true,
    })
  }${again}`;
}

/** The log's word, as the receipt calls it where it has the same. */
function becameText({ language }: PageContext, became: string): string {
  return (
    Object.entries(bucketWords[language]).find(([name]) => name === became)?.[1][0] ??
    became.replaceAll('_', ' ')
  );
}
