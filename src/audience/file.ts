import { type BigIntStats, createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { messageOf } from '../core/fault.ts';
import { AudienceFault } from './fault.ts';

/** Bytes that can be read from their start any number of times. */
export type Bytes = () => AsyncIterable<Buffer>;

/** What is read at once: a few hundred to a few thousand rows, so that the first ones come soon. */
const READ_BYTES = 128 * 1024;

/**
 * The bytes of a file.
 * @throws AudienceFault AUDIENCE_FILE while it is read
 */
export function fileBytes(path: string): Bytes {
  return async function* read() {
    try {
      await regularFile(path);
      yield* createReadStream(path, { highWaterMark: READ_BYTES });
    } catch (thrown) {
      throw fileFault(path, thrown);
    }
  };
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

/** A named pipe would be opened for ever, and can't be read twice. */
async function regularFile(path: string): Promise<BigIntStats> {
  const stats = await stat(path, { bigint: true });
  if (stats.isDirectory())
    throw new AudienceFault('AUDIENCE_FILE', { file: path }, `${path} is a folder, not a file`);
  if (!stats.isFile()) throw new AudienceFault('AUDIENCE_FILE', { file: path }, `${path} is no regular file`);
  return stats;
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
  const problem = CAUSES[code] ?? `can't be read (${messageOf(thrown)})`;
  return new AudienceFault('AUDIENCE_FILE', { file: path }, `${path} ${problem}`, { cause: thrown });
}
