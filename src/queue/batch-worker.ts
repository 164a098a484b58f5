import { DelayedError, type Job, type Telemetry, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import { type Meter, NO_METER } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import type { Deliverer } from '../send/deliver.ts';
import type { Campaigns } from './campaigns.ts';
import { JOB_BATCHES_MAX } from './job-groups.ts';
import type { Mailings, Sendable } from './mailings.ts';
import { BATCHES_QUEUE } from './names.ts';

export interface BatchWorkerParts {
  readonly redis: Redis;
  readonly prefix: string;
  readonly campaigns: Pick<Campaigns, 'hold'>;
  readonly mailings: Mailings;
  readonly deliverer: Deliverer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Jobs at a time. */
  readonly concurrency: number;
  readonly lockMs: number;
  readonly meter?: Meter;
  readonly telemetry?: Telemetry | undefined;
}

/** How long a batch that met a fault of ours waits before the next try. */
const RETRY_MS = 2_000;

/** Workers of an older version add jobs of one batch, and call it `batch`. */
const batchJobSchema = z
  .object({
    campaign: z.string(),
    batches: z.array(z.int().min(0)).min(1).max(JOB_BATCHES_MAX).optional(),
    batch: z.int().min(0).optional(),
  })
  .transform(({ campaign, batches, batch }) => ({ campaign, batches: batches ?? [batch ?? 0] }));

/** Takes batches off their queue and delivers them. The job is only a courier: what counts is in the ledger. */
export class BatchWorker implements Service {
  readonly #parts: BatchWorkerParts;
  readonly #stopping = new AbortController();
  #worker: Worker | null = null;

  constructor(parts: BatchWorkerParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#worker || this.#stopping.signal.aborted) return;
    const { redis, prefix, concurrency, lockMs, logger, telemetry } = this.#parts;
    const worker = new Worker(BATCHES_QUEUE, (job, token) => this.#work(job, token), {
      connection: redis,
      prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      ...(telemetry ? { telemetry } : {}),
    });
    worker.on('error', (error) => logger.warn('the batches queue', { error: messageOf(error) }));
    this.#worker = worker;
    await worker.waitUntilReady();
  }

  /** Calls in flight end and are settled; what waits for its turn goes back to the queue. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#worker?.close();
    this.#worker = null;
  }

  async #work(job: Job, token: string | undefined): Promise<void> {
    const { campaign, batches } = batchJobSchema.parse(job.data);
    const waitMs = await this.#deliver(campaign, batches);
    if (waitMs === null) return;
    await job.moveToDelayed(this.#parts.clock.now() + waitMs, token);
    throw new DelayedError();
  }

  /** Null where the job is done with; else how long until it is worth another try. */
  async #deliver(campaign: string, batches: readonly number[]): Promise<number | null> {
    const { mailings, logger } = this.#parts;
    try {
      const sendable = await mailings.of(campaign);
      if (!sendable) {
        logger.warn('batches of a campaign that is over, or that nobody knows', { campaign, batches });
        return null;
      }
      return await this.#inOrder(campaign, sendable, batches);
    } catch (thrown) {
      logger.error('batches met a fault and are tried again', {
        campaign,
        batches,
        error: messageOf(thrown),
      });
      this.#count('fault');
      return RETRY_MS;
    }
  }

  /** As `#deliver`. What an earlier run of the job has settled is passed over. */
  async #inOrder(
    campaign: string,
    { project, next }: Sendable,
    batches: readonly number[],
  ): Promise<number | null> {
    const { campaigns, deliverer, logger } = this.#parts;
    const end = await deliverer.deliver(campaign, batches, next, this.#stopping.signal);
    this.#count(end.kind);
    switch (end.kind) {
      case 'settled':
      case 'parked':
        return null;
      case 'later':
        return end.waitMs;
      case 'hold':
        if (await campaigns.hold(campaign, project, end.hold)) {
          logger.warn('a campaign is held', { campaign, code: end.hold.code, reason: end.hold.reason });
        }
        return null;
    }
  }

  #count(end: string): void {
    (this.#parts.meter ?? NO_METER).add('sluice_batch_jobs_total', { end });
  }
}
