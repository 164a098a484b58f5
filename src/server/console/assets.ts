import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

interface Asset {
  readonly type: string;
  readonly content: Buffer;
  readonly hash: string;
}

const STYLE = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** Read once, when this is loaded: a handful of files, 90 KB together. */
const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['console.css', own('console.css', STYLE)],
  ['console.js', own('console.js', SCRIPT)],
  ['charts.js', own('charts.js', SCRIPT)],
  ['queues.css', own('queues.css', STYLE)],
  ['icon.svg', own('icon.svg', 'image/svg+xml')],
  ['uPlot.min.css', library('uplot/dist/uPlot.min.css', STYLE)],
  ['uPlot.iife.min.js', library('uplot/dist/uPlot.iife.min.js', SCRIPT)],
]);

/** Where a page finds a file. It changes with its content, so that browsers may keep it for ever. */
export function assetUrl(name: string): string {
  return `/assets/${ASSETS.get(name)?.hash ?? 'unknown'}/${name}`;
}

/** `/assets/<hash>/<name>`: files that are public in the package, and say nothing of who uses it. */
export async function assetRoutes(app: FastifyInstance): Promise<void> {
  app.get<{ Params: { hash: string; name: string } }>('/assets/:hash/:name', async (request, reply) => {
    const asset = ASSETS.get(request.params.name);
    if (!asset || asset.hash !== request.params.hash) return reply.callNotFound();
    return reply
      .type(asset.type)
      .header('cache-control', 'private, max-age=31536000, immutable')
      .header('etag', `"${asset.hash}"`)
      .send(asset.content);
  });
}

function own(name: string, type: string): Asset {
  return read(new URL(`./assets/${name}`, import.meta.url), type);
}

function library(specifier: string, type: string): Asset {
  return read(new URL(import.meta.resolve(specifier)), type);
}

function read(from: URL, type: string): Asset {
  const content = readFileSync(from);
  return { type, content, hash: createHash('sha256').update(content).digest('base64url').slice(0, 16) };
}
