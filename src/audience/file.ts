import { type BigIntStats, createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { messageOf } from '../core/fault.ts';
import type { Bytes } from './bytes.ts';
import { AudienceFault } from './fault.ts';
import { GZIP_MARK, gzipProblem, unpacked } from './gzip.ts';

/** What is read at once: a few hundred to a few thousand rows, so that the first ones come soon. */
const READ_BYTES = 128 * 1024;
/** Where the bytes are only looked at, larger pieces are faster. */
const REVIEW_BYTES = 512 * 1024;

/**
 * The bytes of a file, unpacked where they are gzip's, whatever its name says: a download may have been unpacked on its
 * way, or packed.
 *
 * @throws AudienceFault AUDIENCE_FILE while it is read
 */
export function fileBytes(path: string): Bytes {
  return () => readFile(path, (file) => createReadStream(file, { highWaterMark: READ_BYTES }));
}

/**
 * The same bytes for one who keeps none of them: each piece is gone when the next one is asked for.
 * @throws AudienceFault AUDIENCE_FILE while it is read
 */
export function passingBytes(path: string): Bytes {
  return () => readFile(path, passingPieces);
}

async function* readFile(
  path: string,
  readPlain: (path: string, size: number) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    const { size } = await regularFile(path);
    if (await isPacked(path))
      yield* unpacked(createReadStream(path, { highWaterMark: READ_BYTES }), READ_BYTES);
    else yield* readPlain(path, Number(size));
  } catch (thrown) {
    throw fileFault(path, thrown);
  }
}

/** A stream would leave each piece to the garbage collector: a hundred megabytes, before it notices. */
async function* passingPieces(path: string, size: number): AsyncGenerator<Buffer> {
  const handle = await open(path);
  try {
    // One more than there is, so that a small file is read at once.
    const buffer = Buffer.allocUnsafeSlow(Math.min(REVIEW_BYTES, size + 1));
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Size and time of change of a file, as a text.
 * @throws AudienceFault AUDIENCE_FILE
 */
export async function fileFingerprint(path: string): Promise<string> {
  try {
    const { size, mtimeNs } = await regularFile(path);
    return `${size}-${mtimeNs}`;
  } catch (thrown) {
    throw fileFault(path, thrown);
  }
}

/**
 * In bytes, as it lies there.
 * @throws AudienceFault AUDIENCE_FILE where it is no regular file
 */
export async function fileSize(path: string): Promise<number> {
  return Number((await regularFile(path)).size);
}

/** A named pipe would be opened for ever, and can't be read twice. */
async function regularFile(path: string): Promise<BigIntStats> {
  const stats = await stat(path, { bigint: true });
  if (stats.isDirectory())
    throw new AudienceFault('AUDIENCE_FILE', { file: path }, `${path} is a folder, not a file`);
  if (!stats.isFile()) throw new AudienceFault('AUDIENCE_FILE', { file: path }, `${path} is no regular file`);
  return stats;
}

/** Whether it is gzip's, whatever its name says. Of a regular file. */
export async function isPacked(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const start = Buffer.alloc(GZIP_MARK.length);
    await handle.read(start, 0, start.length, 0);
    return start.equals(GZIP_MARK);
  } finally {
    await handle.close();
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist on the machine that reads it',
  ENOTDIR: 'does not exist on the machine that reads it',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

function fileFault(path: string, thrown: unknown): AudienceFault {
  if (thrown instanceof AudienceFault) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const problem = CAUSES[code] ?? gzipProblem(code) ?? `can't be read (${messageOf(thrown)})`;
  return new AudienceFault('AUDIENCE_FILE', { file: path }, `${path} ${problem}`, { cause: thrown });
}
