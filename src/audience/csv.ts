import type { Bytes } from './bytes.ts';
import { AudienceFault } from './fault.ts';
import { type Header, readHeader } from './header.ts';
import { lineAt } from './line.ts';
import { type FileList, listAudience } from './list.ts';
import { MergeData } from './merge-data.ts';
import { type Cells, csvRecords } from './records.ts';
import { separatorOf } from './separator.ts';
import type { AudienceRow, AudienceSource } from './source.ts';

/** A list in CSV files. */
export interface CsvAudience extends FileList {
  readonly kind: 'csv';
  /** Name of the column with the address; found by its usual names where it is missing. */
  readonly emailColumn?: string | undefined;
}

/**
 * The first row of each file names its columns, in any order. A row with fewer cells lacks the columns at its end; cells
 * that are one too many for the header, or below an empty name, are left out. Lines with nothing but white space are no
 * rows; a row of empty cells is one. What is wrong with a header comes out before any row.
 */
export function csvAudience(audience: CsvAudience): AudienceSource {
  const { emailColumn } = audience;
  return listAudience(audience, (text, file, before) => csvRows(text, file, before, emailColumn));
}

/** @param before rows that came before these */
async function* csvRows(
  text: Bytes,
  file: string,
  before: number,
  emailColumn: string | undefined,
): AsyncGenerator<AudienceRow[]> {
  const separator = await separatorOf(text, emailColumn);
  let header: Header | null = null;
  let seq = before;
  for await (const records of csvRecords(text, file, separator)) {
    const rows: AudienceRow[] = [];
    for (const cells of records) {
      if (isBlank(cells)) continue;
      if (header === null) {
        header = await headerOf(cells, emailColumn, text, file);
        continue;
      }
      seq += 1;
      rows.push({ seq, email: cells[header.email] ?? '', data: mergeData(header.names, cells) });
    }
    yield rows;
  }
  if (header === null) {
    throw new AudienceFault(
      'AUDIENCE_HEADER',
      { file, line: 1 },
      'the file is empty: its first line must name the columns',
    );
  }
}

/** A line of spaces, which the parser takes for one cell. A quoted empty cell is an empty address, not a blank line. */
function isBlank(cells: Cells): boolean {
  const [only = ''] = cells;
  return cells.length === 1 && only !== '' && only.trim() === '';
}

async function headerOf(
  cells: Cells,
  emailColumn: string | undefined,
  text: Bytes,
  file: string,
): Promise<Header> {
  const header = readHeader(cells, emailColumn);
  if (header.kind === 'header') return header;
  const line = await lineAt(text, 0);
  const place = header.column === undefined ? { file, line } : { file, line, column: header.column };
  throw new AudienceFault('AUDIENCE_HEADER', place, header.problem);
}

/** The cells by name. Missing ones are absent, so that a mail can tell them from empty ones. */
function mergeData(names: readonly string[], cells: Cells): MergeData {
  const data = new MergeData();
  const known = Math.min(names.length, cells.length);
  for (let index = 0; index < known; index += 1) {
    const name = names[index] ?? '';
    if (name !== '') data[name] = cells[index];
  }
  return data;
}
