import { basename } from 'node:path';
import { Fault } from '../core/fault.ts';

/**
 * `AUDIENCE_FILE`: it can't be opened, read or unpacked. `AUDIENCE_ENCODING`: its bytes are not the text they should be,
 * or nobody can tell which text they are. `AUDIENCE_HEADER`: its columns can't be used. `AUDIENCE_SYNTAX`: it is no CSV or
 * NDJSON at some place. `AUDIENCE_RECORD_SIZE`: one of its records is too long. `AUDIENCE_QUERY`: BigQuery can't give it, or has
 * other rows than it should.
 */
export type AudienceFaultCode =
  | 'AUDIENCE_FILE'
  | 'AUDIENCE_ENCODING'
  | 'AUDIENCE_HEADER'
  | 'AUDIENCE_SYNTAX'
  | 'AUDIENCE_RECORD_SIZE'
  | 'AUDIENCE_QUERY';

/** A place in a list. */
export interface Place {
  /** Its path; for one in BigQuery the field of the campaign that names it. */
  readonly file: string;
  /** The line as an editor counts it, from 1, after unpacking: line breaks inside quotes count too. */
  readonly line?: number;
  /** CSV: the number of the cell in its row, from 1, as a spreadsheet counts columns. NDJSON: of the character in its line. */
  readonly column?: number;
}

/**
 * A list of recipients that can't be read, or not further than to some place. The message is one line of plain English
 * that begins with the place: `people.csv, line 3, column 2: …`.
 */
export class AudienceFault extends Fault {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;

  constructor(code: AudienceFaultCode, place: Place, problem: string, options?: { cause?: unknown }) {
    const line = place.line === undefined ? '' : `, line ${place.line}`;
    const column = place.column === undefined ? '' : `, column ${place.column}`;
    super(code, `${basename(place.file)}${line}${column}: ${problem}`, options);
    this.name = 'AudienceFault';
    this.file = place.file;
    this.line = place.line ?? null;
    this.column = place.column ?? null;
  }
}
