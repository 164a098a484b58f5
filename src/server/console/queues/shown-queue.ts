import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { JobStatus } from '@bull-board/api/typings/app';
import { Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { Fault } from '../../../core/fault.ts';
import { type StoredJob, shownJob } from './shown-job.ts';

/** Data of more bytes is counted and not read: a campaign may bring ten thousand recipients, and the board looks every few seconds. */
const DATA_BYTES_MAX = 65_536;

/** The fields of a job's hash, as BullMQ names them, and as StoredJob does. */
const FIELDS = {
  name: 'name',
  opts: 'opts',
  progress: 'progress',
  failedReason: 'failedReason',
  stacktrace: 'stacktrace',
  timestamp: 'timestamp',
  processedOn: 'processedOn',
  finishedOn: 'finishedOn',
  delay: 'delay',
  priority: 'priority',
  attemptsMade: 'atm',
  attemptsStarted: 'ats',
  stalledCounter: 'stc',
} as const satisfies Partial<Record<keyof StoredJob, string>>;

/** A queue that Bull Board can look at and not change, and of whose jobs it never sees an address or a mail (`shown-job.ts`). */
export class ShownQueue extends BullMQAdapter {
  readonly #queue: Queue;
  readonly #redis: Redis;

  constructor(queue: Queue, redis: Redis, description: string) {
    super(queue, { readOnlyMode: true, allowRetries: false, description });
    this.#queue = queue;
    this.#redis = redis;
  }

  /** Only by an id that may be shown. */
  override async getJob(id: string): Promise<Job | undefined> {
    const job = await this.#looked(id);
    return job?.id === id ? job : undefined;
  }

  override async getJobs(statuses: JobStatus[], start?: number, end?: number): Promise<Job[]> {
    const states = statuses.filter((status) => status !== 'paused');
    const ids = await this.#queue.getRanges(states, start, end);
    const jobs = await Promise.all([...new Set(ids)].map((id) => this.#looked(id)));
    return jobs.filter((job) => job !== undefined);
  }

  /** Sluice's workers write none; whoever else does may write anything. */
  override async getJobLogs(): Promise<string[]> {
    return [];
  }

  /** Sluice has none. */
  override async getJobSchedulers(): Promise<[]> {
    return [];
  }

  override async getJobSchedulersCount(): Promise<number> {
    return 0;
  }

  /** A flow would bring jobs as they are; Sluice has none. */
  override async getFlowProducer(): Promise<null> {
    return null;
  }

  override addJob(): Promise<never> {
    return refuse();
  }

  override clean(): Promise<never> {
    return refuse();
  }

  override empty(): Promise<never> {
    return refuse();
  }

  override obliterate(): Promise<never> {
    return refuse();
  }

  override pause(): Promise<never> {
    return refuse();
  }

  override promoteAll(): Promise<never> {
    return refuse();
  }

  override resume(): Promise<never> {
    return refuse();
  }

  async #looked(id: string): Promise<Job | undefined> {
    const stored = await this.#stored(id);
    if (stored === null) return undefined;
    const { data, stacktrace, finishedOn, processedOn, ...shown } = shownJob(stored);
    return Job.fromJSON(this.#queue, {
      ...shown,
      data: JSON.stringify(data),
      stacktrace: JSON.stringify(stacktrace),
      returnvalue: 'null',
      ...(finishedOn === null ? {} : { finishedOn }),
      ...(processedOn === null ? {} : { processedOn }),
    });
  }

  async #stored(id: string): Promise<StoredJob | null> {
    const key = this.#queue.toKey(id);
    const [values, bytes] = await Promise.all([
      this.#redis.hmget(key, ...Object.values(FIELDS)),
      this.#redis.hstrlen(key, 'data'),
    ]);
    if (values.every((value) => value === null)) return null;
    const data = bytes > 0 && bytes <= DATA_BYTES_MAX ? await this.#redis.hget(key, 'data') : null;
    const of = (field: keyof typeof FIELDS) => values[Object.keys(FIELDS).indexOf(field)] ?? null;
    return {
      id,
      data,
      dataBytes: bytes,
      name: of('name'),
      opts: of('opts'),
      progress: of('progress'),
      failedReason: of('failedReason'),
      stacktrace: of('stacktrace'),
      timestamp: of('timestamp'),
      processedOn: of('processedOn'),
      finishedOn: of('finishedOn'),
      delay: of('delay'),
      priority: of('priority'),
      attemptsMade: of('attemptsMade'),
      attemptsStarted: of('attemptsStarted'),
      stalledCounter: of('stalledCounter'),
    };
  }
}

async function refuse(): Promise<never> {
  throw new Fault('BOARD_READ_ONLY', 'the board of the queues only looks');
}
