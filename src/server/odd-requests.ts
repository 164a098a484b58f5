import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PUBLIC_HEADERS } from './headers.ts';
import { sendProblem } from './problem.ts';

/**
 * Refuses what may be read in two ways, so that a proxy and this server never take it for different requests (RFC 9112, 3.2): more than
 * one Host, or the address of another host in the request's first line.
 */
export function refuseOddRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isOdd(request)) return sendProblem(reply, 400, 'Bad request', 'the request names more than one host');
  });
}

function isOdd({ raw }: FastifyRequest): boolean {
  const names = raw.rawHeaders.filter((_, at) => at % 2 === 0);
  if (names.filter((name) => name.toLowerCase() === 'host').length > 1) return true;
  const { url = '' } = raw;
  if (url.startsWith('/') || url === '*') return false;
  return !URL.canParse(url) || new URL(url).host !== hostOf(raw.headers.host ?? '');
}

/** As URL writes it. */
function hostOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).host : '';
}

/** Node's codes of what is no request, and the status that says so; for all others 400. */
const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The answer to what never became a request, as every other one. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const status = STATUS[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({ title, status });
  const headers = {
    ...PUBLIC_HEADERS,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': `${Buffer.byteLength(body)}`,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`);
  // Once it is written, and not when the other side closes as well.
  socket.destroySoon();
}

/** Whether an answer is on its way already, in whose middle another one would stand. Node looks there as well. */
function isAnswering(socket: Socket): boolean {
  const answer: unknown = Reflect.get(socket, '_httpMessage');
  return typeof answer === 'object' && answer !== null && Reflect.get(answer, 'headersSent') === true;
}
