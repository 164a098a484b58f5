import type { FastifyInstance } from 'fastify';

/** A template reaches three or four levels down; what judges a body does it by recursion, and must not run out of stack. */
const LEVELS_MAX = 100;

/** JSON as Fastify reads it (without keys that would change prototypes), and not nested too deeply. */
export function addJsonParser(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (nestsDeeper(text, LEVELS_MAX)) done(new TooDeep());
    else void parse(request, text, done);
  });
}

/** Whether a text of JSON has more levels than that; of what is none it may say anything. */
export function nestsDeeper(text: string, levelsMax: number): boolean {
  let levels = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) at += code === BACKSLASH ? 1 : 0;
    else if (code === BRACKET.open || code === BRACE.open) levels += 1;
    else if (code === BRACKET.close || code === BRACE.close) levels -= 1;
    if (levels > levelsMax) return true;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = { open: 0x5b, close: 0x5d };
const BRACE = { open: 0x7b, close: 0x7d };

/** As Fastify's own errors: `problem.ts` says what the code means. */
class TooDeep extends Error {
  readonly statusCode = 400;
  readonly code = 'BODY_TOO_DEEP';

  constructor() {
    super('BODY_TOO_DEEP');
    this.name = 'TooDeep';
  }
}
