import { fileBytes, fileSize, isPacked } from './file.ts';
import type { AudienceDefinition } from './open.ts';

const NEWLINE = 0x0a;

/**
 * How many rows an audience has: of an inline one exactly; of files by reckoning, from their sizes and the lines of the first one's
 * beginning, so that nobody has to read a list to know how far he is. Null where that says nothing: packed files, and one line only.
 *
 * @throws whatever keeps a file from being read
 */
export async function estimatedRows(audience: AudienceDefinition): Promise<number | null> {
  if (audience.kind === 'inline') return audience.recipients.length;
  const paths = [audience.path].flat();
  const sizes = await Promise.all(paths.map(fileSize));
  const packed = await Promise.all(paths.map(isPacked));
  const sample = await beginningOf(paths[0] ?? '');
  const lines = sample.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0);
  if (packed.includes(true) || lines < 2) return null;
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return Math.round((bytes * lines) / sample.length);
}

/** The first piece, of some thousand rows: enough to know how long one is. */
async function beginningOf(path: string): Promise<Buffer> {
  for await (const piece of fileBytes(path)()) return piece;
  return Buffer.alloc(0);
}
