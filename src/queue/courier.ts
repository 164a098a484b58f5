import type { JobsOptions, Queue, Telemetry } from 'bullmq';
import type { Redis } from 'ioredis';
import { Keys } from '../core/keys.ts';
import type { Campaign } from './campaign.ts';
import { decodeSections, type JobSection, jobsOf } from './job-groups.ts';
import {
  BATCH_JOB,
  BATCHES_QUEUE,
  batchJobId,
  CAMPAIGN_JOB,
  CAMPAIGNS_QUEUE,
  PLAN_JOB,
  planJobId,
} from './names.ts';
import { quiet } from './quiet-queue.ts';

/** What a job of the batches queue carries: no address. */
export interface BatchJob {
  readonly campaign: string;
  /** In order; the first gives the job its id. */
  readonly batches: readonly number[];
  /** Where it is one batch alone, for workers of a version that knows no other jobs. */
  readonly batch?: number;
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

/** Jobs added in one transaction: some 10 commands each, a millisecond of Redis's time in all. */
const BULK_JOBS_MAX = 100;

/**
 * Puts work on the queues. Everything here may be done twice: a job whose id exists is not added again, and a job
 * that runs twice finds in the ledger that nothing is left to do.
 */
export class Courier {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #telemetry: Telemetry | null;
  /** Opened when they are first needed, and BullMQ loaded with them: most commands put nothing on a queue. */
  readonly #queues = new Map<string, Promise<Queue>>();

  /** @param telemetry by which traces go on in whoever takes the jobs */
  constructor(redis: Redis, prefix: string, telemetry: Telemetry | null = null) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#telemetry = telemetry;
  }

  /** Hands a campaign in, as any BullMQ client may. */
  async campaign(campaign: Campaign): Promise<void> {
    const queue = await this.#queue(CAMPAIGNS_QUEUE);
    await queue.add(CAMPAIGN_JOB, campaign, {
      ...JOB,
      jobId: campaign.id,
      lifo: isUrgent(campaign.category),
    });
  }

  /** Lets a planner go on with a campaign that is known. */
  async plan(campaign: string, category: Campaign['category'], epoch: number): Promise<void> {
    const data: PlanJob = { campaign };
    const queue = await this.#queue(CAMPAIGNS_QUEUE);
    await queue.add(PLAN_JOB, data, {
      ...OWN,
      jobId: planJobId(campaign, epoch),
      lifo: isUrgent(category),
    });
  }

  /** Brings batches back, with those that they share a job with: what is settled is passed over. */
  async batches(campaign: string, category: Campaign['category'], batches: readonly number[]): Promise<void> {
    if (batches.length === 0) return;
    const sections = await this.#redis.hget(new Keys(this.#prefix).campaign(campaign), 'jobs');
    await this.planned(campaign, category, decodeSections(sections ?? ''), batches);
  }

  /** As `batches`, for whoever knows which batches travel together. */
  async planned(
    campaign: string,
    category: Campaign['category'],
    sections: readonly JobSection[],
    batches: readonly number[],
  ): Promise<void> {
    const jobs = jobsOf(sections, batches);
    const queue = await this.#queue(BATCHES_QUEUE);
    for (let from = 0; from < jobs.length; from += BULK_JOBS_MAX) {
      await queue.addBulk(
        jobs.slice(from, from + BULK_JOBS_MAX).map((job) => ({
          name: BATCH_JOB,
          data: batchJob(campaign, job),
          opts: { ...OWN, jobId: batchJobId(campaign, job[0] ?? 0), priority: priorityOf(category) },
        })),
      );
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#queues.values()].map(async (opening) => (await opening.catch(() => null))?.close()),
    );
  }

  #queue(name: string): Promise<Queue> {
    const known = this.#queues.get(name);
    if (known) return known;
    const opening = this.#open(name);
    this.#queues.set(name, opening);
    // What could not be loaded is tried anew.
    opening.catch(() => this.#queues.delete(name));
    return opening;
  }

  async #open(name: string): Promise<Queue> {
    const { Queue: Opened } = await import('bullmq');
    const telemetry = this.#telemetry;
    const queue = new Opened(name, {
      connection: this.#redis,
      prefix: this.#prefix,
      ...(telemetry ? { telemetry } : {}),
    });
    return quiet(queue);
  }
}

/** Transactional mail goes to the head of its queue: somebody waits for it. */
function isUrgent(category: Campaign['category']): boolean {
  return category === 'transactional';
}

/**
 * BullMQ takes jobs without a priority first, in their order, and then those with one, in theirs. `lifo` would turn the
 * order of urgent jobs round, and leave the first of a long campaign for its end.
 */
function priorityOf(category: Campaign['category']): number {
  return isUrgent(category) ? 0 : 1;
}

function batchJob(campaign: string, batches: readonly number[]): BatchJob {
  const [batch = 0] = batches;
  return { campaign, batches, ...(batches.length === 1 ? { batch } : {}) };
}
