import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isPacked } from '../audience/file.ts';
import { unpacked } from '../audience/gzip.ts';
import { openAudience } from '../audience/open.ts';
import { InputFault } from '../core/fault.ts';
import { IMPORT_BYTES_MAX, type ImportCount, importSuppression } from '../suppression/import.ts';
import { saysWhy } from '../suppression/import-row.ts';
import type { SuppressionStore } from '../suppression/store.ts';
import type { Stamp, Target } from '../suppression/target.ts';
import { rethrownAsInput } from './list-fault.ts';

export interface SuppressionFile {
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
  readonly column?: string | undefined;
  /** `columns`: each row says it. */
  readonly target: Target | 'columns';
}

/** @throws InputFault where the file can't be read, is too large, or does not say why; nothing was written then */
export async function importSuppressionFile(
  { path, name, column, target }: SuppressionFile,
  store: Pick<SuppressionStore, 'addEach'>,
  stamp: Stamp,
): Promise<ImportCount> {
  const size = (await stat(path).catch(() => null))?.size;
  if (size === undefined) throw new InputFault([`${name}: there is no such file`]);
  if (size > IMPORT_BYTES_MAX) throw tooLarge(name, size);
  if (await unpacksBeyond(path)) throw tooLarge(name, null);
  const source = openAudience({
    kind: 'csv',
    path,
    ...(column === undefined ? {} : { emailColumn: column }),
  });
  if (target === 'columns') await requireColumns(source, name).catch(rethrownAsInput);
  // The list is read once before anything is written: what is wrong with it is the caller's mistake.
  return importSuppression(source, target, store, stamp).catch(rethrownAsInput);
}

export function tooLarge(name: string, bytes: number | null): InputFault {
  const has = bytes === null ? `more than ${IMPORT_BYTES_MAX} bytes` : `${bytes} bytes`;
  return new InputFault([
    `${name}: has ${has}, and at most ${IMPORT_BYTES_MAX} are taken at a time; split it`,
  ]);
}

const PIECE_BYTES = 65_536;

/** Whether more comes out of a packed file than a plain one may have: a few kilobytes can hold years of reading. */
async function unpacksBeyond(path: string): Promise<boolean> {
  if (!(await isPacked(path).catch(() => false))) return false;
  let bytes = 0;
  try {
    for await (const piece of unpacked(createReadStream(path), PIECE_BYTES)) {
      bytes += piece.length;
      if (bytes > IMPORT_BYTES_MAX) return true;
    }
  } catch {
    // Whoever reads it says what is wrong with it.
  }
  return false;
}

/** What a list needs that does not say by itself why its people get no mail. */
export const SAY_WHY = 'a sender address, or a reason (bounced, complained or blocked)';

/** Where nobody says why for the list as a whole, its rows must. */
async function requireColumns(source: ReturnType<typeof openAudience>, name: string): Promise<void> {
  for await (const [first] of source.rows()) {
    if (!first) continue;
    if (saysWhy(first)) return;
    break;
  }
  throw new InputFault([`${name}: has no column "reason" or "sender", so say why: ${SAY_WHY}`]);
}
