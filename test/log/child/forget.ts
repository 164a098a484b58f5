// Forgets anna@example.co.jp in a folder, and kills itself when so many steps on disk are done: argv[2] folder, argv[3] steps.
import { open, rename, rm } from 'node:fs/promises';
import { parseAddress } from '../../../src/core/address.ts';
import { syncFolder } from '../../../src/log/day-file.ts';
import { Eraser } from '../../../src/log/eraser.ts';
import { FilesPlace } from '../../../src/log/files-place.ts';

const [dir = '', steps = ''] = process.argv.slice(2);
let left = Number(steps);

function step<Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) {
  return async (...args: Args): Promise<Result> => {
    const result = await act(...args);
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    return result;
  };
}

const parsed = parseAddress('anna@example.co.jp');
if (parsed.kind === 'invalid') throw new Error(parsed.reason);
const eraser = new Eraser(parsed.address, { name: 'forgotten-0123456789abcdef', salt: 'salt' });
const disk = { open: step(open), rename: step(rename), rm: step(rm), syncFolder: step(syncFolder) };
const { rows } = await new FilesPlace(dir, disk).forget(eraser);
process.stdout.write(String(rows));
