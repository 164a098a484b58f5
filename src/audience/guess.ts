import { Decoder, type Encoding, SHARED_LATIN, SHARED_LATIN_LETTERS } from './encoding.ts';

/**
 * What a text is that is not UTF-8 all through, by its first part that is not ASCII; null where nobody can tell. A wrong
 * guess would put wrong names into mails, and asking costs a line in the campaign: so it must be plain.
 *
 * - `utf-8`, with something broken in it: most characters are right.
 * - `shared-latin`: nothing but a few letters, each in a word with letters of ASCII.
 * - `shift_jis`: it can be read as that, and looks Japanese (below).
 *
 * @param sample begins with the character before the first one outside ASCII, and may end within a character
 */
export function guessEncoding(sample: Buffer): Encoding | null {
  if (isMostlyUtf8(sample)) return 'utf-8';
  if (isSharedLatin(sample)) return SHARED_LATIN;
  return isJapanese(sample) ? 'shift_jis' : null;
}

const REPLACEMENT = 0xfffd;

function isMostlyUtf8(sample: Buffer): boolean {
  const text = new TextDecoder('utf-8').decode(sample, { stream: true });
  let right = 0;
  let wrong = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === REPLACEMENT) wrong += 1;
    else if (code > 0x7f) right += 1;
  }
  return right > wrong;
}

const LETTERS = SHARED_LATIN_LETTERS;
/**
 * Three such letters in a row, or one or two beside none of ASCII. `Müller`, `Groß` and `Höß` have no such thing, and a
 * Cyrillic or Greek text, which is made of the same bytes, hardly anything else.
 */
const STRANGE_TO_LATIN = new RegExp(
  `(?<![${LETTERS}])(?:[${LETTERS}]{3}|(?<![A-Za-z])[${LETTERS}]{1,2}(?![A-Za-z${LETTERS}]|$))`,
);

function isSharedLatin(sample: Buffer): boolean {
  const text = decodedSample(sample, SHARED_LATIN);
  return text !== null && !STRANGE_TO_LATIN.test(text);
}

/** Runs of characters of two bytes that touch no ASCII letter: most Japanese names are such, and hardly any in other texts. */
const WORD_SHAPE = /(?<![aCRh])[CR]{2,}(?![aCRh])/g;
/** Two names. */
const WORD_CHARACTERS_MIN = 4;

/**
 * Other texts can often be read as Shift_JIS: Chinese, Korean and EUC-JP come out as half-width kana and rare kanji,
 * Cyrillic likewise, and what Latin code pages have above ASCII as kanji between letters.
 */
function isJapanese(sample: Buffer): boolean {
  const isShiftJis = decodedSample(sample, 'shift_jis') !== null;
  if (!isShiftJis || decodedSample(sample, 'euc-jp') !== null) return false;
  const shape = shapeOf(sample);
  const words = (shape.match(WORD_SHAPE) ?? []).join('');
  const common = countOf('C', shape);
  const isPlain = countOf('C', words) * 2 >= common && common >= countOf('R', shape) * 2;
  return isPlain && words.length >= WORD_CHARACTERS_MIN;
}

/** First bytes of kana, punctuation and usual kanji (JIS level 1), but for a few rare ones; others begin with larger ones. */
const COMMON_FIRST_MAX = 0x98;

/**
 * A character for each of a text in Shift_JIS: `a` an ASCII letter, `.` another one of ASCII (and the letter of a JSON
 * escape), `h` half-width kana, `C` a common character of two bytes, `R` a rare one.
 */
function shapeOf(sample: Buffer): string {
  let shape = '';
  let escaped = false;
  for (let index = 0; index < sample.length; index += 1) {
    const byte = sample[index] ?? 0;
    if (byte < 0x80) {
      shape += isAsciiLetter(byte) && !escaped ? 'a' : '.';
    } else if (byte >= 0xa1 && byte <= 0xdf) {
      shape += 'h';
    } else {
      shape += byte <= COMMON_FIRST_MAX ? 'C' : 'R';
      index += 1;
    }
    escaped = byte === BACKSLASH;
  }
  return shape;
}

const BACKSLASH = 0x5c;

function countOf(character: string, text: string): number {
  return text.split(character).length - 1;
}

function isAsciiLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Null where it is no text in this encoding. It may end within a character. */
function decodedSample(sample: Buffer, encoding: Encoding): string | null {
  try {
    return new Decoder(encoding).decode(sample);
  } catch {
    return null;
  }
}
