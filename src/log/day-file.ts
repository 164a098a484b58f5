import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

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

  /** Resolves when the lines are on disk. Where it rejects, the file is to be abandoned. */
  async append(lines: Buffer, now: number): Promise<void> {
    this.#usedAt = now;
    for (let written = 0; written < lines.length; ) {
      const { bytesWritten } = await this.#handle.write(lines, written);
      written += bytesWritten;
    }
    await this.#handle.datasync();
    this.#bytes += lines.length;
  }

  /** Whether the file still has a name. */
  async isThere(): Promise<boolean> {
    return (await this.#handle.stat()).nlink > 0;
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
