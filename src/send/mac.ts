import { hash } from 'node:crypto';

const HASH_BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes, which cost a tenth of what `createHmac` does for so few bytes. Each
 * hash is over a padded key and what follows it. As text (`binary` is a character a byte) a hash comes three times
 * faster than as a Buffer.
 *
 * A message is put together where it is hashed, in `message`, so that nothing is copied.
 */
export class Mac {
  /** Room for one message after the other. Its tag may be written behind it. */
  readonly message: Buffer;
  private readonly tagBytes: number;
  private readonly inner: Buffer;
  private readonly outer: Buffer;

  /**
   * @param key at most 64 bytes
   * @param tagBytes how much of the HMAC is used
   * @param messageBytesMax the longest message that will come
   */
  constructor(key: Buffer, tagBytes: number, messageBytesMax: number) {
    this.tagBytes = tagBytes;
    this.inner = Buffer.alloc(HASH_BLOCK_BYTES + messageBytesMax + tagBytes, 0x36);
    this.outer = Buffer.alloc(HASH_BLOCK_BYTES + HASH_BYTES, 0x5c);
    for (const [at, byte] of key.entries()) {
      this.inner[at] = byte ^ 0x36;
      this.outer[at] = byte ^ 0x5c;
    }
    this.message = this.inner.subarray(HASH_BLOCK_BYTES);
  }

  /** The tag of what stands in the first bytes of `message`; a character a byte. */
  tag(bytes: number): string {
    const inner = hash('sha256', this.inner.subarray(0, HASH_BLOCK_BYTES + bytes), 'binary');
    this.outer.write(inner, HASH_BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, 'binary').slice(0, this.tagBytes);
  }
}
