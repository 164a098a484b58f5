import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Campaign } from './campaign.ts';
import {
  BATCH_JOB,
  BATCHES_QUEUE,
  batchJobId,
  CAMPAIGN_JOB,
  CAMPAIGNS_QUEUE,
  PLAN_JOB,
  planJobId,
} from './names.ts';

/** What a job of the batches queue carries: no address. */
export interface BatchJob {
  readonly campaign: string;
  readonly batch: number;
}

/** What a job of ours in the campaigns queue carries. */
export interface PlanJob {
  readonly campaign: string;
}

/**
 * Jobs disappear when they are done: the record is in the campaign's own keys, and an id can only be added again when
 * its job is gone. A campaign that could not be read stays, with the reason, for whoever enqueued it.
 */
const JOB: JobsOptions = { removeOnComplete: true, removeOnFail: { count: 1000 } };
/** BullMQ counts stalls for ever and fails a job that has stalled too often; the job is then brought back under its id. */
const OWN: JobsOptions = { removeOnComplete: true, removeOnFail: true };

/**
 * Puts work on the queues. Everything here may be done twice: a job whose id exists is not added again, and a job
 * that runs twice finds in the ledger that nothing is left to do.
 */
export class Courier {
  readonly #redis: Redis;
  readonly #prefix: string;
  /** Opened when they are first needed: most commands put nothing on a queue. */
  readonly #queues = new Map<string, Queue>();

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** Hands a campaign in, as any BullMQ client may. */
  async campaign(campaign: Campaign): Promise<void> {
    await this.#queue(CAMPAIGNS_QUEUE).add(CAMPAIGN_JOB, campaign, {
      ...JOB,
      jobId: campaign.id,
      lifo: isUrgent(campaign.category),
    });
  }

  /** Lets a planner go on with a campaign that is known. */
  async plan(campaign: string, category: Campaign['category'], epoch: number): Promise<void> {
    const data: PlanJob = { campaign };
    await this.#queue(CAMPAIGNS_QUEUE).add(PLAN_JOB, data, {
      ...OWN,
      jobId: planJobId(campaign, epoch),
      lifo: isUrgent(category),
    });
  }

  async batches(campaign: string, category: Campaign['category'], batches: readonly number[]): Promise<void> {
    if (batches.length === 0) return;
    await this.#queue(BATCHES_QUEUE).addBulk(
      batches.map((batch) => ({
        name: BATCH_JOB,
        data: { campaign, batch } satisfies BatchJob,
        opts: { ...OWN, jobId: batchJobId(campaign, batch), lifo: isUrgent(category) },
      })),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(name: string): Queue {
    const open = this.#queues.get(name) ?? new Queue(name, { connection: this.#redis, prefix: this.#prefix });
    this.#queues.set(name, open);
    return open;
  }
}

/** Transactional mail goes to the head of its queue: somebody waits for it. */
function isUrgent(category: Campaign['category']): boolean {
  return category === 'transactional';
}
