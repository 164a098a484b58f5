/**
 * Columns that a text takes on a terminal. Wide and full-width characters (Unicode Standard Annex #11) and emoji take
 * two, marks on other characters none. What a reader sees as one character (Annex #29) is measured as one.
 */
export function width(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemesOf(text)) columns += graphemeWidth(segment);
  return columns;
}

/** As much of a text as fits, with an ellipsis in the place of what does not. */
export function truncate(text: string, columnsMax: number): string {
  if (width(text) <= columnsMax) return text;
  let kept = '';
  let columns = 1;
  for (const { segment } of graphemesOf(text)) {
    columns += graphemeWidth(segment);
    if (columns > columnsMax) break;
    kept += segment;
  }
  return columnsMax > 0 ? `${kept}…` : '';
}

/**
 * A text in lines of no more than so many columns, broken at blanks; a word that is longer stands alone, as it is.
 * @param first what the first line begins with; the others are indented as far
 */
export function wrapped(first: string, text: string, columnsMax: number): string[] {
  const indent = ' '.repeat(width(first));
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && width(line) + 1 + width(word) > columnsMax) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}

/**
 * A text as it can be shown in one line of a terminal. Data may hold anything: line feeds would break a table, escape
 * sequences steer the terminal, and marks that turn the direction show a text as another. The first two become
 * pictures (U+2400 and on), the last a replacement character.
 */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(CONTROL_PICTURES + code) : '\ufffd';
  });
}

const CONTROL_PICTURES = 0x2400;

/** Nearly every cell is, and needs no segmenter. */
const PLAIN = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | null = null;
let emoji: RegExp | null = null;

/** Made when it is first needed, as `isEmoji`'s: to load what Unicode has of them takes a tenth of a second, which most commands never need. */
function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function isEmoji(grapheme: string): boolean {
  emoji ??= new RegExp('^(\\p{RGI_Emoji}|\\p{Emoji_Presentation})', 'v');
  return emoji.test(grapheme);
}

/** The blocks of scripts that are written in squares; what is not assigned in them counts as the rest does. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
const INVISIBLE = /^[\p{Cc}\p{Cf}\p{Mn}\p{Me}\p{Zl}\p{Zp}]+$/u;
/** Voiced marks of half-width katakana belong to the character before them, and take a column of their own. */
const HALF_WIDTH_MARK = /(?!^)[\uff9e\uff9f]/g;

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  if (WIDE.test(grapheme) || isEmoji(grapheme)) return 2;
  return 1 + (grapheme.match(HALF_WIDTH_MARK)?.length ?? 0);
}
