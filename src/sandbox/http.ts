import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SesError } from './error.ts';

/** What is sent back: JSON, or text that is passed on as it is. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export function json(value: unknown, status = 200): Reply {
  return { status, body: JSON.stringify(value) };
}

/** An exception as the SDK reads it: the name in the header, the message in the body. */
export function errorReply(error: SesError): Reply {
  return {
    status: error.status,
    headers: { 'x-amzn-errortype': error.name },
    body: JSON.stringify({ message: error.message }),
  };
}

/** The whole body, or null where it is larger than the bound. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > bytesMax) return null;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/**
 * @param nowMs the sandbox's clock, which the `Date` header shows: the SDK corrects its own by it
 */
export function writeReply(response: ServerResponse, reply: Reply, nowMs: number, keepAlive: boolean): void {
  const body = Buffer.from(reply.body);
  response.sendDate = false;
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    ...reply.headers,
    'content-length': body.length,
    date: new Date(nowMs).toUTCString(),
    ...(keepAlive ? {} : { connection: 'close' }),
  });
  response.end(body);
}
