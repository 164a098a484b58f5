import { isAscii, isUtf8 } from 'node:buffer';
import { type Bytes, slice } from './bytes.ts';
import { type Encoding, isUtf16 } from './encoding.ts';
import { AudienceFault } from './fault.ts';
import { guessEncoding } from './guess.ts';
import { lineAt } from './line.ts';
import { decoded, utf8Pieces, utf8Text } from './text.ts';
import { contradiction, toldEncoding } from './told-encoding.ts';
import { AMBIGUOUS, OR_SAVE_AS_UTF8 } from './wrong-byte.ts';

/** It gives nothing, now and then, so that whoever waits for the result can show a sign of life, or stop. */
export type Review<T> = AsyncGenerator<readonly never[], T>;

/** Dozens of rows, or the names of very many columns. */
const START_BYTES = 4 * 1024;
/** From the first character that is not ASCII on: hundreds of names. */
const SAMPLE_BYTES = 64 * 1024;
/** Some 200,000 rows: what of a list is not ASCII has come by then. */
const REVIEWED_BYTES = 16 * 1024 * 1024;
/** Tenths of a second, or a few seconds on a slow disk. */
const BYTES_BETWEEN_SIGNS = 256 * 1024 * 1024;

/**
 * The encoding of a file, whose first 16 MB were read and are text in it: so a broken one stops a campaign before its
 * first mail. In UTF-8 that takes some 10 ms, and up to 100 ms packed or in another encoding. Whoever reads a longer file on meets
 * a byte that is wrong when it is reached, and before anything of its piece is given. A file that is plain ASCII so far is UTF-8.
 *
 * A byte order mark decides, or the name. Without either a file is UTF-8 if it can be: hardly any other text is by
 * accident. Otherwise its first part that is not ASCII must be plain (`guess.ts`), and the rest must agree. A name that
 * the bytes speak against is a fault too, since UTF-8 can often be read as something else.
 *
 * @param named as the campaign has it; undefined where the encoding is to be found
 * @throws AudienceFault AUDIENCE_ENCODING, AUDIENCE_FILE
 */
export async function* settledEncoding(
  bytes: Bytes,
  file: string,
  named: string | undefined,
): Review<Encoding> {
  try {
    return yield* namedOrFound(bytes, file, named);
  } catch (thrown) {
    // A packed file that is broken may have unpacked to anything; that it is broken comes out at its end.
    yield* passed(bytes());
    throw thrown;
  }
}

const LINE_FEED = 0x0a;

/** As much as is looked through, in whole lines; all of it where it is shorter. */
function beginning(bytes: Bytes): Bytes {
  return async function* begin() {
    let room = REVIEWED_BYTES;
    for await (const piece of bytes()) {
      room -= piece.length;
      if (room > 0) yield piece;
      else {
        // In every encoding but UTF-16 this byte is a line feed and nothing else.
        yield piece.subarray(0, piece.lastIndexOf(LINE_FEED) + 1);
        return;
      }
    }
  };
}

async function* namedOrFound(bytes: Bytes, file: string, named: string | undefined): Review<Encoding> {
  const told = toldEncoding(await slice(bytes, 0, START_BYTES), named);
  if (told.kind === 'problem') throw fault(file, told.problem);
  const start = beginning(bytes);
  if (told.kind === 'unknown') return yield* foundEncoding(start, file);
  if (!told.encoding.startsWith('utf-')) {
    const scan = yield* utf8Scan(start);
    if (scan.kind === 'utf-8') throw fault(file, contradiction(told.encoding, 'it is UTF-8'));
  }
  yield* readThrough(isUtf16(told.encoding) ? bytes : start, told.encoding, file);
  return told.encoding;
}

async function* foundEncoding(bytes: Bytes, file: string): Review<Encoding> {
  const scan = yield* utf8Scan(bytes);
  switch (scan.kind) {
    case 'ascii':
    case 'utf-8':
      return 'utf-8';
    case 'iso-2022-jp':
      throw fault(
        file,
        `this looks like ISO-2022-JP: set audience.encoding to iso-2022-jp${OR_SAVE_AS_UTF8}`,
      );
    case 'other': {
      const sample = await slice(bytes, Math.max(0, scan.beyondAscii - 1), SAMPLE_BYTES);
      const guess = guessEncoding(sample);
      if (guess === null) throw fault(file, AMBIGUOUS, await lineAt(bytes, scan.beyondAscii));
      yield* readThrough(bytes, guess, file);
      return guess;
    }
  }
}

type Utf8Scan =
  | { readonly kind: 'ascii' | 'iso-2022-jp' | 'utf-8' }
  /** Something in it is not UTF-8; the offset is that of the first character outside ASCII. */
  | { readonly kind: 'other'; readonly beyondAscii: number };

/** ESC $, which begins kanji in a text that is ASCII otherwise (RFC 1468). */
const KANJI_ESCAPE = '\x1B$';

async function* utf8Scan(bytes: Bytes): Review<Utf8Scan> {
  let offset = 0;
  let signAt = BYTES_BETWEEN_SIGNS;
  let beyondAscii: number | null = null;
  let escapes = false;
  for await (const piece of utf8Pieces(bytes)) {
    if (beyondAscii === null) {
      if (!isAscii(piece)) beyondAscii = offset + piece.findIndex((byte) => byte > 0x7f);
      escapes ||= piece.includes(KANJI_ESCAPE);
    }
    if (!isUtf8(piece)) return { kind: 'other', beyondAscii: beyondAscii ?? offset };
    offset += piece.length;
    if (offset < signAt) continue;
    signAt += BYTES_BETWEEN_SIGNS;
    yield [];
  }
  if (beyondAscii !== null) return { kind: 'utf-8' };
  return { kind: escapes ? 'iso-2022-jp' : 'ascii' };
}

async function* readThrough(bytes: Bytes, encoding: Encoding, file: string): Review<void> {
  if (encoding === 'utf-8') yield* passed(utf8Text(bytes, encoding, file)());
  else yield* passed(decoded(bytes, encoding, file));
}

/** Every piece is asked for, and none is kept. */
async function* passed(pieces: AsyncIterable<{ readonly length: number }>): Review<void> {
  let ahead = BYTES_BETWEEN_SIGNS;
  for await (const { length } of pieces) {
    ahead -= length;
    if (ahead > 0) continue;
    ahead = BYTES_BETWEEN_SIGNS;
    yield [];
  }
}

function fault(file: string, problem: string, line?: number): AudienceFault {
  return new AudienceFault('AUDIENCE_ENCODING', line === undefined ? { file } : { file, line }, problem);
}
