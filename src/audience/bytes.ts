/** Bytes that can be read from their start any number of times. A piece may be gone when the next one is asked for. */
export type Bytes = () => AsyncIterable<Buffer>;

/** So many of them from an offset on; fewer where they end before. */
export async function slice(bytes: Bytes, offset: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let ahead = offset;
  let missing = length;
  for await (const piece of bytes()) {
    const part = piece.subarray(Math.min(ahead, piece.length)).subarray(0, missing);
    if (part.length > 0) parts.push(Buffer.from(part));
    ahead = Math.max(0, ahead - piece.length);
    missing -= part.length;
    if (missing === 0) break;
  }
  return Buffer.concat(parts);
}
