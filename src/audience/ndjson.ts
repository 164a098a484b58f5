import { addressColumn } from './address-column.ts';
import type { Bytes } from './bytes.ts';
import { AudienceFault } from './fault.ts';
import { type LineProblem, parseRow, problemOf } from './json-row.ts';
import { lineAt } from './line.ts';
import { type Lines, textLines } from './lines.ts';
import { type FileList, listAudience } from './list.ts';
import type { MergeData } from './merge-data.ts';
import type { AudienceRow, AudienceSource } from './source.ts';

/** A list in NDJSON files: a JSON object a line. */
export interface NdjsonAudience extends FileList {
  readonly kind: 'ndjson';
  /** The key of the address; found by its usual names where it is missing. */
  readonly emailColumn?: string | undefined;
}

/**
 * Each line is a row, and its keys are the columns; they may differ from row to row, and their values may be any JSON.
 * Lines with nothing but white space are no rows, and a file without rows is an empty one.
 *
 * The first row of a file that has a key for the address decides which one it is; a row without it has no address. So
 * a file without any is read up to its end before that comes out, and mails nobody until then.
 */
export function ndjsonAudience(audience: NdjsonAudience): AudienceSource {
  const { emailColumn } = audience;
  return listAudience(audience, (text, file, before) => ndjsonRows(text, file, before, emailColumn));
}

/** @param before rows that came before these */
async function* ndjsonRows(
  text: Bytes,
  file: string,
  before: number,
  emailColumn: string | undefined,
): AsyncGenerator<AudienceRow[]> {
  let key: string | null = null;
  /** The first row, while no key is found. */
  let missing: { readonly problem: string; readonly offset: number } | null = null;
  let seq = before;
  for await (const piece of textLines(text, file)) {
    const rows: AudienceRow[] = [];
    for (const [index, line] of piece.lines.entries()) {
      const data = parseRow(line);
      if (data === null) {
        if (line.trim() === '') continue;
        throw await faultAt(text, file, offsetOf(piece, index), 'AUDIENCE_SYNTAX', problemOf(line));
      }
      if (key === null) {
        const column = addressKey(data, emailColumn);
        if (column.kind === 'found') key = column.key;
        else if (column.kind === 'missing')
          missing ??= { problem: column.problem, offset: offsetOf(piece, index) };
        else throw await faultAt(text, file, offsetOf(piece, index), 'AUDIENCE_HEADER', column);
      }
      seq += 1;
      rows.push({ seq, email: key === null ? '' : addressOf(data[key]), data });
    }
    yield rows;
  }
  if (key === null && missing !== null)
    throw await faultAt(text, file, missing.offset, 'AUDIENCE_HEADER', missing);
}

type AddressKey =
  | { readonly kind: 'found'; readonly key: string }
  | { readonly kind: 'missing' | 'several'; readonly problem: string };

function addressKey(data: MergeData, emailColumn: string | undefined): AddressKey {
  const keys = Object.keys(data);
  const column = addressColumn(
    keys.map((key) => key.trim()),
    emailColumn?.trim(),
  );
  if (column.kind === 'found') return { kind: 'found', key: keys[column.index] ?? '' };
  return { kind: column.kind, problem: column.problem };
}

/** What is no text can be no address; it is shown as it stands where invalid addresses are counted. */
function addressOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** Where a line begins in the text. */
function offsetOf(piece: Lines, index: number): number {
  return piece.lines.slice(0, index).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, piece.offset);
}

async function faultAt(
  text: Bytes,
  file: string,
  offset: number,
  code: 'AUDIENCE_HEADER' | 'AUDIENCE_SYNTAX',
  { problem, column }: LineProblem,
): Promise<AudienceFault> {
  const line = await lineAt(text, offset);
  return new AudienceFault(code, column === undefined ? { file, line } : { file, line, column }, problem);
}
