import type { FastifyInstance } from 'fastify';
import type { Audit } from '../../desk/campaign-audit.ts';
import { campaignPath } from './campaign-view.ts';
import { figure, time } from './figures.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { notice } from './parts.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { campaignWords } from './words/campaign.ts';

/** `/campaigns/:id/audit`: holds the counters against the log, which may take seconds. Loaded as the errors are. */
export async function campaignAuditRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  app.get<{ Params: { id: string } }>('/campaigns/:id/audit', async (request, reply) => {
    const context = contextOf(request, tools);
    const audit = await tools.desk.campaigns.audit(request.params.id);
    const words = campaignWords[context.language];
    return sendPage(
      reply,
      context,
      page(context, {
        title: `${words.audit.title}: ${audit.campaign}`,
        section: 'campaigns',
        actions: html`<a class="button plain" href="${campaignPath(audit.campaign)}">${words.previewBack}</a>`,
        body: html`<section class="panel"><div data-loaded>${auditBody(context, audit)}</div></section>`,
      }),
    );
  });
}

function auditBody(
  context: PageContext,
  { campaign, agrees, moving, differences, notes, rows }: Audit,
): Html {
  const words = campaignWords[context.language];
  const said = agrees
    ? notice('good', words.audit.agrees(figure(context, rows.read)))
    : notice('bad', words.audit.differs(figure(context, differences.length)));
  const lines = [...differences.map(({ text }) => text), ...notes];
  return html`${said}${moving && html`<p>${words.audit.moving}</p>`}${
    lines.length > 0 && html`<ul class="list" lang="en">${lines.map((line) => html`<li>${line}</li>`)}</ul>`
  }<form method="get" action="${campaignPath(campaign)}/audit" class="row"><button>${words.errorsAgain}</button> <small class="muted">${words.errorsHint} ${time(context, context.nowMs)}</small></form>`;
}
