import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

export const WORKER_ROLES = ['plan', 'send', 'log', 'feedback'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

/** A name that no other process has or had. */
export function processName(): string {
  return `${hostLabel()}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** As metrics name this process: shorter, and the same for all its threads. */
export function workerLabel(): string {
  return `${hostLabel()}-${process.pid}`;
}

function hostLabel(): string {
  return hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 60);
}
