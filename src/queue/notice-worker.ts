import { type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import { type Meter, NO_METER } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import { NOTICES_QUEUE } from './names.ts';
import type { Webhook } from './webhook.ts';

export interface NoticeWorkerParts {
  readonly redis: Redis;
  readonly prefix: string;
  readonly webhook: Pick<Webhook, 'post'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter?: Meter;
}

/** Messages on their way at a time: news is rare, and a receiver that is slow should not get a crowd. */
const CONCURRENCY = 2;

/** Sends notices to the webhook. One that fails is tried again by the queue, with longer and longer waits. */
export class NoticeWorker implements Service {
  readonly #parts: NoticeWorkerParts;
  #worker: Worker | null = null;

  constructor(parts: NoticeWorkerParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#worker) return;
    const { redis, prefix, logger } = this.#parts;
    this.#worker = new Worker(NOTICES_QUEUE, (job) => this.#send(job), {
      connection: redis,
      prefix,
      concurrency: CONCURRENCY,
    });
    this.#worker.on('error', (error) => logger.warn('the notices queue', { error: messageOf(error) }));
    await this.#worker.waitUntilReady();
  }

  async stop(): Promise<void> {
    await this.#worker?.close();
    this.#worker = null;
  }

  async #send(job: Job): Promise<void> {
    const { webhook, clock, logger, meter = NO_METER } = this.#parts;
    try {
      await webhook.post(job.id ?? '', clock.now(), job.data);
      meter.add('sluice_notices_total', { outcome: 'taken' });
    } catch (thrown) {
      const error = messageOf(thrown);
      logger.warn('a notice was not taken', { notice: job.id, tries: job.attemptsMade + 1, error });
      const isGone = thrown instanceof Fault && thrown.code === 'WEBHOOK_GONE';
      meter.add('sluice_notices_total', { outcome: isGone ? 'gone' : 'refused' });
      if (isGone) throw new UnrecoverableError(error);
      throw thrown;
    }
  }
}
