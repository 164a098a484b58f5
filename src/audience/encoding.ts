/**
 * What the bytes of a list mean: the name of an encoding as the WHATWG Encoding Standard has it, or `shared-latin`, which
 * is what Windows-1252 and its neighbours have in common.
 */
export type Encoding = string;

/**
 * The letters that stand at the same place in the code pages of Western, Central European, Turkish and Baltic Windows
 * (1252, 1250, 1254, 1257). A list with no others reads the same in each of them. Whoever has more must say which it is:
 * `ø` in one is `ř` in another.
 */
export const SHARED_LATIN = 'shared-latin';
export const SHARED_LATIN_LETTERS = 'ÄÉÓÖÜßäéóöü';

/** Usual names that the standard does not have. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['cp932', 'shift_jis'],
  ['windows-932', 'shift_jis'],
  ['utf-8-sig', 'utf-8'],
  ['utf16', 'utf-16le'],
  ['utf16le', 'utf-16le'],
  ['utf16be', 'utf-16be'],
  ['eucjp', 'euc-jp'],
]);

/**
 * The encoding of a name, in any case: those of the WHATWG Encoding Standard (`shift_jis`, `windows-31j` and `sjis` are
 * one, with Microsoft's characters in it) and a few usual ones; null where it is none.
 */
export function encodingOf(name: string): Encoding | null {
  const label = name.trim().toLowerCase();
  // Its characters are for private use: nobody's text.
  if (label === 'x-user-defined') return null;
  try {
    return new TextDecoder(ALIASES.get(label) ?? label).encoding;
  } catch {
    return null;
  }
}

/** Goes on after the field's name. */
export const UNKNOWN_ENCODING =
  'is no encoding that is known here; such are utf-8, shift_jis, utf-16le, windows-1252 and the others of the WHATWG Encoding Standard';

export function isUtf16(encoding: Encoding): boolean {
  return encoding === 'utf-16le' || encoding === 'utf-16be';
}

const TITLES: ReadonlyMap<Encoding, string> = new Map([
  ['shift_jis', 'Shift_JIS'],
  ['windows-1252', 'Windows-1252'],
]);

/** As a message calls it. */
export function encodingTitle(encoding: Encoding): string {
  return TITLES.get(encoding) ?? encoding.toUpperCase();
}

/** Decodes piece by piece, and throws at what is no text in its encoding. A byte order mark is a character to it. */
export class Decoder {
  readonly #decoder: InstanceType<typeof TextDecoder>;
  readonly #never: RegExp | null;

  constructor(encoding: Encoding) {
    const name = encoding === SHARED_LATIN ? 'windows-1252' : encoding;
    this.#decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
    this.#never = encoding === SHARED_LATIN ? NOT_SHARED : encoding.startsWith('utf-') ? null : CONTROLS;
  }

  decode(piece: Buffer): string {
    return this.#checked(this.#decoder.decode(piece, { stream: true }));
  }

  /** Nothing follows. */
  end(): string {
    return this.#checked(this.#decoder.decode());
  }

  #checked(text: string): string {
    if (this.#never?.test(text)) throw new RangeError('the bytes mean nothing in this encoding');
    return text;
  }
}

/**
 * The standard gives bytes without a character these controls, which no list has: they are the sign of another encoding
 * (in Shift_JIS the same bytes begin a character).
 */
const CONTROLS = /[\u0080-\u009F]/;
const NOT_SHARED = new RegExp(`[^\\u0000-\\u007F${SHARED_LATIN_LETTERS}]`);
