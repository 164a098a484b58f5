import { createReadStream } from 'node:fs';
import { appendFile, glob } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputFault } from '../core/fault.ts';
import type { LogRow } from './event.ts';
import { eventsFolder } from './files-sink.ts';
import { parseRowLine } from './row-line.ts';
import { ShipJournal } from './ship-journal.ts';
import type { LogSink, RefusedRow } from './sink.ts';

/** Some 12,000 rows: what one write takes well. */
const PIECE_BYTES = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface ShipFilesParts {
  /** The log's folder. */
  readonly dir: string;
  readonly sink: LogSink;
  /** What the sink writes to, such as `project.dataset.table`: what was shipped is remembered for each. */
  readonly destination: string;
  /** Called after each write. */
  readonly onProgress: (shipped: ShippedFiles) => void;
}

export interface ShippedFiles {
  files: number;
  /** Of those, files in which nothing was new. */
  already: number;
  /** Rows that the sink has now. */
  rows: number;
  /** Lines that are no row: the half line of a writer that was killed. */
  broken: number;
  /** Rows that the sink will never take; they are in `refusedFile`, with the reason. */
  refused: number;
}

export function refusedFile(dir: string): string {
  return join(resolve(dir), 'refused.ndjson');
}

/**
 * Loads what the files sink wrote. What is loaded is noted in the folder, piece by piece, so that a run that was cut off goes on
 * where it was, and a later one loads what is new. A piece that is loaded twice makes rows twice, with one `event_id`.
 *
 * @throws InputFault where there is no log; Fault of the sink
 */
export async function shipFiles(parts: ShipFilesParts): Promise<ShippedFiles> {
  const folder = eventsFolder(parts.dir);
  const paths: string[] = [];
  for await (const path of glob('*/*.ndjson', { cwd: folder })) paths.push(path);
  if (paths.length === 0)
    throw new InputFault([`${parts.dir}: no log was found (its files would be in ${folder})`]);
  const journal = await ShipJournal.open(parts.dir, parts.destination);
  const sum: ShippedFiles = { files: paths.length, already: 0, rows: 0, broken: 0, refused: 0 };
  for (const path of paths.toSorted()) {
    const from = journal.bytesOf(path);
    let end = from;
    for await (const piece of pieces(join(folder, path), from)) {
      end = piece.end;
      await shipPiece(parts, piece, sum);
      await journal.note(path, end);
      parts.onProgress(sum);
    }
    if (end === from) sum.already += 1;
  }
  return sum;
}

async function shipPiece(
  { dir, sink }: ShipFilesParts,
  { rows, broken }: Piece,
  sum: ShippedFiles,
): Promise<void> {
  const refused = rows.length === 0 ? [] : await sink.write(rows);
  if (refused.length > 0)
    await appendFile(refusedFile(dir), refused.map(refusedLine).join(''), { mode: 0o600 });
  sum.rows += rows.length - refused.length;
  sum.broken += broken;
  sum.refused += refused.length;
}

function refusedLine({ row, reason }: RefusedRow): string {
  return `${JSON.stringify({ reason, row })}\n`;
}

interface Piece {
  readonly rows: readonly LogRow[];
  readonly broken: number;
  /** Where it ends in the file. */
  readonly end: number;
}

/** Whole lines only: a writer may still be at work on the last one. */
async function* pieces(path: string, from: number): AsyncGenerator<Piece> {
  let rest: Buffer = Buffer.alloc(0);
  let end = from;
  const stream: AsyncIterable<Buffer> = createReadStream(path, { start: from, highWaterMark: PIECE_BYTES });
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, chunk]);
    const length = bytes.lastIndexOf(NEWLINE) + 1;
    rest = bytes.subarray(length);
    if (length === 0) continue;
    end += length;
    const lines = bytes.toString('utf8', 0, length - 1).split('\n');
    const rows = lines.map(parseRowLine).filter((row) => row !== null);
    yield { rows, broken: lines.length - rows.length, end };
  }
}
