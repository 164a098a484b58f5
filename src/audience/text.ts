import { isUtf8 } from 'node:buffer';
import { AudienceFault } from './fault.ts';
import type { Bytes } from './file.ts';

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * Bytes that are known to be UTF-8, without a byte order mark. Whoever reads on may decode them piece by piece with no
 * fear of replacement characters, as long as it cuts between characters.
 *
 * Decoding is a step of its own: another encoding comes out of a step like this one as UTF-8 too.
 *
 * @throws AudienceFault AUDIENCE_ENCODING at the line with the first wrong byte, before anything of its piece is given
 */
export function utf8Text(bytes: Bytes, file: string): Bytes {
  return async function* decode() {
    let offset = 0;
    let rest: Buffer = Buffer.alloc(0);
    for await (const read of bytes()) {
      const piece = rest.length === 0 ? read : Buffer.concat([rest, read]);
      const whole = piece.subarray(0, wholeLength(piece));
      if (!isUtf8(whole)) throw await encodingFault(bytes, file, offset, whole);
      // The mark is a character, so that it is never cut in two.
      const marked = offset === 0 && whole.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
      yield marked ? whole.subarray(BYTE_ORDER_MARK.length) : whole;
      offset += whole.length;
      rest = piece.subarray(whole.length);
    }
    if (rest.length > 0) throw await encodingFault(bytes, file, offset, rest);
  };
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

/** @param offset of the piece in all bytes */
async function encodingFault(
  bytes: Bytes,
  file: string,
  offset: number,
  piece: Buffer,
): Promise<AudienceFault> {
  const wrong = wrongByte(piece);
  const line = await lineAt(bytes, offset + wrong);
  const byte = (piece[wrong] ?? 0).toString(16).padStart(2, '0').toUpperCase();
  const problem = `this line is not UTF-8 (byte 0x${byte}): save the list as UTF-8 (in Excel "CSV UTF-8")`;
  return new AudienceFault('AUDIENCE_ENCODING', { file, line }, problem);
}

/** Where the first character begins that is none. */
function wrongByte(piece: Buffer): number {
  let right = 0;
  let wrong = piece.length;
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    const start = piece.subarray(0, middle);
    if (isUtf8(start.subarray(0, wholeLength(start)))) right = middle;
    else wrong = middle;
  }
  return wholeLength(piece.subarray(0, right));
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The line, from 1, on which the text at an offset stands; white space that begins there is skipped. It reads the text
 * again, so that nobody has to count lines as long as all is well.
 */
export async function lineAt(bytes: Bytes, offset: number): Promise<number> {
  let line = 1;
  let ahead = offset;
  let previous = 0;
  for await (const piece of bytes()) {
    for (let index = 0; index < piece.length; index += 1) {
      const byte = piece[index] ?? 0;
      if (index >= ahead && !isAsciiSpace(byte)) return line;
      if (byte === CARRIAGE_RETURN || (byte === LINE_FEED && previous !== CARRIAGE_RETURN)) line += 1;
      previous = byte;
    }
    ahead -= piece.length;
  }
  return line;
}

function isAsciiSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
