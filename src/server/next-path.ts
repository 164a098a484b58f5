/** Any origin: it only has to come out again. */
const HERE = 'http://here.invalid';

/**
 * Where a sign-in leads: a path of this server, and `/` for everything else. URL reads it as browsers do, for whom `//evil.example`,
 * `/\evil.example` and `/<tab>/evil.example` are other sites.
 */
export function nextPath(wanted: string | null | undefined): string {
  if (wanted === null || wanted === undefined || !wanted.startsWith('/') || !URL.canParse(wanted, HERE))
    return '/';
  const { origin, pathname, search } = new URL(wanted, HERE);
  // `/.//evil.example` has such a path once its dots are gone.
  return origin !== HERE || pathname.startsWith('//') || pathname === '/sign-in'
    ? '/'
    : `${pathname}${search}`;
}
