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
