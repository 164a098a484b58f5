import { type Bytes, slice } from './bytes.ts';
import { readHeader } from './header.ts';
import type { Cells } from './records.ts';

/**
 * What stands between the cells of a CSV file: a comma (RFC 4180); a semicolon where Excel runs in a country that writes
 * 1,5 for one and a half; a tab in what Excel calls "Unicode text".
 */
export type Separator = ',' | ';' | '\t';

/** Hundreds of columns. A header that is longer is looked at as far as that. */
const HEADER_BYTES_MAX = 64 * 1024;
const BY_PRECEDENCE: readonly Separator[] = [',', ';', '\t'];

/**
 * The first separator by which the header has a column with an address, or else the one by which it has the most
 * columns. The header decides alone: what the rows hold, anybody may have typed.
 */
export async function separatorOf(text: Bytes, emailColumn: string | undefined): Promise<Separator> {
  const header = firstRecord((await slice(text, 0, HEADER_BYTES_MAX)).toString());
  const candidates = BY_PRECEDENCE.map((separator) => ({ separator, cells: cellsOf(header, separator) }));
  const usable = candidates.find(({ cells }) => readHeader(cells, emailColumn).kind === 'header');
  const [widest] = candidates.toSorted((one, other) => other.cells.length - one.cells.length);
  return (usable ?? widest)?.separator ?? ',';
}

/** The text up to the first line break that stands in no quotes, without blank lines before it. */
function firstRecord(text: string): string {
  const start = text.trimStart();
  let quoted = false;
  for (let index = 0; index < start.length; index += 1) {
    const character = start[index];
    if (character === '"') quoted = !quoted;
    if (!quoted && (character === '\n' || character === '\r')) return start.slice(0, index);
  }
  return start;
}

/** Good enough to look for names: whether the quotes are right, the parser says. */
function cellsOf(record: string, separator: Separator): Cells {
  const cells: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index <= record.length; index += 1) {
    const character = record[index] ?? separator;
    if (character === '"') quoted = !quoted;
    if (character !== separator || (quoted && index < record.length)) continue;
    const cell = record.slice(start, index);
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    start = index + 1;
  }
  return cells;
}
