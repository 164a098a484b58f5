import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readFields } from './console-form.ts';
import { type DmarcQuery, dmarcPage, dmarcReportPage } from './dmarc-page.ts';
import { page } from './page.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { tried } from './tried.ts';
import { dmarcWords } from './words/dmarc.ts';

const Query = z.object({
  domain: z.string().trim().max(253).default(''),
  month: z.string().trim().max(7).default(''),
});

/** `/dmarc`: what receivers report of mail in the name of our domains. */
export async function dmarcRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  app.get('/dmarc', async (request, reply) => {
    const context = contextOf(request, tools);
    const body = dmarcPage(context, queryOf(request));
    const { title } = dmarcWords[context.language];
    return sendPage(reply, context, page(context, { title, section: 'dmarc', body }));
  });
  app.get('/dmarc/report', async (request, reply) => {
    const context = contextOf(request, tools);
    const query = queryOf(request);
    const { domain, month } = query;
    const end = await tried(() =>
      tools.desk.senders.dmarc({
        ...(domain === '' ? {} : { domain }),
        ...(month === '' ? {} : { month }),
      }),
    );
    const reports = end.kind === 'done' ? end.value : [];
    // That there are no reports is no fault: the page says how they get in.
    const problems = end.kind === 'refused' ? end.problems : [];
    const status = end.kind === 'refused' && end.status !== 404 ? end.status : 200;
    const body = dmarcReportPage(context, query, reports, problems);
    const { title } = dmarcWords[context.language];
    return sendPage(reply, context, page(context, { title, section: 'dmarc', body }), status);
  });
}

function queryOf(request: FastifyRequest): DmarcQuery {
  return readFields(request.query, Query);
}
