import { createReadStream } from 'node:fs';
import type { Eraser, StoredRow } from './eraser.ts';

/** So much of a file is looked at in one step. */
const READ_BYTES = 1024 * 1024;

/** No row has so much. What has no line break for so long is no log, and goes on as it came. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

const LINE_BREAK = 0x0a;

/** A file in blocks of whole lines; the last one may end without a line break. */
export async function* lineBlocks(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: READ_BYTES });
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_BREAK) + 1;
    if (end > 0 || restBytes > LINE_BYTES_MAX) {
      yield Buffer.concat([...rest, chunk.subarray(0, end)]);
      rest = [];
      restBytes = 0;
    }
    rest.push(chunk.subarray(end));
    restBytes += chunk.length - end;
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}

export interface ErasedBlock {
  readonly rows: number;
  /** What is to be written in its place, in order. */
  readonly parts: readonly Buffer[];
}

/**
 * Takes a person out of lines. Lines in which the local part stands nowhere can't be about them, and are not even parsed: that
 * is nearly all. A local part is ASCII and nothing in it is escaped in JSON.
 */
export function erasedBlock(block: Buffer, eraser: Eraser): ErasedBlock {
  // A character a byte, so that places in the text are places in the block.
  const text = block.toString('latin1').toLowerCase();
  const parts: Buffer[] = [];
  let rows = 0;
  let done = 0;
  for (;;) {
    const at = nextNeedle(text, eraser.mention.needles, done);
    if (at < 0) break;
    const from = text.lastIndexOf('\n', at) + 1;
    const end = text.indexOf('\n', at);
    const to = end < 0 ? text.length : end;
    const line = block.toString('utf8', from, to);
    const after = erasedLine(line, eraser);
    if (after !== null) rows += 1;
    parts.push(block.subarray(done, from));
    parts.push(after === null ? block.subarray(from, to) : Buffer.from(after));
    done = to;
  }
  parts.push(block.subarray(done));
  return { rows, parts };
}

function nextNeedle(text: string, needles: readonly string[], from: number): number {
  const places = needles.map((needle) => text.indexOf(needle, from)).filter((at) => at >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** Null where it says nothing of the person. Half a line stays half a line, which no reader takes, without the address. */
function erasedLine(line: string, eraser: Eraser): string | null {
  const row = rowOf(line);
  if (row) {
    const after = eraser.erased(row);
    return after && JSON.stringify(after);
  }
  const text = eraser.erasedText(line);
  return text === line ? null : text;
}

function rowOf(line: string): StoredRow | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is StoredRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
