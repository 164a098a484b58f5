import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { ZodError, z } from 'zod';
import { messageOf } from '../../../src/core/fault.ts';
import { readBody } from '../../../src/sandbox/http.ts';
import { ApiError, invalid, notFound } from './api-error.ts';
import { Connections } from './connections.ts';
import type { FaultKind } from './faults.ts';
import { ROUTES } from './routes.ts';
import type { Store } from './store.ts';

const BODY_BYTES_MAX = 64 * 1024 * 1024;
const BASE = /^\/bigquery\/v2\/projects\/[^/]+(?<rest>\/.*)$/u;

/** The REST API as a server that does not listen yet. */
export function restServer(store: Store, pageRowsMax: number): Server {
  const server = createServer((request, response) => {
    void handle(store, pageRowsMax, request, response).catch(() => request.socket.destroy());
  });
  const connections = new Connections(store.faults);
  server.on('connection', (socket) => void connections.take(socket));
  return server;
}

async function handle(
  store: Store,
  pageRowsMax: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, BODY_BYTES_MAX);
  const url = new URL(request.url ?? '', 'http://localhost');
  const path = BASE.exec(url.pathname)?.groups?.['rest'] ?? '';
  const found = ROUTES.find((route) => route.method === request.method && route.path.test(path));
  const fault = found ? store.faults.take(found.operation) : null;
  if (fault === 'silent') return;
  if (fault === 'resetBefore') return void request.socket.resetAndDestroy();
  const run = () => {
    const refusal = fault && refusalOf(fault);
    if (refusal) throw refusal;
    if (!found || !body) throw notFound(`${request.method} ${url.pathname}`);
    const at = (found.path.exec(path) ?? []).slice(1).map(decodeURIComponent);
    const etag = request.headers['if-match'];
    const asked = { store, at, search: url.searchParams, etag, pageRowsMax };
    return found.run({
      ...asked,
      body: parse(body, request.headers['content-encoding']),
      bytes: body.length,
    });
  };
  const { status, value } = await answer(run);
  if (fault === 'resetAfter') return void request.socket.resetAndDestroy();
  if (fault !== null && typeof fault === 'object' && 'slowMs' in fault) await sleep(fault.slowMs);
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(value));
}

async function answer(run: () => unknown): Promise<{ status: number; value: unknown }> {
  try {
    return { status: 200, value: await run() };
  } catch (error) {
    const known = error instanceof ApiError ? error : asApiError(error);
    return { status: known.status, value: known.body() };
  }
}

/** A body that isn't as it should be is the client's fault; anything else is one of the fake's own. */
function asApiError(error: unknown): ApiError {
  if (error instanceof ZodError) return invalid(z.prettifyError(error));
  return new ApiError(500, 'internalError', `The fake failed: ${messageOf(error)}`);
}

function parse(body: Buffer, encoding: string | undefined): unknown {
  const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString();
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new ApiError(400, 'parseError', 'Parse Error');
  }
}

function refusalOf(fault: FaultKind): ApiError | null {
  switch (fault) {
    case 'unavailable':
      return new ApiError(503, 'backendError', 'Visibility check was unavailable. Please retry the request');
    case 'tooManyRequests':
      return new ApiError(429, 'rateLimitExceeded', 'Exceeded rate limits: too many api requests per user.');
    case 'rateLimitExceeded':
      return new ApiError(
        403,
        'rateLimitExceeded',
        'Exceeded rate limits: too many table update operations.',
      );
    case 'quotaExceeded':
      return new ApiError(403, 'quotaExceeded', 'Quota exceeded: Your project exceeded quota.');
    default:
      return null;
  }
}
