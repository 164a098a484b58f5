import type { Cells } from './records.ts';
import type { Separator } from './separator.ts';

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
/** Longer texts are kept by the engine until it has to tidy up everything. */
const PART_BYTES = 32 * 1024;
/** A line may go on over so many bytes before the parser is asked whether that can be right. */
const REST_BYTES_MAX = 128 * 1024;

/**
 * Records of text in which no quote has come yet: there a record is a line, and a cell what stands between separators. That is so
 * for most lists, and takes a third of what a parser takes that is ready for quotes.
 */
export class PlainRecords {
  readonly #separator: Separator;
  /** The beginning of a line whose end has not come yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(separator: Separator) {
    this.#separator = separator;
  }

  /** What has come and is in no record yet. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** The records that end in this piece; null where it takes a parser, and then nothing of the piece was taken. */
  take(piece: Buffer): Cells[] | null {
    if (piece.includes(QUOTE) || this.#rest.length > REST_BYTES_MAX || piece.length > 2 * REST_BYTES_MAX)
      return null;
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const records: Cells[] = [];
    let start = 0;
    while (start < bytes.length) {
      const end = lineEnd(bytes, start);
      if (end < 0) break;
      this.#read(bytes.toString('utf8', start, end), records);
      start = end;
    }
    // The piece may be gone when the next one comes.
    this.#rest = Buffer.from(bytes.subarray(start));
    return records;
  }

  /** Whole lines. A line ends with CRLF, LF or CR. */
  #read(text: string, records: Cells[]): void {
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n');
    for (const line of lines) if (line !== '') records.push(line.split(this.#separator));
  }
}

/** Behind the last line feed of the next part; of the first one behind it, where the part has none. -1 where none comes. */
function lineEnd(bytes: Buffer, start: number): number {
  const last = bytes.lastIndexOf(LINE_FEED, Math.min(start + PART_BYTES, bytes.length) - 1);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(LINE_FEED, start);
  return next < 0 ? -1 : next + 1;
}
