import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputFault, isErrorCode, messageOf } from '../core/fault.ts';
import { FILE_BYTES_MAX, FOLDER_DEPTH_MAX } from './bounds.ts';
import { Refusal } from './refusal.ts';

/** A file that somebody named, or that was found in a folder. */
export interface ImportFile {
  readonly name: string;
  /** @throws Refusal where it can't be read, or is too long */
  bytes(): Promise<Buffer>;
}

/** How standard input is named. */
const STDIN = '-';

/**
 * The files of the command line, folders with all that is below them. Names that begin with a dot are left out, as is what links
 * elsewhere from within a folder.
 *
 * @throws InputFault before the first file where one that was named is not there
 */
export async function* importFiles(
  names: readonly string[],
  stdin: AsyncIterable<unknown>,
): AsyncGenerator<ImportFile> {
  const missing: string[] = [];
  const folders = new Set<string>();
  for (const name of names) {
    if (name === STDIN) continue;
    const found = await stat(name).catch((thrown: unknown) => messageOf(thrown));
    if (typeof found === 'string') missing.push(`${name}: ${found}`);
    else if (found.isDirectory()) folders.add(name);
    // To open a pipe could wait for ever.
    else if (!found.isFile()) missing.push(`${name}: it is no file and no folder; - reads standard input`);
  }
  if (missing.length > 0) throw new InputFault(missing);
  for (const name of names) {
    if (name === STDIN) yield streamedFile('standard input', stdin);
    else if (folders.has(name)) yield* filesBelow(name, FOLDER_DEPTH_MAX);
    else yield fileAt(name);
  }
}

/** A file that comes as a stream, which is read to its end, or to the bound. @param name what messages call it */
export function streamedFile(name: string, content: AsyncIterable<unknown>): ImportFile {
  return { name, bytes: () => gathered(content) };
}

/** A folder that can't be read is a file that can't be: the others go on. */
async function* filesBelow(folder: string, depth: number): AsyncGenerator<ImportFile> {
  if (depth === 0) {
    yield refused(folder, `folders are more than ${FOLDER_DEPTH_MAX} deep`);
    return;
  }
  const entries = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => thrown);
  if (!Array.isArray(entries)) {
    yield refused(folder, whyUnread(entries), entries);
    return;
  }
  const shown = entries.filter(({ name }) => !name.startsWith('.'));
  for (const entry of shown.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path, depth - 1);
    else if (entry.isFile()) yield fileAt(path);
  }
}

function refused(name: string, why: string, cause?: unknown): ImportFile {
  return { name, bytes: () => Promise.reject(new Refusal(why, { cause })) };
}

function whyUnread(thrown: unknown): string {
  return isErrorCode(thrown, 'EACCES') ? 'it may not be read' : messageOf(thrown);
}

function fileAt(path: string): ImportFile {
  return { name: path, bytes: () => readBounded(path) };
}

async function readBounded(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const found = await file.stat();
      if (found.size > FILE_BYTES_MAX) throw tooLong();
      return judged(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    throw new Refusal(whyUnread(thrown), { cause: thrown });
  }
}

async function gathered(content: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk) : EMPTY;
    chunks.push(bytes);
    length += bytes.length;
    if (length > FILE_BYTES_MAX) break;
  }
  return judged(Buffer.concat(chunks));
}

function judged(bytes: Buffer): Buffer {
  if (bytes.length > FILE_BYTES_MAX) throw tooLong();
  if (bytes.length === 0) throw new Refusal('it is empty');
  return bytes;
}

const EMPTY = Buffer.alloc(0);

function tooLong(): Refusal {
  return new Refusal(`it is longer than ${FILE_BYTES_MAX.toLocaleString('en')} bytes`);
}
