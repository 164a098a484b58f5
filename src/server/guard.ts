import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Asking, Caller, Verdict } from './access.ts';
import { callerOf } from './caller.ts';
import { chosenLanguage } from './console/tools.ts';
import { crossSite, isFormType } from './cross-site.ts';
import { isHttps } from './https.ts';
import { answerProblem, REDIS_AWAY, RETRY_SECONDS, sendProblem } from './problem.ts';
import { bouncePage, busyPage, refusalPage, sendPage, stalePage } from './small-page.ts';

/** Who asks, of every request that was let in. */
const callers = new WeakMap<FastifyRequest, Caller>();

/** Null of a request to a public route, and of one that was refused. */
export function callerOfRequest(request: FastifyRequest): Caller | null {
  return callers.get(request) ?? null;
}

/**
 * Lets nobody pass to the routes of `app` whom `access` does not know, and nothing that a page of another site made a browser send.
 * It decides before a body is read; only a form's CSRF token has to wait for it.
 */
export function addGuard(app: FastifyInstance, access: Access, publicUrl: string | null): void {
  app.addHook('onRequest', async (request, reply) => {
    const verdict = await access.judge(askingOf(request, publicUrl));
    if (verdict.kind !== 'allowed') return refuse(request, reply, verdict);
    callers.set(request, verdict.caller);
    const foreign =
      isSafe(request) || verdict.caller.kind === 'bearer' ? null : crossSiteOf(request, publicUrl);
    if (foreign !== null) return sendProblem(reply, 403, 'Forbidden', `the request was refused: ${foreign}`);
    if (!verdict.caller.isCertain && !isSafe(request) && request.routeOptions.config.endsSession !== true)
      return refuseUncertain(request, reply);
  });
  app.addHook('preValidation', async (request, reply) => {
    const caller = callers.get(request);
    if (!caller || caller.kind === 'bearer' || isSafe(request) || hasCsrf(request, caller.session.csrf))
      return;
    if (wantsPage(request)) return sendPage(reply, 403, stalePage(chosenLanguage(request)));
    return sendProblem(reply, 403, 'Forbidden', STALE);
  });
}

const STALE = 'the form has no valid CSRF token (field csrf or header x-csrf-token): load its page again';

/** A form whose token is not that of who sends it: usually they have signed in again since its page was loaded. */
export class StaleForm extends Error {
  readonly statusCode = 403;
  readonly code = 'STALE_FORM';

  constructor() {
    super(STALE);
    this.name = 'StaleForm';
  }
}

/** Whether somebody asks for a page whom the guard would let pass; then `callerOfRequest` knows them. */
export async function isVisitor(
  request: FastifyRequest,
  access: Access,
  publicUrl: string | null,
): Promise<boolean> {
  if (!isSafe(request) || !wantsPage(request)) return false;
  const verdict = await access.judge(askingOf(request, publicUrl));
  if (verdict.kind === 'allowed') callers.set(request, verdict.caller);
  return verdict.kind === 'allowed';
}

export function askingOf(request: FastifyRequest, publicUrl: string | null): Asking {
  return {
    headers: request.headers,
    remoteAddress: request.socket.remoteAddress,
    caller: callerOf(request),
    isHttps: isHttps(request, publicUrl),
  };
}

/** Null where the request was not made by a page of another site. */
export function crossSiteOf(request: FastifyRequest, publicUrl: string | null): string | null {
  const own = [request.headers.host, request.host, publicUrl === null ? '' : new URL(publicUrl).host];
  return crossSite(
    request.headers,
    own.flatMap((host) => host || []),
  );
}

function isSafe({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Only what a form can send needs one. It is never in the query, which proxies log. A form with a file comes as a stream that nobody has
 * read yet, so a route that says `readsCsrf` looks for it there itself.
 */
function hasCsrf(request: FastifyRequest, csrf: string): boolean {
  if (!isFormType(request.headers['content-type'])) return true;
  const { body } = request;
  if (body instanceof Readable && request.routeOptions.config.readsCsrf === true) return true;
  return request.headers['x-csrf-token'] === csrf || (body instanceof Map && body.get('csrf') === csrf);
}

export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  verdict: Exclude<Verdict, { readonly kind: 'allowed' }>,
): FastifyReply {
  const isPage = wantsPage(request);
  switch (verdict.kind) {
    case 'remote': {
      const detail = `without SLUICE_API_TOKEN this answers requests from its own machine only, and ${verdict.why}: set SLUICE_API_TOKEN on the server, or come by ssh -L`;
      return isPage
        ? sendPage(reply, 403, refusalPage(chosenLanguage(request), detail))
        : sendProblem(reply, 403, 'Forbidden', detail);
    }
    case 'too-often':
      void reply.header('retry-after', verdict.waitSeconds);
      return sendProblem(reply, 429, 'Too many requests', 'too many wrong tokens came from this address');
    case 'wrong':
      void reply.header('www-authenticate', 'Bearer realm="sluice", error="invalid_token"');
      return sendProblem(reply, 401, 'Unauthorized', 'the token is not SLUICE_API_TOKEN');
    case 'unknown':
      return isPage ? toSignIn(request, reply) : unauthorized(reply);
  }
}

/** Whether they have signed out elsewhere is not known. */
function refuseUncertain(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!wantsPage(request)) return answerProblem(reply, REDIS_AWAY);
  void reply.header('retry-after', RETRY_SECONDS);
  return sendPage(reply, 503, busyPage(chosenLanguage(request)));
}

function unauthorized(reply: FastifyReply): FastifyReply {
  void reply.header('www-authenticate', 'Bearer realm="sluice"');
  return sendProblem(
    reply,
    401,
    'Unauthorized',
    'send Authorization: Bearer with SLUICE_API_TOKEN, or sign in at /sign-in',
  );
}

/**
 * A link on another site (a chat, a mail) leads here without the cookie, since that is SameSite=Strict (cookies of others may come
 * along). So the page is asked for again by one of ours, and only who comes without it from there has to sign in.
 */
function toSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const site = request.headers['sec-fetch-site'];
  if (isSafe(request) && (site === 'cross-site' || site === 'same-site'))
    return sendPage(reply, 200, bouncePage());
  // A form whose session has ended is lost; it leads nowhere by GET.
  return reply.redirect(`/sign-in?next=${isSafe(request) ? encodeURIComponent(request.url) : '/'}`, 303);
}

export function wantsPage({ headers }: FastifyRequest): boolean {
  return /\btext\/html\b/.test(headers.accept ?? '');
}
