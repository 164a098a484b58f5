import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Reader, UnsubscribeBook } from '../feedback/unsubscribe.ts';
import { FORM_TYPES, type Form, readForm } from './form.ts';
import { type Language, languageOf } from './language.ts';
import { sendProblem } from './problem.ts';
import { PAGE_POLICY, type PageState, unsubscribePage } from './unsubscribe-page.ts';

export interface UnsubscribeParts {
  readonly book: UnsubscribeBook;
  /** Who a token was sealed for; null for anything that was not sealed here. */
  readonly open: (token: string) => Reader | null;
  readonly logger: Logger;
}

/** What mail programs post has 26 bytes, in a multipart form some hundred. */
const FORM_BYTES_MAX = 16_384;

/** `/u/:token`: a GET changes nothing, since scanners follow links; a POST does at once what it says (RFC 8058). */
export async function unsubscribeRoutes(
  app: FastifyInstance,
  parts: UnsubscribeParts,
  config: FastifyContextConfig,
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    FORM_TYPES,
    { parseAs: 'buffer', bodyLimit: FORM_BYTES_MAX },
    async (request: FastifyRequest, body: Buffer) =>
      readForm(body, request.headers['content-type'] ?? '').catch(() => null),
  );
  app.get('/u/:token', { config }, (request, reply) => show(request, reply, parts));
  app.post('/u/:token', { config }, (request, reply) => act(request, reply, parts));
}

/** The token of a request's path; empty where there is none. */
export function tokenOf(request: FastifyRequest): string {
  const { params } = request;
  return typeof params === 'object' && params !== null && 'token' in params ? String(params.token) : '';
}

async function show(request: FastifyRequest, reply: FastifyReply, { book, open, logger }: UnsubscribeParts) {
  const reader = open(tokenOf(request));
  const language = languageOf(request.headers['accept-language']);
  if (!reader) return page(reply, 404, language, 'unknown', null);
  const state = await attempt(logger, () => book.isUnsubscribed(reader));
  if (state === FAILED) return unavailable(reply, language);
  return page(reply, 200, language, state ? 'unsubscribed' : 'subscribed', reader);
}

async function act(request: FastifyRequest, reply: FastifyReply, { book, open, logger }: UnsubscribeParts) {
  const reader = open(tokenOf(request));
  const language = languageOf(request.headers['accept-language']);
  if (!reader) return page(reply, 404, language, 'unknown', null);
  const wish = wishOf(request.body);
  if (wish === null) {
    return sendProblem(reply, 400, 'Bad request', 'the form has no List-Unsubscribe=One-Click and no action');
  }
  const isResume = wish === 'resume';
  const end = await attempt(logger, () =>
    isResume ? book.resubscribe(reader) : book.unsubscribe(reader, wish === 'stop' ? 'page' : wish),
  );
  if (end === FAILED) return unavailable(reply, language);
  if (wish !== 'one-click') return page(reply, 200, language, isResume ? 'resumed' : 'stopped', reader);
  return reply.code(200).type('text/plain; charset=utf-8').send('Unsubscribed.\n');
}

const FAILED = Symbol('failed');

async function attempt<T>(logger: Logger, step: () => Promise<T>): Promise<T | typeof FAILED> {
  try {
    return await step();
  } catch (thrown) {
    logger.error('an unsubscribe request could not be answered', { error: messageOf(thrown) });
    return FAILED;
  }
}

/** Only the parsers above put forms into a body. */
function wishOf(body: unknown): 'one-click' | 'stop' | 'resume' | null {
  if (!(body instanceof Map)) return null;
  const form: Form = body;
  if (form.get('List-Unsubscribe') === 'One-Click') return 'one-click';
  const action = form.get('action');
  return action === 'stop' || action === 'resume' ? action : null;
}

/** Mail programs try again what was answered with 503. */
function unavailable(reply: FastifyReply, language: Language): FastifyReply {
  void reply.header('retry-after', '60');
  return page(reply, 503, language, 'unavailable', null);
}

function page(
  reply: FastifyReply,
  status: number,
  language: Language,
  state: PageState,
  reader: Reader | null,
): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-language', language)
    .header('vary', 'Accept-Language')
    .header('content-security-policy', PAGE_POLICY)
    .send(unsubscribePage(language, state, reader));
}
