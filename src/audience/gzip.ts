import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** How every gzip file begins (RFC 1952 2.3.1), and no text does. */
export const GZIP_MARK: Buffer = Buffer.from([0x1f, 0x8b]);

/**
 * What is inside a gzip stream, of one or several members. However much comes out of it, one piece is held at a time.
 * Zeros behind the end are padding; anything else there is an error, since it may be rows.
 */
export async function* unpacked(packed: Readable, pieceBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  // Whoever reads gets every error; this closes both ends when either of them ends, and when the reader stops early.
  pipeline(packed, gunzip, () => {});
  yield* gunzip;
}

/** What an error of `unpacked` means, by its code; undefined where it is none of its own. */
export function gzipProblem(code: string): string | undefined {
  if (code === 'Z_BUF_ERROR') return 'is a gzip file that ends too soon: was it copied as a whole?';
  return code.startsWith('Z_') ? 'is a broken gzip file' : undefined;
}
