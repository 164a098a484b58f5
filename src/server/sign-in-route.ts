import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Verdict } from './access.ts';
import { chosenLanguage } from './console/tools.ts';
import { sessionCookie, setCookie } from './cookie.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { FORM_TYPES, type Form, readForm } from './form.ts';
import { askingOf, callerOfRequest, crossSiteOf, refuse } from './guard.ts';
import { isHttps } from './https.ts';
import { nextPath } from './next-path.ts';
import type { OpenStreams } from './open-streams.ts';
import { sendProblem } from './problem.ts';
import { SESSION_MS } from './session-seal.ts';
import { type SignInState, signInPage } from './sign-in-page.ts';
import { sendPage } from './small-page.ts';

export interface SignInParts {
  readonly access: Access;
  readonly publicUrl: string | null;
  readonly ended: EndedSessions;
}

const FORM_BYTES_MAX = 16_384;
const NAME_CHARACTERS_MAX = 64;

/** `/sign-in`: who brings the token and a name gets a session. On a machine without a token one may say a name. */
export async function signInRoutes(app: FastifyInstance, parts: SignInParts): Promise<void> {
  addFormParser(app, FORM_BYTES_MAX);
  // Counted as what the public asks; wrong tokens are counted by `Access`.
  const config = { rateLimit: {} };
  app.get('/sign-in', { config }, (request, reply) => show(request, reply, parts));
  app.post('/sign-in', { config }, (request, reply) => signIn(request, reply, parts));
}

/**
 * `/sign-out`: behind the guard, so that only a page of ours can do it. It ends the session everywhere, and what other pages of it read;
 * other processes see to theirs (`OpenStreams`).
 */
export async function signOutRoute(
  app: FastifyInstance,
  { access, publicUrl, ended }: SignInParts,
  streams: OpenStreams,
): Promise<void> {
  app.post('/sign-out', { config: { endsSession: true } }, async (request, reply) => {
    const sealed = callerOfRequest(request)?.sealed ?? null;
    if (sealed) {
      await ended.end(sealed);
      streams.endOf(sealed.id);
    }
    const isSecure = isHttps(request, publicUrl);
    void reply.header('set-cookie', setCookie(sessionCookie(isSecure), '', { maxAgeSeconds: 0, isSecure }));
    return reply.redirect(access.hasToken ? '/sign-in' : '/', 303);
  });
}

/** Forms as a `Form`; a body that is none as an empty one. */
export function addFormParser(app: FastifyInstance, bodyLimit: number): void {
  app.addContentTypeParser(
    FORM_TYPES[0] ?? '',
    { parseAs: 'buffer', bodyLimit },
    async (request: FastifyRequest, body: Buffer): Promise<Form> =>
      readForm(body, request.headers['content-type'] ?? '').catch(() => new Map()),
  );
}

async function show(request: FastifyRequest, reply: FastifyReply, parts: SignInParts): Promise<FastifyReply> {
  const verdict = await parts.access.judge(askingOf(request, parts.publicUrl));
  if (verdict.kind === 'remote') return refuse(request, reply, verdict);
  return sendPage(reply, 200, signInPage(stateOf(request, parts.access, verdict, null)));
}

async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: SignInParts,
): Promise<FastifyReply> {
  const { access, publicUrl, ended } = parts;
  const foreign = crossSiteOf(request, publicUrl);
  if (foreign !== null) return sendProblem(reply, 403, 'Forbidden', `the request was refused: ${foreign}`);
  const asking = askingOf(request, publicUrl);
  const verdict = await access.judge(asking);
  if (verdict.kind === 'remote') return refuse(request, reply, verdict);
  const form = formOf(request);
  const by = nameOf(form.get('by'));
  const again = (status: number, trouble: SignInState['trouble']) =>
    sendPage(reply, status, signInPage(stateOf(request, access, verdict, trouble)));
  if (access.hasToken) {
    const refusal = access.tokenRefusal(form.get('token')?.trim() ?? '', asking.caller);
    if (refusal?.kind === 'too-often') {
      void reply.header('retry-after', refusal.waitSeconds);
      return again(429, 'often');
    }
    if (refusal) return again(401, 'token');
  } else if (verdict.kind !== 'allowed' || form.get('csrf') !== verdict.caller.session.csrf)
    return sendProblem(reply, 403, 'Forbidden', 'the form has no valid CSRF token: load its page again');
  if (by === null) return again(422, 'name');
  // Nobody is left who would end the one before.
  if (verdict.kind === 'allowed' && verdict.caller.sealed) await ended.end(verdict.caller.sealed);
  const options = { maxAgeSeconds: SESSION_MS / 1_000, isSecure: asking.isHttps };
  void reply.header('set-cookie', setCookie(sessionCookie(asking.isHttps), access.seal(by), options));
  return reply.redirect(nextPath(form.get('next')), 303);
}

function stateOf(
  request: FastifyRequest,
  access: Access,
  verdict: Verdict,
  trouble: SignInState['trouble'],
): SignInState {
  const { query } = request;
  const form = formOf(request);
  const asked =
    typeof query === 'object' && query !== null && 'next' in query && typeof query.next === 'string'
      ? query.next
      : form.get('next');
  const session = verdict.kind === 'allowed' ? verdict.caller.session : null;
  return {
    language: chosenLanguage(request),
    next: nextPath(asked),
    asksToken: access.hasToken,
    csrf: session?.csrf ?? '',
    by: nameOf(form.get('by')) ?? session?.by ?? '',
    trouble,
  };
}

function formOf({ body }: FastifyRequest): Form {
  return body instanceof Map ? body : new Map();
}

/** A name as it is written down: on one line, without characters that can't be seen. */
function nameOf(text: string | undefined): string | null {
  const name = (text ?? '').normalize('NFC').replaceAll(/\s+/g, ' ').trim();
  return name === '' ||
    Array.from(name).length > NAME_CHARACTERS_MAX ||
    /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/u.test(name)
    ? null
    : name;
}
