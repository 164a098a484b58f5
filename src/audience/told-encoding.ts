import { type Encoding, encodingOf, encodingTitle, isUtf16, UNKNOWN_ENCODING } from './encoding.ts';
import { foreignFormat, markedEncoding, unmarkedUtf16 } from './signature.ts';
import { OR_SAVE_AS_UTF8 } from './wrong-byte.ts';

export type ToldEncoding =
  | { readonly kind: 'encoding'; readonly encoding: Encoding }
  | { readonly kind: 'unknown' }
  /** One clause in plain English. */
  | { readonly kind: 'problem'; readonly problem: string };

/**
 * What the campaign or the first bytes of a file say about its encoding. A byte order mark is certain. A name is believed
 * as far as the first bytes do not speak against it; of the two UTF-16 they tell which one it is.
 *
 * @param named as the campaign has it; undefined where it has none
 */
export function toldEncoding(start: Buffer, named: string | undefined): ToldEncoding {
  const foreign = foreignFormat(start);
  if (foreign !== null) return problem(`this file is ${foreign}: save the list as plain text in UTF-8`);
  if (named === undefined) return unnamed(start);
  const wanted = encodingOf(named);
  if (wanted === null) return problem(`audience.encoding ${UNKNOWN_ENCODING}`);
  const marked = markedEncoding(start);
  if (isUtf16(wanted)) {
    const found = marked ?? unmarkedUtf16(start) ?? (start.length === 0 ? wanted : null);
    return found !== null && isUtf16(found) ? encoding(found) : problem(contradiction(wanted));
  }
  return marked === null || marked === wanted
    ? encoding(wanted)
    : problem(contradiction(wanted, `it has the byte order mark of ${encodingTitle(marked)}`));
}

/** What to say where the bytes speak against the campaign. */
export function contradiction(named: Encoding, because?: string): string {
  const why = because === undefined ? '' : ` (${because})`;
  return `this file is not ${encodingTitle(named)}, as audience.encoding says${why}: leave audience.encoding out`;
}

function unnamed(start: Buffer): ToldEncoding {
  const marked = markedEncoding(start);
  if (marked !== null) return encoding(marked);
  const utf16 = unmarkedUtf16(start);
  if (utf16 === null) return { kind: 'unknown' };
  return problem(
    `this looks like UTF-16 without a byte order mark: set audience.encoding to ${utf16}${OR_SAVE_AS_UTF8}`,
  );
}

function encoding(found: Encoding): ToldEncoding {
  return { kind: 'encoding', encoding: found };
}

function problem(text: string): ToldEncoding {
  return { kind: 'problem', problem: text };
}
