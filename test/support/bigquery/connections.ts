import type { Server, Socket } from 'node:net';
import type { Faults } from './faults.ts';

/** The connections of one server, so that they can be cut: all of them in an outage, or one. */
export class Connections {
  readonly #open = new Set<Socket>();
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
    faults.onDown(() => this.resetAll());
  }

  /** False: it is the time of an outage, and the connection was reset. */
  take(socket: Socket): boolean {
    // Whoever is cut off hears of it; there is nothing to do about it here.
    socket.on('error', () => undefined);
    if (this.#faults.isDown()) {
      socket.resetAndDestroy();
      return false;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return true;
  }

  /** @param peer as gRPC names it, `127.0.0.1:54321` */
  reset(peer: string): void {
    for (const socket of this.#open) {
      if (peer.endsWith(`:${socket.remotePort}`)) socket.resetAndDestroy();
    }
  }

  resetAll(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }
}

/** Loopback, any free port. */
export function listenAnywhere(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}
