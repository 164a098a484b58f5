import { isPlainInJson } from './json-text.ts';

const BYTES_MIN = 64 * 1024;
/** UTF-8 takes at most three bytes a UTF-16 unit. */
const UNIT_BYTES_MAX = 3;
const ASCII = /^\p{ASCII}*$/u;

/**
 * JSON that is put together as bytes. What is ASCII is gathered and written at once; only what is not goes through UTF-8, by
 * itself: one Japanese name in a text of forty kilobytes would make all of it twice as large in memory, and several times as slow
 * to encode.
 *
 * What it has once needed of memory it keeps, for the next JSON.
 */
export class JsonBytes {
  #bytes = Buffer.allocUnsafeSlow(BYTES_MIN);
  #length = 0;
  #ascii = '';

  /** JSON as it is. @param json of ASCII */
  raw(json: string): void {
    this.#ascii += json;
  }

  /** A text as JSON. */
  text(text: string): void {
    if (isPlainInJson(text)) this.#ascii += `"${text}"`;
    else this.#any(JSON.stringify(text));
  }

  /** What stands between the quotes of a text that is part of JSON which is a text itself. */
  nested(text: string): void {
    if (isPlainInJson(text)) this.#ascii += text;
    else this.#any(JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1));
  }

  /** All of it behind these bytes, in a buffer of its own; and an empty JSON again. */
  takeBehind(head: Buffer): Buffer {
    this.#write(this.#ascii, 'latin1', 1);
    const all = Buffer.allocUnsafe(head.length + this.#length);
    head.copy(all);
    this.#bytes.copy(all, head.length, 0, this.#length);
    this.#length = 0;
    return all;
  }

  #any(json: string): void {
    if (ASCII.test(json)) {
      this.#ascii += json;
      return;
    }
    this.#write(this.#ascii, 'latin1', 1);
    this.#write(json, 'utf8', UNIT_BYTES_MAX);
  }

  #write(text: string, encoding: 'latin1' | 'utf8', unitBytesMax: number): void {
    const needed = this.#length + text.length * unitBytesMax;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length, encoding);
    if (encoding === 'latin1') this.#ascii = '';
  }
}
