import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Desk } from '../../desk/desk.ts';
import { cookieOf } from '../cookie.ts';
import { LANGUAGES, type Language, languageOf } from '../language.ts';
import type { RouteTools } from '../private-routes.ts';
import { isZone } from './figures.ts';
import type { PageContext } from './page-context.ts';

/** What the pages are made with. */
export interface ConsoleTools extends RouteTools {
  readonly desk: Desk;
}

export const LANGUAGE_COOKIE = 'sluice_language';
/** Set by the console's script, which knows where the reader is. */
const ZONE_COOKIE = 'sluice_zone';

export function contextOf(request: FastifyRequest, tools: ConsoleTools): PageContext {
  const zone = cookieOf(request.headers.cookie, ZONE_COOKIE);
  return {
    language: chosenLanguage(request),
    session: tools.sessionOf(request),
    path: request.url.split('?')[0] ?? '/',
    zone: zone !== null && isZone(zone) ? zone : 'UTC',
    nowMs: tools.clock.now(),
  };
}

export function isLanguage(text: unknown): text is Language {
  return LANGUAGES.some((each) => each === text);
}

/** Answers with a page. */
export function sendPage(
  reply: FastifyReply,
  context: Pick<PageContext, 'language'>,
  text: string,
  status = 200,
): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-language', context.language)
    .header('vary', 'Accept-Language, Cookie')
    .send(text);
}

/** After something was done: a page that can be reloaded. @param done key of the notice that it shows */
export function seeOther(reply: FastifyReply, path: string, done?: string): FastifyReply {
  const query = done === undefined ? '' : `${path.includes('?') ? '&' : '?'}done=${encodeURIComponent(done)}`;
  return reply.redirect(`${path}${query}`, 303);
}

/** As the reader chose, or as their browser asks. */
export function chosenLanguage(request: FastifyRequest): Language {
  const chosen = cookieOf(request.headers.cookie, LANGUAGE_COOKIE);
  return isLanguage(chosen) ? chosen : languageOf(request.headers['accept-language']);
}
