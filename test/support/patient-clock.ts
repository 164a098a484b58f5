import type { Clock } from '../../src/core/clock.ts';

/** Its time passes only while somebody sleeps, and then at once. */
export class PatientClock implements Clock {
  readonly waits: number[] = [];
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  async sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    this.#nowMs += ms;
  }
}
