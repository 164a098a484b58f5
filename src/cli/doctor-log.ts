import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Check, fail, ok, warn } from './doctor-check.ts';

const NAME = 'log folder';
/** A row takes 300 bytes: three million recipients, and the few rows of each. */
const FREE_BYTES_WARN = 4 * 1024 ** 3;
const FREE_BYTES_FAIL = 100 * 1024 ** 2;

/**
 * Whether rows could be written here. Nothing is created.
 * @param hasWriter some worker has the role log already, on this machine or another
 */
export function logFolderCheck(dir: string, hasWriter: boolean): Check {
  const judge = hasWriter ? warn : fail;
  const elsewhere = hasWriter ? ', but a worker writes the log already' : '';
  const place = nearestExisting(dir);
  if (!statSync(place).isDirectory())
    return judge(NAME, `${place} is no folder${elsewhere}`, 'set SLUICE_LOG_DIR');
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch {
    return judge(NAME, `${place} can't be written to${elsewhere}`, 'allow it, or set SLUICE_LOG_DIR');
  }
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const found = `${dir} ${place === dir ? 'can be written to' : 'can be made'}, with ${(free / 1024 ** 3).toFixed(1)} GB free`;
  const todo = 'make room: when it is full, sending holds';
  if (free < FREE_BYTES_FAIL) return judge(NAME, found + elsewhere, todo);
  return free < FREE_BYTES_WARN ? warn(NAME, found, todo) : ok(NAME, found);
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}
