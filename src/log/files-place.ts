import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputFault, isErrorCode } from '../core/fault.ts';
import { syncFolder } from './day-file.ts';
import type { Eraser } from './eraser.ts';
import { eventsFolder } from './files-sink.ts';
import { erasedBlock, lineBlocks } from './line-blocks.ts';
import type { Forgotten, LogPlace } from './place.ts';

const ROWS = '.ndjson';
/** No writer's file has such a name: theirs end in a number. So nobody appends to what is called so. */
const TAKEN = `-forgetting${ROWS}`;
/** No reader takes it for rows. */
const UNFINISHED = '.unfinished';

/** The steps that change something on disk; tests stop between them. */
export interface DiskSteps {
  readonly open: typeof open;
  readonly rename: typeof rename;
  readonly rm: typeof rm;
  readonly syncFolder: typeof syncFolder;
}

const DISK: DiskSteps = { open, rename, rm, syncFolder };

/**
 * The files sink's folder, for whoever takes a person out of it. Writers may write meanwhile, on any machine; two that forget may
 * not run at a time (`ForgetBook`).
 *
 * A file is changed in these steps, and after each of them all of its rows are there for readers:
 *
 *   w-1.ndjson                  it is read first; where the person is not in it, nothing happens to it
 *   w-1-forgetting.ndjson       renamed: its writer, who looks at the name after each write, goes on in a new file
 *   w-1-forgetting.ndjson.unfinished   what stays, written beside it and made durable
 *   w-1-forgetting.ndjson       that, in its place
 *
 * A run that was cut off leaves a file under one of these names: the next one reads it as any other, and removes what is
 * unfinished.
 */
export class FilesPlace implements LogPlace {
  readonly name = 'files';
  readonly #folder: string;
  readonly #disk: DiskSteps;

  constructor(dir: string, disk: DiskSteps = DISK) {
    this.#folder = eventsFolder(dir);
    this.#disk = disk;
  }

  async count(eraser: Eraser): Promise<number> {
    let rows = 0;
    for (const path of await this.#paths(ROWS)) rows += await rowsAbout(path, eraser);
    return rows;
  }

  async forget(eraser: Eraser): Promise<Forgotten> {
    for (const path of await this.#paths(UNFINISHED)) await this.#disk.rm(path, { force: true });
    let rows = 0;
    for (const path of await this.#paths(ROWS)) {
      if ((await rowsAbout(path, eraser)) > 0) rows += await this.#rewrite(await this.#take(path), eraser);
    }
    return { rows };
  }

  /** Resolves with the name under which nobody writes to the file any more. */
  async #take(path: string): Promise<string> {
    if (path.endsWith(TAKEN)) return path;
    const stem = path.slice(0, -ROWS.length);
    let taken = `${stem}${TAKEN}`;
    // A rename would put it in the place of what is there.
    for (let again = 2; await isThere(taken); again += 1) taken = `${stem}-${again}${TAKEN}`;
    await this.#disk.rename(path, taken);
    await this.#disk.syncFolder(dirname(path));
    return taken;
  }

  async #rewrite(path: string, eraser: Eraser): Promise<number> {
    const unfinished = `${path}${UNFINISHED}`;
    const { mode } = await stat(path);
    const file = await this.#disk.open(unfinished, 'w', mode);
    let rows = 0;
    try {
      for await (const block of lineBlocks(path)) {
        const erased = erasedBlock(block, eraser);
        rows += erased.rows;
        await file.writeFile(Buffer.concat(erased.parts));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#disk.rename(unfinished, path);
    await this.#disk.syncFolder(dirname(path));
    return rows;
  }

  /**
   * Of all days, oldest first.
   * @throws InputFault where there is no such folder: to say that nothing is in it would be wrong
   */
  async #paths(ending: string): Promise<string[]> {
    try {
      const days = await readdir(this.#folder, { withFileTypes: true });
      const folders = days.filter((day) => day.isDirectory()).map((day) => join(this.#folder, day.name));
      const paths: string[] = [];
      for (const folder of folders.toSorted()) {
        const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
        paths.push(...names.toSorted().map((name) => join(folder, name)));
      }
      return paths;
    } catch (thrown) {
      if (!isErrorCode(thrown, 'ENOENT')) throw thrown;
      throw new InputFault(
        [`there is no log at ${this.#folder}: is SLUICE_LOG_DIR the folder of the workers?`],
        { cause: thrown },
      );
    }
  }
}

/** Lines of a file that say something of the person. A live writer may be at it. */
async function rowsAbout(path: string, eraser: Eraser): Promise<number> {
  let rows = 0;
  for await (const block of lineBlocks(path)) rows += erasedBlock(block, eraser).rows;
  return rows;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (isErrorCode(thrown, 'ENOENT')) return false;
    throw thrown;
  }
}
