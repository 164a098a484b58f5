import type { FastifyReply } from 'fastify';
import type { Page } from '../../desk/desk.ts';

/** A page, with the address of the next one in its header (RFC 8288). */
export function linked<T>(page: Page<T>, reply: FastifyReply): Page<T> {
  if (page.next === null) return page;
  const url = new URL(reply.request.url, 'http://localhost');
  url.searchParams.set('after', page.next);
  void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  return page;
}
