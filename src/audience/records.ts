import { CsvError, Parser } from 'csv-parse';
import type { Bytes } from './bytes.ts';
import { AudienceFault, type AudienceFaultCode } from './fault.ts';
import { lineAt } from './line.ts';
import { PlainRecords } from './plain-records.ts';
import type { Separator } from './separator.ts';

/** The cells of one record. */
export type Cells = readonly string[];

/** Room for any real row; a quote that is left open ends here, and not in memory. */
export const RECORD_BYTES_MAX: number = 1024 * 1024;

/**
 * The records of a CSV text (RFC 4180, but for the separator), as many at a time as come out of one piece of it. A record ends with any of CRLF,
 * LF and CR, also within one file. Blank lines are no records. A record may have any number of cells.
 *
 * A piece with a fault gives none of its records: a short file is read as a whole or not at all.
 *
 * @throws AudienceFault AUDIENCE_SYNTAX or AUDIENCE_RECORD_SIZE at the cell in question
 */
export async function* csvRecords(
  text: Bytes,
  file: string,
  separator: Separator = ',',
): AsyncGenerator<readonly Cells[]> {
  const plain = new PlainRecords(separator);
  let read = 0;
  let parser: Collector | null = null;
  // Where the parser began to read: behind the last record without it.
  let parsedFrom = 0;
  try {
    let progressAt = 0;
    for await (const piece of text()) {
      const records = parser ? null : plain.take(piece);
      if (records) {
        read += piece.length;
        yield records;
        continue;
      }
      if (!parser) {
        // From the first quote on. The beginning of its line has come already.
        parser = new Collector(separator);
        parsedFrom = read - plain.rest.length;
        progressAt = parsedFrom;
        await write(parser, plain.rest);
      }
      await write(parser, piece);
      read += piece.length;
      if (parser.advanced()) progressAt = read;
      // Empty cells do not count for the parser's own bound.
      if (read - progressAt > RECORD_BYTES_MAX)
        throw new CsvError('CSV_MAX_RECORD_SIZE', 'too many empty cells');
      yield parser.collected();
    }
    if (!parser) {
      // The last line has no end, or an old one: whatever it is, the parser knows.
      parser = new Collector(separator);
      parsedFrom = read - plain.rest.length;
      await write(parser, plain.rest);
    }
    const last = parser;
    await settled((done) => last.end(done));
    yield parser.collected();
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    throw await syntaxFault(thrown, parsedFrom + (parser?.info.bytes ?? 0), text, file);
  } finally {
    parser?.destroy();
  }
}

function write(parser: Collector, piece: Buffer): Promise<void> {
  return settled((done) => parser.write(piece, done));
}

/** The parser as a function of pieces: a stream of single records would cost more than the parsing. */
class Collector extends Parser {
  #records: Cells[] = [];
  #seen = 0;

  constructor(separator: Separator) {
    super({
      delimiter: separator,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: RECORD_BYTES_MAX,
    });
    // Whoever waits for the write gets the error too; without a listener it would end the process.
    this.on('error', () => {});
  }

  /** What the parser does with each record. */
  override push(record: Cells | null): boolean {
    if (record === null) return super.push(null);
    this.#records.push(record);
    return true;
  }

  collected(): readonly Cells[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  /** Whether a record or a blank line has ended since the last call. */
  advanced(): boolean {
    const seen = this.info.records + this.info.empty_lines;
    const advanced = seen > this.#seen;
    this.#seen = seen;
    return advanced;
  }
}

function settled(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
}

const PROBLEMS: Readonly<Record<string, readonly [AudienceFaultCode, string]>> = {
  CSV_QUOTE_NOT_CLOSED: ['AUDIENCE_SYNTAX', 'the quote that opens this cell is never closed'],
  CSV_INVALID_CLOSING_QUOTE: [
    'AUDIENCE_SYNTAX',
    'text follows the quote that closes this cell (a quote inside a quoted cell is written twice)',
  ],
  INVALID_OPENING_QUOTE: [
    'AUDIENCE_SYNTAX',
    'a quote stands inside this cell, which does not begin with one (quote the whole cell, and write its quotes twice)',
  ],
  CSV_MAX_RECORD_SIZE: [
    'AUDIENCE_RECORD_SIZE',
    `this row is longer than ${RECORD_BYTES_MAX} bytes: is there a quote that is never closed?`,
  ],
};

/**
 * The place is where the cell begins in which the parser stopped: there a quote that was left open is found. The parser's
 * own error is left behind, since it carries what stands in the cell, and faults are logged.
 *
 * @param cellAt offset of the last thing that ended before that cell: a separator, or a record
 */
async function syntaxFault(
  thrown: CsvError,
  cellAt: number,
  text: Bytes,
  file: string,
): Promise<AudienceFault> {
  const [code, problem] = PROBLEMS[thrown.code] ?? ['AUDIENCE_SYNTAX', `this is no CSV (${thrown.code})`];
  const cell = thrown['column'];
  const first = typeof cell !== 'number' || cell === 0;
  const line = await lineAt(text, first ? cellAt : cellAt + 1);
  const place = typeof cell === 'number' ? { file, line, column: cell + 1 } : { file, line };
  return new AudienceFault(code, place, problem);
}
