import type { Bytes } from './bytes.ts';
import { AudienceFault } from './fault.ts';
import { lineAt } from './line.ts';
import { RECORD_BYTES_MAX } from './records.ts';

/** Some lines in a row, without what ends them. */
export interface Lines {
  /** Where the first one begins in the text, in bytes. */
  readonly offset: number;
  readonly lines: readonly string[];
}

const LINE_FEED = 0x0a;

/**
 * The lines of a text, as many at a time as end in one piece of it; the last one needs no end. Only a line feed ends a line
 * here: a carriage return before it stays, which is white space in JSON.
 *
 * @param text in UTF-8
 * @throws AudienceFault AUDIENCE_RECORD_SIZE at a line that is too long
 */
export async function* textLines(text: Bytes, file: string): AsyncGenerator<Lines> {
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of text()) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = blockEnd(bytes, 0); end >= 0; end = blockEnd(bytes, start)) {
      yield { offset: offset + start, lines: bytes.toString('utf8', start, end).split('\n') };
      start = end + 1;
    }
    offset += start;
    rest = Buffer.from(bytes.subarray(start));
    if (rest.length > RECORD_BYTES_MAX) throw await sizeFault(text, file, offset);
  }
  if (rest.length > 0) yield { offset, lines: [rest.toString()] };
}

/** Longer texts are kept by the engine until it has to tidy up everything. */
const BLOCK_BYTES = 32 * 1024;

/** The last line feed within a block that begins there, or else the first one behind it; -1 where there is none. */
function blockEnd(bytes: Buffer, start: number): number {
  const end = bytes.lastIndexOf(LINE_FEED, start + BLOCK_BYTES - 1);
  return end >= start ? end : bytes.indexOf(LINE_FEED, start);
}

async function sizeFault(text: Bytes, file: string, offset: number): Promise<AudienceFault> {
  const line = await lineAt(text, offset);
  const problem = `this line is longer than ${RECORD_BYTES_MAX} bytes: does each row stand on a line of its own?`;
  return new AudienceFault('AUDIENCE_RECORD_SIZE', { file, line }, problem);
}
