import type { FastifyInstance } from 'fastify';
import { html } from './html.ts';
import { page } from './page.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { frameWords } from './words/frame.ts';

/** `/` */
export async function overviewRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  app.get('/', async (request, reply) => {
    const context = contextOf(request, tools);
    const title = frameWords[context.language].sections.overview;
    return sendPage(reply, context, page(context, { title, section: 'overview', body: html`` }));
  });
}
