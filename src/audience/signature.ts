import type { Encoding } from './encoding.ts';
import { GZIP_MARK } from './gzip.ts';

/** The first bytes of what people save instead of a text. */
const FOREIGN: readonly (readonly [mark: Buffer, name: string])[] = [
  [Buffer.from('PK\x03\x04'), 'an Excel workbook or a ZIP archive'],
  [Buffer.from('d0cf11e0', 'hex'), 'an Excel workbook'],
  [Buffer.from('%PDF-'), 'a PDF document'],
  [GZIP_MARK, 'packed with gzip twice'],
  [Buffer.from('28b52ffd', 'hex'), 'packed with zstd'],
  [Buffer.from('fd377a585a00', 'hex'), 'packed with xz'],
  [Buffer.from('fffe0000', 'hex'), 'UTF-32'],
  [Buffer.from('0000feff', 'hex'), 'UTF-32'],
];

/** What a file is by its first bytes, where that is no list of any kind; null where it may be one. */
export function foreignFormat(start: Buffer): string | null {
  return nameAt(start, FOREIGN);
}

const MARKS: readonly (readonly [mark: Buffer, encoding: Encoding])[] = [
  [Buffer.from('efbbbf', 'hex'), 'utf-8'],
  [Buffer.from('fffe', 'hex'), 'utf-16le'],
  [Buffer.from('feff', 'hex'), 'utf-16be'],
];

/** The encoding that a byte order mark names; null where there is no mark. */
export function markedEncoding(start: Buffer): Encoding | null {
  return nameAt(start, MARKS);
}

function nameAt(start: Buffer, names: readonly (readonly [mark: Buffer, name: string])[]): string | null {
  return names.find(([mark]) => start.subarray(0, mark.length).equals(mark))?.[1] ?? null;
}

/** Every line of a list in UTF-16 has many zero bytes: in separators, digits, line breaks, the whole address. */
const ZEROS_SHARE_MIN = 1 / 16;
/** They are halves of characters, and stand nearly all on the same side. */
const SIDES_RATIO_MIN = 8;

/** Which UTF-16 it is, without a byte order mark, as far as its zero bytes tell; null where it looks like none. */
export function unmarkedUtf16(start: Buffer): 'utf-16le' | 'utf-16be' | null {
  const zeros = [0, 0];
  for (let index = 0; index < start.length; index += 1) {
    if (start[index] === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  }
  const [first = 0, second = 0] = zeros;
  if (Math.max(first, second) < start.length * ZEROS_SHARE_MIN) return null;
  if (second > first * SIDES_RATIO_MIN) return 'utf-16le';
  return first > second * SIDES_RATIO_MIN ? 'utf-16be' : null;
}
