import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { InputFault } from '../core/fault.ts';
import type { Author } from '../queue/author.ts';
import { exportSuppression, suppressionRow } from '../suppression/export.ts';
import { IMPORT_BYTES_MAX, type ImportCount } from '../suppression/import.ts';
import type { SuppressionFilter, SuppressionPlace } from '../suppression/store.ts';
import { reasonOf, type Stamp, type Target } from '../suppression/target.ts';
import { normalAddresses } from './addresses.ts';
import type { ImportOrder, SuppressionDesk } from './desk.ts';
import type { DeskParts } from './parts.ts';
import { importSuppressionFile, tooLarge } from './suppression-import.ts';
import { SyncRuns } from './suppression-sync.ts';
import { Turns } from './turns.ts';

/** Files that are taken in at a time: each lies on the disk for temporary files meanwhile. Nobody waits, since a body that is not read is given up. */
const IMPORTS_MAX = 5;

type SuppressionParts = Pick<DeskParts, 'client' | 'clock' | 'logger' | 'openAccountList' | 'background'>;

export function suppressionDesk(parts: SuppressionParts): SuppressionDesk {
  const { client, clock, logger } = parts;
  const { suppression: store } = client;
  const syncs = new SyncRuns(parts);
  const importTurns = new Turns(IMPORTS_MAX, 0);
  return {
    counts: () => store.count(),
    senders: () => store.senders(),
    beginSync: (order, author) => syncs.begin(order, author),
    sync: () => syncs.look(),
    stopSync: (author) => syncs.stop(author),
    check: async (addresses, sender) => {
      const [ofSender] = sender === undefined ? [] : normalAddresses([sender]);
      const normals = normalAddresses(addresses);
      const found = await store.check(normals, ofSender);
      return normals.map((address, index) => ({
        address,
        suppressed: (found[index] ?? []).map(suppressionRow),
      }));
    },
    add: (target, addresses, author) =>
      store.add(normalTarget(target), normalAddresses(addresses), stampOf('operator', author, clock.now())),
    remove: async (target, addresses, { by, reason }) => {
      const count = await store.remove(normalTarget(target), normalAddresses(addresses));
      // With the entry goes the place where it could be kept.
      if (by !== '')
        logger.info('suppressed addresses get mail again', { list: reasonOf(target), ...count, by, reason });
      return count;
    },
    list: async (filter, { after, limit }) => {
      const from = after === undefined ? null : placeOf(after);
      const { items, next } = await store.page(normalFilter(filter), from, limit);
      return { items: items.map(suppressionRow), next: next && endOf(next) };
    },
    import: (file, order, author) =>
      importTurns.take(() =>
        withFile(file, (path) => {
          const target = order.target === 'columns' ? order.target : normalTarget(order.target);
          const stamp = stampOf('import', author, clock.now());
          return importedFrom(path, { ...order, target }, (what) =>
            importSuppressionFile(what, store, stamp),
          );
        }),
      ),
    export: async (filter, out) => {
      await exportSuppression(store.list(normalFilter(filter)), out);
    },
  };
}

/** Who did it stands beside why, where both are known: “asked by phone (Hana)”. */
export function stampOf(source: 'operator' | 'import', { by, reason }: Author, at: number): Stamp {
  const words = reason === null ? by : by === '' ? reason : `${reason} (${by})`;
  return { at, source, detail: words === '' ? null : words };
}

/** What messages call a list that came as a stream. */
const NAME = 'the list';

async function importedFrom(
  path: string,
  { target, column }: ImportOrder,
  act: (file: Parameters<typeof importSuppressionFile>[0]) => Promise<ImportCount>,
): Promise<ImportCount> {
  try {
    return await act({ path, name: NAME, target, column });
  } catch (thrown) {
    if (!(thrown instanceof InputFault)) throw thrown;
    // Where it lies meanwhile is nobody's business.
    const problems = thrown.problems.map((problem) => saidOfImport(problem.replaceAll(path, NAME)));
    throw new InputFault(problems, { cause: thrown, kind: thrown.kind });
  }
}

const FILE = 'list.csv';

/** What is wrong with a list is said as of a campaign's audience, which has settings that an import has not. */
function saidOfImport(problem: string): string {
  return problem
    .replaceAll(FILE, NAME)
    .replace('set audience.emailColumn', 'say which with "column"')
    .replace(/set audience\.encoding .*?, or save/, 'save');
}

/** It is read twice, so it has to lie somewhere; nobody else may read it, and it goes when the work is done. */
async function withFile<T>(content: Readable, work: (path: string) => Promise<T>): Promise<T> {
  // A caller may hang up before the file is open; the pipeline finds that out by itself.
  content.on('error', () => {});
  const folder = await mkdtemp(join(tmpdir(), 'sluice-import-'));
  try {
    const path = join(folder, FILE);
    await pipeline(content, bounded(), createWriteStream(path, { mode: 0o600, flags: 'wx' }));
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function bounded(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > IMPORT_BYTES_MAX) done(tooLarge(NAME, null));
      else done(null, chunk);
    },
  });
}

function normalTarget(target: Target): Target {
  if (target.kind === 'everywhere') return target;
  const [sender = ''] = normalAddresses([target.sender]);
  return { kind: 'sender', sender };
}

/** @throws InputFault where the sender is no address */
export function normalFilter({ reason, sender }: SuppressionFilter): SuppressionFilter {
  const [normal] = sender === undefined ? [] : normalAddresses([sender]);
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(normal === undefined ? {} : { sender: normal }),
  };
}

/** Redis's cursors have 64 bits. */
const CURSOR_MAX = 2n ** 64n - 1n;
const placeSchema = z.tuple([
  z.string().nullable(),
  z
    .string()
    .regex(/^\d{1,20}$/)
    .refine((cursor) => BigInt(cursor) <= CURSOR_MAX),
]);

function endOf({ sender, cursor }: SuppressionPlace): string {
  return Buffer.from(JSON.stringify([sender, cursor])).toString('base64url');
}

function placeOf(text: string): SuppressionPlace {
  try {
    const [sender, cursor] = placeSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { sender, cursor };
  } catch (cause) {
    throw new InputFault(['after: is not where a page of suppressions ended'], { cause });
  }
}
