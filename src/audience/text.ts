import { isUtf8 } from 'node:buffer';
import type { Bytes } from './bytes.ts';
import { Decoder, type Encoding } from './encoding.ts';
import type { AudienceFault } from './fault.ts';
import { wrongByteFault } from './wrong-byte.ts';

const MARK = '\uFEFF';
const UTF8_MARK = Buffer.from(MARK);

/**
 * The bytes as UTF-8, without a byte order mark. Whoever reads on may decode them piece by piece with no fear of
 * replacement characters, as long as it cuts between characters.
 *
 * @throws AudienceFault AUDIENCE_ENCODING at the line with the first wrong byte, before anything of its piece is given
 */
export function utf8Text(bytes: Bytes, encoding: Encoding, file: string): Bytes {
  if (encoding === 'utf-8') return () => checked(bytes, file);
  return async function* encode() {
    for await (const text of decoded(bytes, encoding, file)) yield Buffer.from(text);
  };
}

/** UTF-8 is looked at, and handed on as it is. */
async function* checked(bytes: Bytes, file: string): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const piece of utf8Pieces(bytes)) {
    if (!isUtf8(piece)) throw await wrongByteFault(bytes, 'utf-8', file, offset);
    // The mark is a character, so that it is never cut in two.
    const marked = offset === 0 && piece.subarray(0, UTF8_MARK.length).equals(UTF8_MARK);
    yield marked ? piece.subarray(UTF8_MARK.length) : piece;
    offset += piece.length;
  }
}

/** Longer texts are kept by the engine until it has to tidy up everything. */
const DECODED_BYTES = 32 * 1024;

/**
 * The text of bytes in any encoding, without a byte order mark.
 * @throws AudienceFault AUDIENCE_ENCODING, as `utf8Text` does
 */
export async function* decoded(bytes: Bytes, encoding: Encoding, file: string): AsyncGenerator<string> {
  const decoder = new Decoder(encoding);
  let offset = 0;
  let started = false;
  const faultHere = (): Promise<AudienceFault> => wrongByteFault(bytes, encoding, file, offset);
  for await (const piece of bytes()) {
    for (let start = 0; start < piece.length; start += DECODED_BYTES) {
      const part = piece.subarray(start, start + DECODED_BYTES);
      const text = await attempt(() => decoder.decode(part), faultHere);
      yield !started && text.startsWith(MARK) ? text.slice(MARK.length) : text;
      started ||= text !== '';
      offset += part.length;
    }
  }
  yield await attempt(() => decoder.end(), faultHere);
}

async function attempt<T>(act: () => T, faultHere: () => Promise<AudienceFault>): Promise<T> {
  try {
    return act();
  } catch {
    throw await faultHere();
  }
}

/** The same bytes, cut between characters where they are UTF-8; what is left at the end is none. */
export async function* utf8Pieces(bytes: Bytes): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const read of bytes()) {
    const piece = rest.length === 0 ? read : Buffer.concat([rest, read]);
    const length = wholeLength(piece);
    if (length > 0) yield piece.subarray(0, length);
    rest = Buffer.from(piece.subarray(length));
  }
  if (rest.length > 0) yield rest;
}

/** The longest character takes four bytes. */
const CUT_BYTES_MAX = 3;

/** The length of the piece without the character at its end that goes on in the next one. */
function wholeLength(piece: Buffer): number {
  for (let back = 1; back <= Math.min(CUT_BYTES_MAX, piece.length); back += 1) {
    const byte = piece[piece.length - back] ?? 0;
    if (byte >= 0xc0) return characterLength(byte) > back ? piece.length - back : piece.length;
    if (byte < 0x80) break;
  }
  return piece.length;
}

/** By the first byte of a character, where it needs more than one. */
function characterLength(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}
