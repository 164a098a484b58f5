import type { Bytes } from './bytes.ts';
import { Decoder, type Encoding, encodingTitle, SHARED_LATIN } from './encoding.ts';
import { AudienceFault } from './fault.ts';
import { LineCounter } from './line.ts';

/** How else a list can come through, at the end of a problem. */
export const OR_SAVE_AS_UTF8 = ', or save the list as UTF-8 (in Excel "CSV UTF-8")';

/** Said of a line in a list that names no encoding. */
export const AMBIGUOUS: string =
  'this line is not UTF-8, and what else it is can only be guessed at: set audience.encoding to what it is, such as ' +
  `shift_jis, windows-1252 (Western Europe) or windows-1250 (Central Europe)${OR_SAVE_AS_UTF8}`;

/**
 * The fault for bytes that are no text in their encoding.
 * @param offset of the piece in which the first of them is, or of the end of the bytes
 */
export async function wrongByteFault(
  bytes: Bytes,
  encoding: Encoding,
  file: string,
  offset: number,
): Promise<AudienceFault> {
  const { line, byte } = await firstWrong(bytes, encoding, offset);
  const shown = `byte 0x${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  const problem =
    encoding === SHARED_LATIN
      ? AMBIGUOUS
      : `this line is not ${encodingTitle(encoding)} (${shown}): set audience.encoding to what it is${OR_SAVE_AS_UTF8}`;
  return new AudienceFault('AUDIENCE_ENCODING', { file, line }, problem);
}

/** What a character that began before the piece may have there: its bytes but for the last one. */
const BEFORE_BYTES = 3;

/**
 * The line on which the first character stands that is none, and its first byte. A decoder says only that something is
 * wrong, so that the bytes are read again, and given to it one by one from the piece in question on.
 */
async function firstWrong(
  bytes: Bytes,
  encoding: Encoding,
  offset: number,
): Promise<{ line: number; byte: number }> {
  const decoder = new Decoder(encoding);
  const lines = new LineCounter();
  let ahead = Math.max(0, offset - BEFORE_BYTES);
  let first: number | null = null;
  for await (const piece of bytes()) {
    const safe = Math.min(ahead, piece.length);
    lines.passAll(decoder.decode(piece.subarray(0, safe)));
    ahead -= safe;
    for (let index = safe; index < piece.length; index += 1) {
      first ??= piece[index] ?? 0;
      const character = decodedByte(decoder, piece.subarray(index, index + 1));
      if (character === null) return { line: lines.line, byte: first };
      if (character === '') continue;
      lines.passAll(character);
      first = null;
    }
  }
  return { line: lines.line, byte: first ?? 0 };
}

/** What is complete with this byte: often nothing yet. Null where it can't go on so. */
function decodedByte(decoder: Decoder, byte: Buffer): string | null {
  try {
    return decoder.decode(byte);
  } catch {
    return null;
  }
}
