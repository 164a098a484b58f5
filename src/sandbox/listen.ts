import type { Server } from 'node:http';
import { Fault } from '../core/fault.ts';

/** Loopback only: whoever reaches the sandbox can read its mails. */
export const HOST = '127.0.0.1';
/** Calls that are being answered when the sandbox closes get this long. */
const CLOSE_GRACE_MS = 2_000;

/** @throws Fault SANDBOX_LISTEN when the port cannot be had */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => {
      reject(
        new Fault('SANDBOX_LISTEN', `The sandbox cannot listen on port ${port}: ${cause.message}`, { cause }),
      );
    };
    server.once('error', fail);
    server.listen(port, HOST, () => {
      server.off('error', fail);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Lets the calls that are being answered end, but not for long. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
