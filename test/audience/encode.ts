/** Encodings that lists are written in here. `utf-8-bom` is UTF-8 with its mark; those of UTF-16 have theirs. */
export type WrittenEncoding = 'utf-8' | 'utf-8-bom' | 'shift_jis' | 'windows-1252' | 'utf-16le' | 'utf-16be';

const MARK = '\uFEFF';

/** @throws Error where the encoding has no such character */
export function encode(text: string, encoding: WrittenEncoding): Buffer {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-8-bom':
      return Buffer.from(MARK + text);
    case 'utf-16le':
      return Buffer.from(MARK + text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(MARK + text, 'utf16le').swap16();
    case 'shift_jis':
    case 'windows-1252':
      return Buffer.concat(Array.from(text, (character) => bytesOf(character, tableOf(encoding))));
  }
}

type Table = ReadonlyMap<string, Buffer>;

function bytesOf(character: string, table: Table): Buffer {
  const bytes = table.get(character);
  if (!bytes) throw new Error(`no ${character} here`);
  return bytes;
}

const tables = new Map<string, Table>();

/** What can be written in several ways is written as Windows does: the last ones are IBM's. */
function tableOf(encoding: 'shift_jis' | 'windows-1252'): Table {
  const known = tables.get(encoding);
  if (known) return known;
  const singles = range(0, 0xff).map((byte) => [byte]);
  const pairs = range(0x81, 0xfc).flatMap((first) => range(0x40, 0xfc).map((second) => [first, second]));
  const table = inverse(encoding, encoding === 'shift_jis' ? [...singles, ...pairs] : singles);
  tables.set(encoding, table);
  return table;
}

function inverse(encoding: string, sequences: readonly number[][]): Table {
  const decoder = new TextDecoder(encoding);
  return new Map(
    sequences.flatMap((sequence): [string, Buffer][] => {
      const bytes = Buffer.from(sequence);
      const character = decoder.decode(bytes);
      return character.length === 1 && character !== '\uFFFD' ? [[character, bytes]] : [];
    }),
  );
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
