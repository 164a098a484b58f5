import { type JobType, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { BATCHES_QUEUE, CAMPAIGNS_QUEUE, NOTICES_QUEUE } from './names.ts';
import { quiet } from './quiet-queue.ts';

export interface JobCount {
  readonly queue: string;
  readonly state: string;
  readonly jobs: number;
}

const STATES = ['wait', 'prioritized', 'delayed', 'active', 'failed'] as const satisfies readonly JobType[];

/** How many jobs are in the queues. It keeps them open, since it is asked again and again. */
export class QueueCounts {
  readonly #queues: readonly Queue[];

  constructor(redis: Redis, prefix: string) {
    this.#queues = [CAMPAIGNS_QUEUE, BATCHES_QUEUE, NOTICES_QUEUE].map(
      // Without this BullMQ would write down its version.
      (name) => quiet(new Queue(name, { connection: redis, prefix, skipMetasUpdate: true })),
    );
  }

  async read(): Promise<JobCount[]> {
    const counts = await Promise.all(
      this.#queues.map(async (queue) => ({ queue, jobs: await queue.getJobCounts(...STATES) })),
    );
    return counts.flatMap(({ queue, jobs }) =>
      STATES.map((state) => ({ queue: queue.name, state, jobs: jobs[state] ?? 0 })),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }
}
