import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrorCode } from '../core/fault.ts';

/** How a file is opened; tests give one whose disk is full. */
export type OpenFile = (path: string, flags: string) => Promise<FileHandle>;

export const openFile: OpenFile = open;

/** One file of one writer, which only grows, by whole lines. */
export class DayFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** How much of it is known to be good. */
  #bytes = 0;
  #usedAt: number;

  /** Makes the file, which must not exist; its name is on disk when this resolves. */
  static async create(path: string, openAt: OpenFile, now: number): Promise<DayFile> {
    const handle = await openAt(path, 'ax');
    try {
      await syncFolder(dirname(path));
    } catch (thrown) {
      await handle.close().catch(() => {});
      throw thrown;
    }
    return new DayFile(path, handle, now);
  }

  constructor(path: string, handle: FileHandle, now: number) {
    this.#path = path;
    this.#handle = handle;
    this.#usedAt = now;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get usedAt(): number {
    return this.#usedAt;
  }

  /**
   * Resolves when the lines are on disk, under the file's name. Where it rejects, the file is to be abandoned.
   * @returns false where the name is gone or leads to another file: whoever took it may not have seen these lines, or will
   * throw them away. They are to be written again, and this file is to be abandoned.
   */
  async append(lines: Buffer, now: number): Promise<boolean> {
    this.#usedAt = now;
    for (let written = 0; written < lines.length; ) {
      const { bytesWritten } = await this.#handle.write(lines, written);
      written += bytesWritten;
    }
    await this.#handle.datasync();
    // After the lines are in it, not before: who renames the file and reads it then has every line that was acknowledged.
    if (!(await this.#hasItsName())) return false;
    this.#bytes += lines.length;
    return true;
  }

  /** The name is opened, and not only asked for: in a shared folder (NFS) that asks the server, where a stat may be minutes old. */
  async #hasItsName(): Promise<boolean> {
    const named = await openIfThere(this.#path);
    if (!named) return false;
    try {
      const [there, ours] = await Promise.all([
        named.stat({ bigint: true }),
        this.#handle.stat({ bigint: true }),
      ]);
      return there.dev === ours.dev && there.ino === ours.ino;
    } finally {
      await named.close();
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /**
   * Ends the file at its last good line, as far as the disk still lets us; where nothing good is in it, it goes. It is
   * not written again: after an fsync that failed, a second one may say that all is well when it is not. Never rejects.
   */
  async abandon(): Promise<void> {
    await this.#handle.truncate(this.#bytes).catch(() => {});
    await this.#handle.close().catch(() => {});
    if (this.#bytes === 0) await rm(this.#path, { force: true }).catch(() => {});
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (thrown) {
    if (isErrorCode(thrown, 'ENOENT')) return null;
    throw thrown;
  }
}

/** Makes new names in a folder durable. Some systems can't open a folder (Windows), and need not. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (!handle) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
