import type { FastifyInstance } from 'fastify';

export interface SilenceLimits {
  /** From a connection's beginning to its first byte. */
  readonly requestMs: number;
  /** While a request is answered: as long as nothing moves in either direction, for instance since its reader reads no more. */
  readonly silentMs: number;
}

/**
 * Ends connections on which nothing happens, since there is room for so many and no more. Node's own bounds begin with the first byte of a
 * request and end with its last one; between two requests its `keepAliveTimeout` counts.
 */
export function endSilence({ server }: FastifyInstance, { requestMs, silentMs }: SilenceLimits): void {
  server.on('connection', (socket) => socket.setTimeout(requestMs));
  server.on('request', ({ socket }) => socket.setTimeout(silentMs));
}
