import type { FastifyInstance } from 'fastify';
import { html } from './html.ts';
import { sendLive } from './live.ts';
import { overviewFragments } from './overview-view.ts';
import { page } from './page.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { frameWords } from './words/frame.ts';
import { overviewWords } from './words/overview.ts';

/** `/`: what somebody on call looks at first. */
export async function overviewRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  const { desk } = tools;
  app.get('/', async (request, reply) => {
    const context = contextOf(request, tools);
    const parts = overviewFragments(context, await desk.overview());
    return sendPage(
      reply,
      context,
      page(context, {
        title: frameWords[context.language].sections.overview,
        section: 'overview',
        actions: html`<a class="button main" href="/new-campaign">${overviewWords[context.language].newCampaign}</a>`,
        live: '/live',
        body: html`${parts.decisions}${parts.campaigns}<div class="columns">${parts.account}${parts.log}${parts.workers}</div>${parts.guard}`,
      }),
    );
  });
  app.get('/live', (request, reply) =>
    sendLive(request, reply, tools, {
      topic: 'overview',
      fragments: async (context) => overviewFragments(context, await desk.overview()),
    }),
  );
}
