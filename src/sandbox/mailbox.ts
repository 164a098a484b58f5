import { json, type Reply } from './http.ts';
import type { MailStore, StoredMail } from './store.ts';

/*
 * What the sandbox shows of itself, besides SES's API:
 *
 *   GET /mails?after=0&limit=100&to=…&campaign=…   accepted mails, oldest first; the next page starts after the
 *                                                  last one's `seq`, and an empty page is the end
 *   GET /mails/<message id>                        one of them
 *   GET /failures                                  mails that were accepted and could not be rendered
 *   GET /stats                                     counters
 *   DELETE /mails                                  forgets mails and counters
 */

const PAGE_MAILS = 100;
const PAGE_MAILS_MAX = 1_000;
/** A page of large mails ends early, so that no answer takes too much memory. */
const PAGE_BYTES_MAX = 16 * 1024 * 1024;

/** The answer to a request that is not for the API; null where there is nothing at that path. */
export function readMailbox(store: MailStore, method: string, url: URL, callStats: object): Reply | null {
  const { pathname } = url;
  if (pathname === '/mails' && method === 'DELETE') {
    store.clear();
    return json({});
  }
  if (method !== 'GET') return null;
  if (pathname === '/mails') return page(store, url.searchParams);
  if (pathname === '/failures') return json(store.failures());
  if (pathname === '/stats') return json({ ...store.stats(), ...callStats });
  const id = /^\/mails\/([0-9a-f-]+)$/.exec(pathname)?.[1];
  const mail = id === undefined ? null : store.get(id);
  return mail && json(mail);
}

function page(store: MailStore, query: URLSearchParams): Reply {
  const after = wholeNumber(query.get('after'), 0);
  const limit = wholeNumber(query.get('limit'), PAGE_MAILS);
  if (after === null || limit === null || limit < 1 || limit > PAGE_MAILS_MAX) {
    return json({ message: `after and limit are whole numbers, limit from 1 to ${PAGE_MAILS_MAX}.` }, 400);
  }
  const to = query.get('to');
  const campaign = query.get('campaign');
  const mails = store.mails({
    after,
    limit,
    ...(to === null ? {} : { to }),
    ...(campaign === null ? {} : { campaign }),
  });
  return { status: 200, body: `[${firstOf(mails).join(',\n')}]` };
}

function firstOf(mails: Iterable<StoredMail>): string[] {
  const texts: string[] = [];
  let bytes = 0;
  for (const mail of mails) {
    const text = JSON.stringify(mail);
    texts.push(text);
    bytes += text.length;
    if (bytes >= PAGE_BYTES_MAX) break;
  }
  return texts;
}

function wholeNumber(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
