/** Buffers are made in sizes of this many bytes, so that most fit the next text as well. */
const STEP_BYTES = 64 * 1024;

/**
 * Buffers of some tens of kilobytes that are used for some tens of milliseconds, over and over: made anew each time they would be
 * memory outside of the heap that the collector has to be sent after.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];
  /** By the part that was given out. */
  readonly #whole = new WeakMap<Buffer, Buffer>();
  readonly #freeMax: number;

  /** @param freeMax buffers that are kept for later, at most */
  constructor(freeMax: number) {
    this.#freeMax = freeMax;
  }

  /** A buffer of exactly so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    const last = this.#free.pop();
    const whole =
      last && last.length >= bytes
        ? last
        : Buffer.allocUnsafeSlow(Math.ceil((bytes + 1) / STEP_BYTES) * STEP_BYTES);
    const part = whole.subarray(0, bytes);
    this.#whole.set(part, whole);
    return part;
  }

  /** Nobody reads it any more. One that is not given back is garbage, as any other. */
  give(part: Buffer): void {
    const whole = this.#whole.get(part);
    this.#whole.delete(part);
    if (whole && this.#free.length < this.#freeMax) this.#free.push(whole);
  }
}
