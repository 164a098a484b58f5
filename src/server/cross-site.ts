import type { IncomingHttpHeaders } from 'node:http';

/**
 * Null where a request was not made by a page of another site; else what speaks against it. Programs are known by a header that pages
 * can't set for them (`Authorization`); this is for what a browser does by itself: send a cookie, or reach 127.0.0.1.
 *
 * - `Sec-Fetch-Site` is set by the browser alone, and is believed. Browsers leave it out for plain http to other machines.
 * - `Origin` must then be one of our own. Browsers send it with everything but GET and HEAD.
 * - Where neither is there no browser of the last years asks, but for a form it may be an old one: what a form can send (its three types,
 *   RFC 9110 and WHATWG HTML) must bring the CSRF token, whatever these headers say (`access.ts`).
 *
 * @param ownHosts under which names this server is asked, with their ports
 */
export function crossSite(headers: IncomingHttpHeaders, ownHosts: readonly string[]): string | null {
  const site = headers['sec-fetch-site'];
  if (site !== undefined)
    return site === 'same-origin' || site === 'none' ? null : 'it was made by a page of another site';
  const { origin } = headers;
  if (origin === undefined) return null;
  const host = URL.canParse(origin) ? new URL(origin).host : null;
  return host !== null && host !== '' && ownHosts.some((own) => hostOf(own) === host)
    ? null
    : 'its Origin is not that of this server';
}

/** As URL writes it: in small letters, and without the port that the scheme has anyway. */
function hostOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).host : host.toLowerCase();
}

/** Types that a form can send; without a type a body is nothing that a handler reads. */
export function isFormType(contentType: string | undefined): boolean {
  return /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i.test(
    contentType ?? '',
  );
}
