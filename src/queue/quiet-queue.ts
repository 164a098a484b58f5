import type { Queue } from 'bullmq';

/** That Redis is away is said by whoever owns the connection. Where nobody listens, BullMQ prints the error past the log. */
export function quiet<T extends Queue>(queue: T): T {
  queue.on('error', () => {});
  return queue;
}
