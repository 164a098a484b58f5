import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../core/logger.ts';

export interface CrewOptions {
  /** The script and its arguments: what each process runs. */
  readonly script: string;
  readonly args: readonly string[];
  readonly processes: number;
  readonly logger: Logger;
  /** Milliseconds before a process that ended is started again; for tests. */
  readonly restartMs?: number;
}

/** A process that ends at once would be started over and over: the wait doubles up to this. */
const RESTART_MS_MAX = 30_000;
const RESTART_MS = 1_000;
/** One that lived for so long ended for another reason than the one before it. */
const STEADY_MS = 60_000;

/**
 * Several processes with one parent, which starts one again where it ended by itself.
 *
 * They are told to stop by the end of their channel to the parent and by nothing else. So they stop as well when the parent
 * is killed, and Ctrl-C, which a terminal sends to all of them at once, stays their first signal.
 */
export class Crew {
  readonly #options: CrewOptions;
  readonly #stopping = new AbortController();
  readonly #members = new Set<ChildProcess>();
  readonly #places: Promise<void>[];

  constructor(options: CrewOptions) {
    this.#options = options;
    // Whoever leaves at once takes all with it: that is as safe as everything else that can happen to a worker.
    process.once('exit', () => {
      for (const member of this.#members) member.kill('SIGKILL');
    });
    this.#places = Array.from({ length: options.processes }, (_place, index) => this.#keep(index + 1));
  }

  /** Resolves when what each of them has in flight is finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const member of this.#members) if (member.connected) member.disconnect();
    await Promise.all(this.#places);
  }

  /** One place of the crew, never empty for long. */
  async #keep(place: number): Promise<void> {
    const { logger, restartMs = RESTART_MS } = this.#options;
    const { signal } = this.#stopping;
    let waitMs = restartMs;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const end = await this.#run();
      if (signal.aborted) return;
      waitMs = performance.now() - startedAt > STEADY_MS ? restartMs : waitMs;
      logger.error('a worker process ended by itself and is started again', { place, ...end, waitMs });
      await sleep(waitMs, undefined, { signal }).catch(() => {});
      waitMs = Math.min(waitMs * 2, RESTART_MS_MAX);
    }
  }

  #run(): Promise<Record<string, unknown>> {
    const { script, args } = this.#options;
    const member = fork(script, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#members.add(member);
    return new Promise((resolve) => {
      const gone = (end: Record<string, unknown>) => {
        this.#members.delete(member);
        resolve(end);
      };
      member.once('error', (error) => gone({ error: error.message }));
      member.once('exit', (code, signal) => gone({ code, signal }));
    });
  }
}

/** Resolves when the parent of a crew lets its members go, or is gone; never in a process without such a parent. */
export function untilLetGo(): Promise<void> {
  return new Promise((done) => {
    if (!process.channel) return;
    // It is not what keeps a member alive.
    process.channel.unref();
    process.once('disconnect', done);
  });
}
