import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Answers are of no use to anybody but who asked, and to no other page. */
export function addPublicHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
    });
  });
}

const DIRECTIVES = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'font-src': "'self'",
  'frame-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};

/** The policy of private pages, for a route that needs another in some points: `reply.header('content-security-policy', …)`. */
export function contentPolicy(changes: Partial<Record<keyof typeof DIRECTIVES, string>> = {}): string {
  return Object.entries({ ...DIRECTIVES, ...changes })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

const POLICY = contentPolicy();
const YEAR_SECONDS = 31_536_000;

/** For pages that people work with. */
export function addPrivateHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => setPrivateHeaders(request, reply));
}

/** For one answer that no private route gives. */
export function setPrivateHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({
    'content-security-policy': POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    // Browsers then say where a form of ours comes from.
    'referrer-policy': 'same-origin',
  });
  if (request.protocol === 'https') void reply.header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
}
