import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { Fault, InputFault, isErrorCode } from '../core/fault.ts';
import type { ListDesk, StoredList } from './desk.ts';
import type { DeskParts } from './parts.ts';

/** Below SLUICE_FILES, or the folder that stands for it. */
const FOLDER = 'uploads';
/** `.csv`, `.ndjson`, or either with `.gz`; no name begins with a dot, as unfinished ones do. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\.(csv|ndjson)(\.gz)?$/;
const PART = /^\..+\.(part|gone)$/;
/** A hundred million rows of fifty columns; more is a slip, and would fill the disk that the workers read from. */
const LIST_BYTES_MAX = 20 * 1024 ** 3;
/** An upload that takes longer was given up. */
const PART_MS_MAX = 24 * 3_600_000;

type ListParts = Pick<DeskParts, 'client' | 'config' | 'clock' | 'logger'>;

/** Audiences that were uploaded. What is there is never written over, since a campaign may be reading it. */
export function listDesk(parts: ListParts): ListDesk {
  return {
    put: async (name, content) => putList(parts, checkedName(name), content),
    list: async () => {
      const folder = folderOf(parts);
      await cleanUp(parts, folder);
      const names = (await readdir(folder).catch(noneWhereMissing)).filter((name) => NAME.test(name));
      const lists = await Promise.all(names.toSorted().map((name) => storedList(folder, name, false)));
      return lists.filter((list) => list !== null);
    },
    remove: (name) => removeList(parts, checkedName(name)),
  };
}

/** A file of its own is filled, brought to the disk, and put into place whole. */
async function putList(parts: ListParts, name: string, content: Readable): Promise<StoredList> {
  const folder = folderOf(parts);
  // A caller may hang up before the file is open; the pipeline finds that out by itself.
  content.on('error', () => {});
  await mkdir(folder, { recursive: true });
  await cleanUp(parts, folder);
  const part = hiddenPath(join(folder, name), 'part');
  try {
    const digest = await writePart(part, content);
    const isNew = await putInPlace(part, join(folder, name));
    if (!isNew && (await digestOf(join(folder, name))) !== digest)
      throw new InputFault(
        [
          `"${name}" is there already, with other content: a campaign may be reading it, so choose another name`,
        ],
        { kind: 'conflict', place: 'name' },
      );
    const stored = await storedList(folder, name, isNew);
    if (stored) return stored;
    throw new InputFault([`"${name}" was removed at this moment: upload it again`], { kind: 'conflict' });
  } catch (thrown) {
    throw isErrorCode(thrown, 'ENOSPC') || isErrorCode(thrown, 'EDQUOT')
      ? new Fault(
          'LIST_DISK_FULL',
          'the disk of the folder for lists is full: nothing was kept of the list',
          {
            cause: thrown,
          },
        )
      : thrown;
  } finally {
    await rm(part, { force: true });
  }
}

/** Resolves with the SHA-256 of what was written. */
async function writePart(path: string, content: Readable): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o640);
  try {
    await pipeline(content, async (chunks: AsyncIterable<Buffer>) => {
      let bytes = 0;
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > LIST_BYTES_MAX)
          throw new InputFault([
            `the list has more than ${LIST_BYTES_MAX} bytes: split it, and name all parts`,
          ]);
        hash.update(chunk);
        await writeAll(file, chunk);
      }
      if (bytes === 0) throw new InputFault(['the list is empty']);
    });
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
}

/** False where something of that name is there. A link is made or not, also where two servers try. */
async function putInPlace(part: string, path: string): Promise<boolean> {
  try {
    await link(part, path);
  } catch (thrown) {
    if (isErrorCode(thrown, 'EEXIST')) return false;
    throw thrown;
  }
  const folder = await open(join(path, '..'));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return true;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function removeList(parts: ListParts, name: string): Promise<void> {
  const path = join(folderOf(parts), name);
  await requireUnread(parts, name, path);
  const aside = hiddenPath(path, 'gone');
  try {
    await rename(path, aside);
  } catch (thrown) {
    if (!isErrorCode(thrown, 'ENOENT')) throw thrown;
    throw new InputFault([`there is no list "${name}"`], { kind: 'missing' });
  }
  try {
    // Whoever was taken in after the first look has found it there; whoever comes now does not.
    await requireUnread(parts, name, path);
  } catch (thrown) {
    // Where even that fails it is still there under the other name, for a day.
    await putInPlace(aside, path);
    await rm(aside, { force: true });
    throw thrown;
  }
  await rm(aside, { force: true });
}

/** @throws InputFault (`conflict`) while campaigns that read it have not ended */
async function requireUnread(parts: ListParts, name: string, path: string): Promise<void> {
  const using = await campaignsReading(parts, path);
  if (using.length === 0) return;
  throw new InputFault(
    [`"${name}" is the audience of ${using.join(', ')}: wait for their end, or cancel them`],
    { kind: 'conflict' },
  );
}

/** A name under which no list can be asked for: of one that is being written, or removed. */
function hiddenPath(path: string, kind: 'part' | 'gone'): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.${kind}`);
}

/** Definitions, of some megabytes at the most, that are looked at together. */
const DEFINITIONS_MAX = 20;

/** Campaigns that have not ended and read this file, however they write its path. */
async function campaignsReading(
  { client: { campaigns, redis, keys } }: ListParts,
  path: string,
): Promise<string[]> {
  const wanted = await realPath(path);
  const ids = (await campaigns.open()).toSorted();
  const using: string[] = [];
  for (let at = 0; at < ids.length; at += DEFINITIONS_MAX) {
    const some = ids.slice(at, at + DEFINITIONS_MAX);
    const definitions = await redis.mget(some.map((id) => keys.definition(id)));
    for (const [index, id] of some.entries()) {
      const places = await Promise.all(pathsOf(definitions[index] ?? null).map(realPath));
      if (places.includes(wanted)) using.push(id);
    }
  }
  return using;
}

const namesFiles = z.object({
  audience: z.object({ path: z.union([z.string().transform((path) => [path]), z.array(z.string())]) }),
});

/** Of a campaign as it is stored; none where its audience is no file. */
function pathsOf(definition: string | null): readonly string[] {
  const parsed = namesFiles.safeParse(JSON.parse(definition ?? 'null'));
  return parsed.success ? parsed.data.audience.path : [];
}

/** Where a path leads in the end, also while nothing is there. */
function realPath(path: string): Promise<string> {
  const ofFolder = async () => join(await realpath(dirname(path)), basename(path));
  return realpath(path)
    .catch(ofFolder)
    .catch(() => resolve(path));
}

/** What was begun and never finished, since its process or its caller was gone. */
async function cleanUp({ clock, logger }: ListParts, folder: string): Promise<void> {
  for (const name of (await readdir(folder).catch(noneWhereMissing)).filter((one) => PART.test(one))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    // What is being removed was written long ago, and got its name just now.
    const since = name.endsWith('.gone') ? found?.ctimeMs : found?.mtimeMs;
    if (since === undefined || clock.now() - since < PART_MS_MAX) continue;
    await rm(path, { force: true });
    logger.info('an upload that was never finished is removed', { file: name });
  }
}

async function storedList(folder: string, name: string, isNew: boolean): Promise<StoredList | null> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return null;
  const kind = /\.ndjson(\.gz)?$/.test(name) ? 'ndjson' : 'csv';
  return { name, path, kind, bytes: found.size, at: found.mtime.toISOString(), isNew };
}

function folderOf({ config: { listsFolder } }: ListParts): string {
  if (listsFolder !== null) return join(listsFolder, FOLDER);
  throw new InputFault(
    [
      'SLUICE_FILES is not set, so there is no folder for lists: set it to one that this server and all workers see, or send the recipients inline',
    ],
    { kind: 'conflict' },
  );
}

function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new InputFault([
    'name: may be up to 200 of A-Z a-z 0-9 . _ - that do not begin with a dot, and ends in .csv, .ndjson, .csv.gz or .ndjson.gz',
  ]);
}

function noneWhereMissing(thrown: unknown): string[] {
  if (isErrorCode(thrown, 'ENOENT')) return [];
  throw thrown;
}
