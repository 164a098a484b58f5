import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InputFault } from '../../core/fault.ts';
import type { Desk } from '../../desk/desk.ts';
import { StaleForm } from '../guard.ts';
import type { PrivateRoutes } from '../private-routes.ts';
import { sendPage as sendSmallPage, stalePage } from '../small-page.ts';
import { assetRoutes } from './assets.ts';
import { campaignRoutes } from './campaign-routes.ts';
import { statusOf } from './console-form.ts';
import { dmarcImportRoutes } from './dmarc-import-routes.ts';
import { dmarcRoutes } from './dmarc-routes.ts';
import { domainRoutes } from './domain-routes.ts';
import { html } from './html.ts';
import { overviewRoutes } from './overview-routes.ts';
import { page } from './page.ts';
import { problemList } from './parts.ts';
import { senderRoutes } from './sender-routes.ts';
import { suppressionRoutes } from './suppression-routes.ts';
import { suppressionSyncRoutes } from './suppression-sync-routes.ts';
import { testSendRoutes } from './test-send-routes.ts';
import { type ConsoleTools, contextOf, isLanguage, LANGUAGE_COOKIE, sendPage } from './tools.ts';
import { warmUpRoutes } from './warm-up-routes.ts';
import { frameWords } from './words/frame.ts';

/** The console: pages for people, who are signed in when a request comes here. */
export function consoleRoutes(desk: Desk): PrivateRoutes {
  return {
    name: 'console',
    register: (app, tools) => addPages(app, { ...tools, desk }),
    notFound: (request, reply, tools) => sendNotFound(request, reply, { ...tools, desk }),
  };
}

async function addPages(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  addLanguageSwitch(app);
  app.setErrorHandler((error: FastifyError, request, reply) => sendFailure(error, request, reply, tools));
  await assetRoutes(app);
  await overviewRoutes(app, tools);
  await campaignRoutes(app, tools);
  await testSendRoutes(app, tools);
  await suppressionRoutes(app, tools);
  await suppressionSyncRoutes(app, tools);
  await senderRoutes(app, tools);
  await warmUpRoutes(app, tools);
  await domainRoutes(app, tools);
  await dmarcRoutes(app, tools);
  await dmarcImportRoutes(app, tools);
  for (const [path, place] of FORMS_OF)
    app.get<{ Params: Record<string, string> }>(path, async (request, reply) =>
      reply.redirect(place(encodeURIComponent(request.params['name'] ?? '')), 303),
    );
}

/** Pages that come by POST, and where their forms are: a change of language and the address line ask for them by GET. */
const FORMS_OF: readonly (readonly [path: string, place: (name: string) => string])[] = [
  ['/new-campaign/check', () => '/new-campaign'],
  ['/new-campaign/send', () => '/new-campaign'],
  ['/new-campaign/upload', () => '/new-campaign'],
  ['/suppression/search', () => '/suppression'],
  ['/suppression/remove', () => '/suppression'],
  ['/suppression/removed', () => '/suppression'],
  ['/campaign-test', () => '/campaigns'],
  ['/dmarc/import', () => '/dmarc#import'],
  ['/domains/:name/check', (name) => `/domains/${name}`],
];

/** A year. */
const LANGUAGE_COOKIE_SECONDS = 365 * 24 * 60 * 60;

/** `?lang=ja` on any page is remembered, and the page shown again without it. */
function addLanguageSwitch(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    const [path = '/', query = ''] = request.url.split('?');
    const fields = new URLSearchParams(query);
    const language = fields.get('lang');
    if (request.method !== 'GET' || !isLanguage(language)) return;
    fields.delete('lang');
    const rest = fields.toString();
    return (
      reply
        .header(
          'set-cookie',
          `${LANGUAGE_COOKIE}=${language}; Path=/; Max-Age=${LANGUAGE_COOKIE_SECONDS}; SameSite=Lax; HttpOnly`,
        )
        // A path that begins with two slashes would be another host.
        .redirect(`${path.replace(/^\/+/, '/')}${rest === '' ? '' : `?${rest}`}`, 303)
    );
  });
}

/** @param missing what there is not, where more is known than that there is no page */
function sendNotFound(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
  missing: readonly string[] = [],
): FastifyReply {
  const context = contextOf(request, tools);
  const words = frameWords[context.language];
  const body = html`${missing.map((each) => html`<p lang="en">${each}</p>`)}<p>${words.notFoundText}</p>`;
  return sendPage(reply, context, page(context, { title: words.notFound, section: null, body }), 404);
}

/** What its sender can mend is told; what can't be mended there is in the log. */
function sendFailure(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): FastifyReply {
  const context = contextOf(request, tools);
  if (error instanceof StaleForm) return sendSmallPage(reply, 403, stalePage(context.language));
  const words = frameWords[context.language];
  const status = statusOf(error);
  if (status === 500) tools.logger.error('a page of the console could not be shown', { error });
  if (error instanceof InputFault && error.kind === 'missing')
    return sendNotFound(request, reply, tools, error.problems);
  const body =
    error instanceof InputFault
      ? problemList(context, error.problems)
      : html`<p>${status === 503 ? words.busyText : words.failedText}</p>`;
  return sendPage(reply, context, page(context, { title: words.failed, section: null, body }), status);
}
