const SLOTS_AT_FIRST = 1 << 12;
/** A table that is fuller than this makes long runs of taken slots. */
const LOAD_MAX = 0.7;

/**
 * Remembers strings by a hash of 53 bits, in 8 bytes a slot, so that ten million addresses fit into 270 MB at the
 * most. Two of ten million different strings fall together with a probability of half a percent.
 */
export class SeenStrings {
  #slots = new Float64Array(SLOTS_AT_FIRST);
  #size = 0;
  readonly #sizeMax: number;

  /** @param sizeMax strings beyond this are no longer remembered, and `full` says so */
  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size >= this.#sizeMax;
  }

  /** True where the string is new. */
  add(text: string): boolean {
    const hash = hash53(text);
    const slot = findSlot(this.#slots, hash);
    if (this.#slots[slot] === hash) return false;
    if (this.full) return true;
    this.#slots[slot] = hash;
    this.#size += 1;
    if (this.#size > this.#slots.length * LOAD_MAX) this.#grow();
    return true;
  }

  clear(): void {
    this.#slots = new Float64Array(SLOTS_AT_FIRST);
    this.#size = 0;
  }

  #grow(): void {
    const larger = new Float64Array(this.#slots.length * 2);
    for (const hash of this.#slots) {
      if (hash !== 0) larger[findSlot(larger, hash)] = hash;
    }
    this.#slots = larger;
  }
}

/** The slot that holds the hash, or the empty one where it belongs. The number of slots is a power of two. */
function findSlot(slots: Float64Array, hash: number): number {
  const mask = slots.length - 1;
  // Bit operations see the lower 32 bits only, which are as evenly spread as the rest.
  let slot = hash & mask;
  while (slots[slot] !== 0 && slots[slot] !== hash) slot = (slot + 1) & mask;
  return slot;
}

/** 53 bits out of two multiplicative hashes of 32 ("cyrb53", public domain); never 0, which marks an empty slot. */
function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0) || 1;
}
