import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { messageOf } from '../core/fault.ts';
import { RATIO_FREE_BYTES, RATIO_MAX, XML_BYTES_MAX, ZIP_ENTRIES_MAX } from './bounds.ts';
import { contentKind } from './content-kind.ts';
import { Refusal } from './refusal.ts';

const inflate = promisify(gunzip);

/**
 * What is in a gzip: one report. It is never unpacked further than a report may be long.
 * @throws Refusal
 */
export async function fromGzip(bytes: Buffer): Promise<Buffer> {
  const unpacked = await unpackedBy(() => inflate(bytes, { maxOutputLength: XML_BYTES_MAX }), 'gzip');
  return judged(unpacked, bytes.length, 'gzip');
}

/**
 * What is in a zip: reports, and nothing else. Names in it are not used, and one that leads out of a folder is a reason to refuse all.
 * All entries together are never unpacked further than one report may be long.
 *
 * @throws Refusal
 */
export async function fromZip(bytes: Buffer): Promise<Buffer[]> {
  const zip = await unpackedBy(() => fromBufferPromise(bytes), 'zip');
  if (zip.entryCount > ZIP_ENTRIES_MAX)
    throw new Refusal(
      `the zip has ${zip.entryCount.toLocaleString('en')} entries, more than ${ZIP_ENTRIES_MAX}`,
    );
  const found: Buffer[] = [];
  let room = XML_BYTES_MAX;
  await unpackedBy(async () => {
    for await (const entry of zip.eachEntry()) {
      if (isAside(entry)) continue;
      const unpacked = judged(await readEntry(zip, entry, room), entry.compressedSize, 'zip');
      room -= unpacked.length;
      found.push(unpacked);
    }
  }, 'zip');
  if (found.length === 0) throw new Refusal('the zip has no file in it');
  return found;
}

/** Folders, and what macOS packs beside every file. */
function isAside({ fileName }: Entry): boolean {
  return fileName.endsWith('/') || fileName.startsWith('__MACOSX/');
}

async function readEntry(zip: ZipFile, entry: Entry, room: number): Promise<Buffer> {
  if (entry.isEncrypted()) throw new Refusal('the zip is encrypted');
  if (entry.uncompressedSize > room) throw tooLong('zip');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    // What an entry says of its length need not be true.
    if (length > room) throw tooLong('zip');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function judged(unpacked: Buffer, packedBytes: number, what: string): Buffer {
  if (unpacked.length > RATIO_FREE_BYTES && unpacked.length > packedBytes * RATIO_MAX)
    throw new Refusal(`the ${what} is packed more than ${RATIO_MAX} times, which no report is`);
  const kind = contentKind(unpacked);
  if (kind === 'gzip' || kind === 'zip') throw new Refusal(`there is a ${kind} in the ${what}`);
  if (kind !== 'xml') throw new Refusal(`what is in the ${what} is no XML`);
  return unpacked;
}

function tooLong(what: string): Refusal {
  return new Refusal(`what is in the ${what} is longer than ${XML_BYTES_MAX.toLocaleString('en')} bytes`);
}

/** Whatever fails while something is unpacked is the packet's fault. */
async function unpackedBy<T>(unpack: () => Promise<T>, what: string): Promise<T> {
  try {
    return await unpack();
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    const isLong = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE';
    if (isLong) throw tooLong(what);
    throw new Refusal(`the ${what} can't be unpacked: ${messageOf(thrown)}`, { cause: thrown });
  }
}
