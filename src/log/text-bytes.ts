/** Texts are encoded when so many characters have come together: a call for each line would cost more than its bytes. */
const TEXT_CHARS = 32 * 1024;
const BYTES_MIN = 256 * 1024;
/** UTF-8 takes at most three bytes a UTF-16 unit. */
const UNIT_BYTES_MAX = 3;

/** Text that grows by pieces, as UTF-8 bytes. What it has once needed it keeps, for the next text. */
export class TextBytes {
  #bytes = Buffer.allocUnsafeSlow(BYTES_MIN);
  #length = 0;
  #text = '';

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= TEXT_CHARS) this.#encode();
  }

  /** The bytes so far, and an empty text: they are good until the next `add`. */
  take(): Buffer {
    this.#encode();
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #encode(): void {
    const needed = this.#length + this.#text.length * UNIT_BYTES_MAX;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(this.#text, this.#length);
    this.#text = '';
  }
}
