import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time comes in as an argument, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970 (UTC). */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, signal ? { signal } : {});
    } catch (thrown) {
      if (!signal?.aborted) throw thrown;
    }
  },
};
