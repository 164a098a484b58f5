import { hash } from 'node:crypto';
import type { Bytes } from './bytes.ts';
import { type Review, settledEncoding } from './detect.ts';
import { fileBytes, fileFingerprint, passingBytes } from './file.ts';
import type { AudienceRow, AudienceSource } from './source.ts';
import { utf8Text } from './text.ts';

/** Files that make one list together, each packed with gzip or not. */
export interface FileList {
  /** Absolute paths, in the order in which they are read. */
  readonly path: string | readonly string[];
  /** The encoding of all files, by a name of the WHATWG Encoding Standard; found file by file where it is missing. */
  readonly encoding?: string | undefined;
}

/**
 * The rows of one file, as many at a time as come out of a piece of it.
 * @param text in UTF-8
 * @param before rows that came before these
 */
export type RowReader = (text: Bytes, file: string, before: number) => AsyncIterable<readonly AudienceRow[]>;

/**
 * The rows of all files, numbered through. Before the first one is given every file was found and can be read, all its
 * bytes are text in its encoding, and of several files each has been read as far as its first address. What is wrong with
 * a row further on comes out when it is reached.
 */
export function listAudience(list: FileList, read: RowReader): AudienceSource {
  const paths = [list.path].flat();
  return {
    rows: () => listRows(paths, list.encoding, read),
    fingerprint: () => listFingerprint(paths),
  };
}

async function* listRows(
  paths: readonly string[],
  encoding: string | undefined,
  read: RowReader,
): AsyncGenerator<readonly AudienceRow[]> {
  const texts: [text: Bytes, file: string][] = [];
  for (const file of paths) {
    const settled = yield* settledEncoding(passingBytes(file), file, encoding);
    texts.push([utf8Text(fileBytes(file), settled, file), file]);
  }
  if (texts.length > 1) {
    for (const [text, file] of texts) yield* firstAddress(read(text, file, 0));
  }
  yield* inChunks(numbered(texts, read));
}

/** Whatever is wrong with the columns of a file comes out here. */
async function* firstAddress(rows: AsyncIterable<readonly AudienceRow[]>): Review<void> {
  for await (const some of rows) {
    if (some.some((row) => row.email !== '')) return;
    yield [];
  }
}

async function* numbered(
  texts: readonly [text: Bytes, file: string][],
  read: RowReader,
): AsyncGenerator<readonly AudienceRow[]> {
  let before = 0;
  for (const [text, file] of texts) {
    for await (const rows of read(text, file, before)) {
      before += rows.length;
      yield rows;
    }
  }
}

/** Rows in a chunk, where they are not very long. */
const CHUNK_ROWS_MIN = 256;
const CHUNK_ROWS_MAX = 1_000;
/** Long rows are given after so many reads, however few they are: about a megabyte. */
const CHUNK_READS_MAX = 8;

async function* inChunks(
  reads: AsyncIterable<readonly AudienceRow[]>,
): AsyncGenerator<readonly AudienceRow[]> {
  let ready: readonly AudienceRow[] = [];
  let count = 0;
  for await (const rows of reads) {
    ready = ready.length === 0 ? rows : [...ready, ...rows];
    count += 1;
    if (ready.length < CHUNK_ROWS_MIN && count < CHUNK_READS_MAX) continue;
    yield* chunksOf(ready);
    ready = [];
    count = 0;
  }
  yield* chunksOf(ready);
}

function* chunksOf(rows: readonly AudienceRow[]): Generator<readonly AudienceRow[]> {
  for (let start = 0; start < rows.length; start += CHUNK_ROWS_MAX)
    yield rows.slice(start, start + CHUNK_ROWS_MAX);
}

/** That of each file, so that it also tells when one of many changes. */
async function listFingerprint(paths: readonly string[]): Promise<string> {
  const each: string[] = [];
  for (const path of paths) each.push(await fileFingerprint(path));
  return each.length === 1 ? each.join() : hash('sha256', each.join('\n'), 'base64url');
}
