import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';

/** A clock that a test sets. Its sleeps take real time. */
export class MovableClock implements Clock {
  #offsetMs = 0;

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Moves it ahead, or back where it is negative. */
  move(ms: number): void {
    this.#offsetMs += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await sleepFor(ms, undefined, signal ? { signal } : {}).catch(() => {});
  }
}
