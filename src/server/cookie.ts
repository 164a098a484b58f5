/**
 * The name of the session's cookie. With the prefix `__Host-` browsers take it only by https, from this very host and for all its paths
 * (RFC 6265bis, 4.1.3), so no other host of the domain and nobody on the way can put one of theirs in its place.
 */
export function sessionCookie(isHttps: boolean): string {
  return `${isHttps ? '__Host-' : ''}sluice_session`;
}

/** The value of a cookie; null where the request has none of that name. The first of several counts (RFC 6265, 5.4: the most specific). */
export function cookieOf(header: string | undefined, name: string): string | null {
  const pair = header?.split(';').find((each) => each.trimStart().startsWith(`${name}=`));
  return pair === undefined ? null : pair.slice(pair.indexOf('=') + 1).trim();
}

export interface CookieOptions {
  readonly maxAgeSeconds: number;
  /** Whether browsers may send it by https only. */
  readonly isSecure: boolean;
}

/** A cookie for all paths that scripts can't read and that no other site's page makes a browser send. */
export function setCookie(name: string, value: string, { maxAgeSeconds, isSecure }: CookieOptions): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
