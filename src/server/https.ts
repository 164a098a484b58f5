import type { FastifyRequest } from 'fastify';

/** By https, as a proxy that is trusted says, or under the name of an https SLUICE_PUBLIC_URL, whose proxy may say nothing. */
export function isHttps(
  request: Pick<FastifyRequest, 'protocol' | 'headers' | 'host'>,
  publicUrl: string | null,
): boolean {
  if (request.protocol === 'https') return true;
  const url = publicUrl === null ? null : new URL(publicUrl);
  return url?.protocol === 'https:' && (request.headers.host === url.host || request.host === url.host);
}
