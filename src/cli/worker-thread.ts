import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/schema.ts';
import { Fault } from '../core/fault.ts';
import type { Service } from '../core/service.ts';
import type { SesPlace } from './wire.ts';
import type { WorkerRole } from './worker-card.ts';

/** What a thread is started with; all of it is plain data. */
export interface ThreadOrder {
  readonly config: Config;
  readonly redisUrl: string;
  readonly ses: SesPlace;
  readonly roles: readonly WorkerRole[];
  /** Coloured lines for a terminal: only the main thread knows whether it has one. */
  readonly pretty: boolean;
}

/**
 * Heaps of a thread. Young objects have three half-spaces of 16 MB: what is under way at a time fits several times, so that most of
 * it is garbage when the collector comes. The bound for old ones is far above what a worker needs, and has V8 collect at one and a
 * half times of what is alive; without it the heap grows to several times of that.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 1024 } as const;

/**
 * The roles of each thread: the bookkeeping before and after sending, with what SES says of it, and apart from that sending, which
 * leaves the events no time where both share one: the guard would hear of bounces when everybody has the mail. They stop in the
 * reverse order: what happened last is in the log when the process ends.
 */
const THREADS: readonly (readonly WorkerRole[])[] = [['plan', 'log', 'feedback'], ['send']];

/** Roles as threads of this process, none without a role. */
export function workerThreads(order: ThreadOrder): Service[] {
  return THREADS.map((roles) => roles.filter((role) => order.roles.includes(role)))
    .filter((roles) => roles.length > 0)
    .map((roles) => new WorkerThread({ ...order, roles }));
}

/**
 * Some roles of a worker in a thread of their own, with a connection of their own to Redis. One thread for all is busy with lists and
 * log lines when an answer of SES comes in, and leaves the other cores of a machine alone.
 *
 * A thread that fails, or ends by itself, ends the process: whoever supervises it starts it again, as ever.
 */
class WorkerThread implements Service {
  readonly #order: ThreadOrder;
  #thread: Worker | null = null;
  #ended: Promise<unknown> = Promise.resolve();
  #failure: Error | null = null;
  #isStarted = false;
  #isStopping = false;

  constructor(order: ThreadOrder) {
    this.#order = order;
  }

  /** Resolves when its roles are at work. */
  async start(): Promise<void> {
    if (this.#thread || this.#isStopping) return;
    // In the published package the neighbour is JavaScript, as this file is.
    const entry = new URL(`./worker-thread-entry${extname(import.meta.url)}`, import.meta.url);
    const thread = new Worker(entry, {
      workerData: this.#order,
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#thread = thread;
    this.#ended = new Promise((ended) => thread.once('exit', ended));
    const started = new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => {
        // Who waits for the start or the stop says what is wrong; else there is nobody but the process itself.
        this.#failure = error;
        if (this.#isStarted && !this.#isStopping) throw error;
        reject(error);
      };
      thread.once('message', () => {
        this.#isStarted = true;
        resolve();
      });
      thread.on('error', fail);
      thread.on('exit', () => {
        const roles = this.#order.roles.join(' and ');
        if (this.#isStopping) resolve();
        else fail(new Fault('WORKER_THREAD', `the thread of ${roles} ended by itself`));
      });
    });
    await started;
  }

  /** Resolves when what is in flight has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#thread?.postMessage('stop');
    await this.#ended;
    if (this.#failure && this.#isStarted) throw this.#failure;
  }
}
