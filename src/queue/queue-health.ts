import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { BATCHES_QUEUE, CAMPAIGNS_QUEUE } from './names.ts';
import { quiet } from './quiet-queue.ts';

/** How a queue stands. */
export interface QueueHealth {
  readonly name: string;
  /** Jobs that wait for a worker, are at work, or wait for their time. */
  readonly live: number;
  readonly failed: number;
  /** Why the newest of them failed, in the words that the job keeps. May quote what was enqueued. */
  readonly newestFailure: string | null;
}

/** Looks at the two queues and changes nothing. */
export async function queueHealth(redis: Redis, prefix: string): Promise<QueueHealth[]> {
  return Promise.all([CAMPAIGNS_QUEUE, BATCHES_QUEUE].map((name) => healthOf(redis, prefix, name)));
}

async function healthOf(redis: Redis, prefix: string, name: string): Promise<QueueHealth> {
  // Without this BullMQ would write down its version.
  const queue = quiet(new Queue(name, { connection: redis, prefix, skipMetasUpdate: true }));
  try {
    const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized', 'failed');
    const [newest] = await queue.getFailed(0, 0);
    const { failed = 0, ...live } = counts;
    return {
      name,
      live: Object.values(live).reduce((sum, count) => sum + count, 0),
      failed,
      newestFailure: newest?.failedReason ?? null,
    };
  } finally {
    await queue.close();
  }
}
