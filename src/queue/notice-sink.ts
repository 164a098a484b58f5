import { hash } from 'node:crypto';
import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { LogRow } from '../log/event.ts';
import { type LogSink, NONE_REFUSED, type RefusedRow } from '../log/sink.ts';
import { NOTICE_JOB, NOTICES_QUEUE } from './names.ts';
import { type Notice, noticeOf } from './notice.ts';
import { quiet } from './quiet-queue.ts';

/**
 * Tries of a webhook, with waits that double from two seconds: ten hours in all, so that an outage of one night is
 * outlived.
 */
const ATTEMPTS = 15;
const RETRY_MS = 2_000;
/** A row can be shipped twice within a lock or two. Its notice is remembered for longer, so that it is sent once. */
const DONE: JobsOptions = {
  removeOnComplete: { age: 24 * 3600, count: 10_000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 1_000 },
};
/** A campaign that is held again and again for one reason (the log is behind, the day's quota) is one piece of news. */
const SAME_NEWS_MS = 15 * 60_000;

/**
 * Hands rows that somebody should hear of to the queue of notices. As a sink of the log it sees every row, and a row is gone
 * from Redis only after its notice is in the queue, so that none is lost, whatever dies.
 */
export class NoticeSink implements LogSink {
  readonly name = 'notices';
  readonly #queue: Queue;
  readonly #retryMs: number;

  /** @param retryMs wait before the second try */
  constructor(redis: Redis, prefix: string, retryMs = RETRY_MS) {
    this.#queue = quiet(new Queue(NOTICES_QUEUE, { connection: redis, prefix }));
    this.#retryMs = retryMs;
  }

  async write(rows: readonly LogRow[]): Promise<readonly RefusedRow[]> {
    const jobs = rows.flatMap((row) => {
      const notice = noticeOf(row);
      return notice ? [{ name: NOTICE_JOB, data: notice, opts: this.#optionsOf(row, notice) }] : [];
    });
    if (jobs.length > 0) await this.#queue.addBulk(jobs);
    return NONE_REFUSED;
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #optionsOf(row: LogRow, { type, data }: Notice): JobsOptions {
    return {
      ...DONE,
      jobId: `n-${hash('sha256', row.event_id, 'base64url').slice(0, 32)}`,
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: this.#retryMs },
      ...(type === 'campaign.held'
        ? { deduplication: { id: `${data.campaign}.${String(data.detail['code'])}`, ttl: SAME_NEWS_MS } }
        : {}),
    };
  }
}
