import { open, stat } from 'node:fs/promises';
import { GZIP_MARK } from './gzip.ts';
import type { AudienceDefinition } from './open.ts';

/** A few thousand rows: enough to know how long one is. */
const SAMPLE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * How many rows an audience has: of an inline one exactly; of files by reckoning, from their sizes and the lines of the first one's
 * beginning, so that nobody has to read a list to know how far he is. Null where that says nothing: packed files, and one line only.
 */
export async function estimatedRows(audience: AudienceDefinition): Promise<number | null> {
  if (audience.kind === 'inline') return audience.recipients.length;
  const paths = [audience.path].flat();
  const [first = ''] = paths;
  const sample = await beginningOf(first);
  if (sample.subarray(0, GZIP_MARK.length).equals(GZIP_MARK)) return null;
  const lines = sample.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0);
  if (lines < 2) return null;
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return Math.round((bytes * lines) / sample.length);
}

async function beginningOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
