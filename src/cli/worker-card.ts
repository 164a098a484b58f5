import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config/schema.ts';

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

/** What the settings lack for marketing mail; null where they lack nothing. */
export function marketingObstacle(config: Config): string | null {
  const { publicUrl, secrets } = config.unsubscribe;
  const missing = [
    ...(publicUrl === null ? ['SLUICE_PUBLIC_URL'] : []),
    ...(secrets.length === 0 ? ['SLUICE_SECRET'] : []),
  ];
  if (missing.length === 0) return null;
  return `marketing mail needs ${missing.join(' and ')} for its unsubscribe links: set it for the workers, then resume the campaign`;
}
