import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

export const WORKER_ROLES = ['plan', 'send', 'log', 'feedback'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

/** A name that no other process has or had. */
export function processName(): string {
  const host = hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 60);
  return `${host}-${process.pid}-${randomBytes(4).toString('hex')}`;
}
