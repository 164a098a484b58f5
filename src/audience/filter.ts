import { createHash, hash } from 'node:crypto';

/**
 * Remembers which addresses it has seen, in 13 to 16 bytes each, of which it holds 96 bits of SHA-256.
 *
 * Two addresses with the same 96 bits would make one of them a false duplicate. Among n addresses the odds are
 * n²/2⁹⁷: one in 10¹⁵ for ten million, one in 10¹¹ for a thousand million. Nobody can arrange it for somebody else,
 * since that takes an address with the same 96 bits as a given one (2⁹⁶ attempts).
 *
 * The keys lie in shards, each of which grows on its own, in small steps; so growing never doubles the memory, and
 * stops the process for a few milliseconds at most.
 */
export class DuplicateFilter {
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, (_, index) => new Shard(index));
  readonly #pending = new Uint32Array(KEY_WORDS * DIGEST_KEYS);
  readonly #digest = createHash('sha256');
  #pendingWords = 0;
  #size = 0;

  /**
   * @param normal an address in its normal form
   * @returns true where it is new
   */
  add(normal: string): boolean {
    const key = hash('sha256', normal, 'binary');
    const first = word(key, 0) || 1; // Zero means a free place.
    const second = word(key, 4);
    const third = word(key, 8);
    this.#record(first, second, third);
    const isNew = this.#shards[second % SHARDS]?.add(first, second, third) ?? false;
    if (isNew) this.#size += 1;
    return isNew;
  }

  /** Different addresses. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that the keys take, with the free places between them. */
  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.bytes, 0);
  }

  /**
   * A digest of everything that was added so far, in its order, duplicates too. A reader that starts again and adds the
   * same addresses comes to the same digest, in any process (on machines of the same byte order).
   */
  digest(): string {
    const pending = this.#pending.subarray(0, this.#pendingWords);
    return this.#digest.copy().update(pending).digest('base64url');
  }

  #record(first: number, second: number, third: number): void {
    this.#pending[this.#pendingWords] = first;
    this.#pending[this.#pendingWords + 1] = second;
    this.#pending[this.#pendingWords + 2] = third;
    this.#pendingWords += KEY_WORDS;
    if (this.#pendingWords < this.#pending.length) return;
    this.#digest.update(this.#pending);
    this.#pendingWords = 0;
  }
}

const KEY_WORDS = 3;
/** Keys that go into the digest at once: a call for each would cost more than the hashing, and `digest` hashes the rest. */
const DIGEST_KEYS = 128;
/** With ten million addresses a shard is half a megabyte. */
const SHARDS = 256;
/** Places in the first shard at the start. */
const PLACES_MIN = 16;
/** Above this, runs of taken places get long: a new key moves about 30 others here. */
const LOAD_MAX = 0.875;
/** After growing, seven in nine places are taken: 15.4 bytes an address. */
const GROWTH = 1.125;
/** Places behind the last one, for the run that ends there. At the highest load one in ten million is longer. */
const TAIL_PLACES = 64;

/** Four characters (a byte each) of a digest as an unsigned number. */
function word(key: string, at: number): number {
  const high = (key.charCodeAt(at) << 24) | (key.charCodeAt(at + 1) << 16);
  return (high | (key.charCodeAt(at + 2) << 8) | key.charCodeAt(at + 3)) >>> 0;
}

/**
 * An open-addressed table with linear probing, whose keys stand in the order of their first words (an ordered hash
 * table, Amble and Knuth 1974): a search for a new key ends at the first larger one, and growing is one walk through old and
 * new places from left to right. The last place is always free.
 */
class Shard {
  #words: Uint32Array;
  #places: number;
  #taken = 0;
  #growths: number;

  /** The shards begin with different sizes, so that they don't all grow at the same time. */
  constructor(index: number) {
    this.#growths = index / SHARDS;
    this.#places = placesAfter(this.#growths);
    this.#words = emptyTable(this.#places);
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  add(first: number, second: number, third: number): boolean {
    if (this.#taken >= this.#places * LOAD_MAX) this.#grow();
    const words = this.#words;
    let at = home(first, this.#places);
    for (let found = words[at] ?? 0; found !== 0 && found <= first; found = words[at] ?? 0) {
      if (found === first && words[at + 1] === second && words[at + 2] === third) return false;
      at += KEY_WORDS;
    }
    this.#insert(at, first, second, third);
    return true;
  }

  /** Moves the larger keys of the run one place on. */
  #insert(at: number, first: number, second: number, third: number): void {
    const words = this.#words;
    let free = at;
    while (words[free] !== 0) free += KEY_WORDS;
    if (free > at) words.copyWithin(at + KEY_WORDS, at, free);
    put(words, at, first, second, third);
    this.#taken += 1;
    if (free === words.length - KEY_WORDS) this.#grow();
  }

  #grow(): void {
    const old = this.#words;
    let end: number;
    do {
      this.#growths += 1;
      this.#places = placesAfter(this.#growths);
      this.#words = emptyTable(this.#places);
      end = copyInOrder(old, this.#words, this.#places);
    } while (end > this.#words.length - KEY_WORDS);
  }
}

/** Returns where the last key ends. */
function copyInOrder(from: Uint32Array, to: Uint32Array, places: number): number {
  let end = 0;
  for (let at = 0; at < from.length; at += KEY_WORDS) {
    const first = from[at] ?? 0;
    if (first === 0) continue;
    end = Math.max(end, home(first, places));
    put(to, end, first, from[at + 1] ?? 0, from[at + 2] ?? 0);
    end += KEY_WORDS;
  }
  return end;
}

function placesAfter(growths: number): number {
  return Math.ceil(PLACES_MIN * GROWTH ** growths);
}

function emptyTable(places: number): Uint32Array {
  return new Uint32Array((places + TAIL_PLACES) * KEY_WORDS);
}

/** Where the search for a key begins: never further left than for a smaller key. */
function home(first: number, places: number): number {
  return Math.floor((first * places) / 2 ** 32) * KEY_WORDS;
}

function put(words: Uint32Array, at: number, first: number, second: number, third: number): void {
  words[at] = first;
  words[at + 1] = second;
  words[at + 2] = third;
}
