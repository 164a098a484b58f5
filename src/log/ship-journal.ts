import { appendFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isErrorCode } from '../core/fault.ts';

const Note = z.object({ to: z.string(), file: z.string(), bytes: z.int().nonnegative() });

/** What of a folder's files has been loaded, and where to: a file in the folder, a line for each piece. */
export class ShipJournal {
  readonly #path: string;
  readonly #to: string;
  readonly #bytes: Map<string, number>;

  /** @param to the destination: each has notes of its own */
  static async open(dir: string, to: string): Promise<ShipJournal> {
    const path = join(resolve(dir), 'shipped.ndjson');
    const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
      if (isErrorCode(thrown, 'ENOENT')) return '';
      throw thrown;
    });
    const notes = text.split('\n').flatMap(noteOf);
    const mine = notes
      .filter((note) => note.to === to)
      .map((note): [string, number] => [note.file, note.bytes]);
    return new ShipJournal(path, to, new Map(mine));
  }

  private constructor(path: string, to: string, bytes: Map<string, number>) {
    this.#path = path;
    this.#to = to;
    this.#bytes = bytes;
  }

  /** How much of a file was loaded, from its start. */
  bytesOf(file: string): number {
    return this.#bytes.get(file) ?? 0;
  }

  async note(file: string, bytes: number): Promise<void> {
    this.#bytes.set(file, bytes);
    await appendFile(this.#path, `${JSON.stringify({ to: this.#to, file, bytes })}\n`);
  }
}

/** A run that was cut off may leave half a line; then its piece is loaded again. */
function noteOf(line: string): z.infer<typeof Note>[] {
  try {
    return [Note.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
