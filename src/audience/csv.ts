import { AudienceFault } from './fault.ts';
import { type Bytes, fileBytes, fileFingerprint } from './file.ts';
import { type Header, readHeader } from './header.ts';
import { MergeData } from './merge-data.ts';
import { type Cells, csvRecords } from './records.ts';
import type { AudienceRow, AudienceSource } from './source.ts';
import { lineAt, utf8Text } from './text.ts';

/** A list in a CSV file, in UTF-8. */
export interface CsvAudience {
  readonly kind: 'csv';
  /** An absolute path. */
  readonly path: string;
  /** Name of the column with the address; found by its usual names where it is missing. */
  readonly emailColumn?: string | undefined;
}

/** Rows in a chunk, where they are not very long. */
const CHUNK_ROWS_MIN = 256;
const CHUNK_ROWS_MAX = 1_000;
/** Long rows are given after so many reads, however few they are: about a megabyte. */
const CHUNK_READS_MAX = 8;

/**
 * The first row names the columns, in any order. A row with fewer cells lacks the columns at its end; cells that are one
 * too many for the header, or below an empty name, are left out. Lines with nothing but white space are no rows; a row
 * of empty cells is one. What is wrong with the header comes out before any row.
 */
export function csvAudience(audience: CsvAudience): AudienceSource {
  const { path, emailColumn } = audience;
  return {
    rows: () => csvRows(utf8Text(fileBytes(path), path), path, emailColumn),
    fingerprint: () => fileFingerprint(path),
  };
}

async function* csvRows(
  text: Bytes,
  file: string,
  emailColumn: string | undefined,
): AsyncGenerator<AudienceRow[]> {
  let header: Header | null = null;
  let seq = 0;
  let reads = 0;
  let ready: AudienceRow[] = [];
  for await (const records of csvRecords(text, file)) {
    for (const cells of records) {
      if (isBlank(cells)) continue;
      if (header === null) {
        header = await headerOf(cells, emailColumn, text, file);
        continue;
      }
      seq += 1;
      ready.push({ seq, email: cells[header.email] ?? '', data: mergeData(header.names, cells) });
    }
    reads += 1;
    if (ready.length < CHUNK_ROWS_MIN && reads < CHUNK_READS_MAX) continue;
    yield* chunks(ready);
    ready = [];
    reads = 0;
  }
  if (header === null) {
    throw new AudienceFault(
      'AUDIENCE_HEADER',
      { file, line: 1 },
      'the file is empty: its first line must name the columns',
    );
  }
  yield* chunks(ready);
}

function* chunks(rows: AudienceRow[]): Generator<AudienceRow[]> {
  for (let start = 0; start < rows.length; start += CHUNK_ROWS_MAX)
    yield rows.slice(start, start + CHUNK_ROWS_MAX);
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
