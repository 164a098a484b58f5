import { execFile } from 'node:child_process';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { Fault } from '../../src/core/fault.ts';
import type { OpenFile } from '../../src/log/day-file.ts';
import { FilesSink, type FilesSinkParts } from '../../src/log/files-sink.ts';
import { batch, idsIn, readFiles, rowsOf, useFolder } from './support.ts';

const run = promisify(execFile);
const newFolder = useFolder();
const noon = Date.UTC(2026, 10, 27, 12);
const dayMs = 86_400_000;

const sinks: FilesSink[] = [];
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});

function sinkIn(dir: string, more: Partial<FilesSinkParts> = {}): FilesSink {
  const sink = new FilesSink({ dir, writer: 'w', clock: systemClock, ...more });
  sinks.push(sink);
  return sink;
}

/** Opens as always, and tells when the file is closed. */
async function openWatched(path: string, flags: string, closed: () => void) {
  const handle = await open(path, flags);
  const close = handle.close.bind(handle);
  handle.close = async () => {
    closed();
    await close();
  };
  return handle;
}

function on(day: number, from: number, count = 1) {
  return rowsOf(batch(from, count, { event_time: noon + day * dayMs }));
}

/** Files that fail as the disk would, as often as is said. */
function failing(fault: { syncs?: number; opens?: number; writes?: number }): OpenFile {
  const { syncs = 0, opens = 0, writes = 0 } = fault;
  const left = { syncs, opens, writes };
  return async (path, flags) => {
    if (left.opens-- > 0) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    const handle = await open(path, flags);
    const [sync, write] = [handle.datasync.bind(handle), handle.write.bind(handle)];
    handle.datasync = async () => {
      if (left.syncs-- > 0) throw new Error('EIO: i/o error, fdatasync');
      return sync();
    };
    // Half of what was asked for, and then an error: what a disk does that fills up.
    Object.assign(handle, {
      write: async (bytes: Buffer, from: number) => {
        if (left.writes === 0) return write(bytes, from);
        left.writes -= 1;
        if (from > 0)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        return write(bytes, from, Math.ceil(bytes.length / 2));
      },
    });
    return handle;
  };
}

describe('the files sink', () => {
  test('puts each row into the folder of its day, one line a row, all columns', async () => {
    const dir = newFolder();
    const sink = sinkIn(dir);
    await sink.write([...on(0, 1, 2), ...on(-1, 3), ...on(0, 4)]);
    await sink.write(on(0, 5));
    await sink.close();
    const files = await readFiles(dir);
    expect([...files.keys()]).toEqual(['2026-11-26/w-2.ndjson', '2026-11-27/w-1.ndjson']);
    expect(files.get('2026-11-27/w-1.ndjson')).toEqual([...on(0, 1, 2), ...on(0, 4), ...on(0, 5)]);
    expect(files.get('2026-11-26/w-2.ndjson')).toEqual(on(-1, 3));
  });

  test('has the rows in the files when write resolves, without being closed', async () => {
    const dir = newFolder();
    await sinkIn(dir).write(on(0, 1, 3));
    expect(await idsIn(dir)).toHaveLength(3);
  });

  test('starts another file when one is full', async () => {
    const dir = newFolder();
    const sink = sinkIn(dir, { fileBytesMax: 1000 });
    for (let seq = 1; seq <= 9; seq += 1) await sink.write(on(0, seq));
    await sink.close();
    const files = await readFiles(dir);
    expect(files.size).toBe(3);
    expect([...files.values()].flat()).toHaveLength(9);
  });

  test('keeps few files open however many days come by, and loses none of their rows', async () => {
    const dir = newFolder();
    let opened = 0;
    let most = 0;
    const sink = sinkIn(dir, {
      open: (path, flags) => {
        opened += 1;
        most = Math.max(most, opened);
        return openWatched(path, flags, () => (opened -= 1));
      },
    });
    await sink.write(Array.from({ length: 60 }, (_, day) => on(-day % 30, day + 1)).flat());
    await sink.close();
    expect(most).toBeLessThanOrEqual(8);
    expect(opened).toBe(0);
    expect(await idsIn(dir)).toHaveLength(60);
  });

  test('closes the file of a past day when nothing came for an hour, and keeps the one of today', async () => {
    const dir = newFolder();
    let now = noon;
    const clock: Clock = { ...systemClock, now: () => now };
    const closed: string[] = [];
    const sink = sinkIn(dir, {
      clock,
      open: (path, flags) =>
        openWatched(path, flags, () => closed.push(path.slice(-'2026-11-26/w-1.ndjson'.length))),
    });
    await sink.write([...on(-1, 1), ...on(0, 2)]);
    now += 3_600_001;
    await sink.write(on(0, 3));
    expect(closed).toEqual(['2026-11-26/w-1.ndjson']);
    await sink.close();
  });

  test('never touches a file that is there already, not even one with its own name', async () => {
    const dir = newFolder();
    await mkdir(join(dir, 'events', '2026-11-27'), { recursive: true });
    await writeFile(join(dir, 'events', '2026-11-27', 'w-1.ndjson'), '{"event_id":"old"}\n');
    await sinkIn(dir).write(on(0, 1));
    const files = await readFiles(dir);
    expect(files.get('2026-11-27/w-1.ndjson')).toEqual([{ event_id: 'old' }]);
    expect(files.get('2026-11-27/w-2.ndjson')).toHaveLength(1);
  });

  test('goes on in a new file when somebody removed the one it writes, or the whole folder', async () => {
    const dir = newFolder();
    const sink = sinkIn(dir);
    await sink.write(on(0, 1));
    await rm(join(dir, 'events'), { recursive: true });
    await sink.write(on(0, 2));
    expect(await idsIn(dir)).toEqual(['spring/2/accepted/id=0100-2']);
  });

  test('takes writes at the same time one after the other', async () => {
    const dir = newFolder();
    const sink = sinkIn(dir);
    await Promise.all(Array.from({ length: 20 }, (_, index) => sink.write(on(0, index * 10 + 1, 10))));
    expect(new Set(await idsIn(dir)).size).toBe(200);
  });

  test.each(['../w', '.w', 'a/b', ''])(
    'refuses a writer whose files would lie elsewhere or be hidden: %j',
    (writer) => {
      expect(() => sinkIn('/tmp', { writer })).toThrow(Fault);
    },
  );
});

describe('a write that fails', () => {
  test.each([
    ['half way, since the disk is full', { writes: 2 }],
    ['while it is made durable', { syncs: 1 }],
    ['since no file can be opened', { opens: 1 }],
  ])('%s: rejects, leaves whole lines only, and works when it is tried again', async (_, fault) => {
    const dir = newFolder();
    const sink = sinkIn(dir, { open: failing(fault) });
    await expect(sink.write(on(0, 1, 5))).rejects.toMatchObject({ code: 'LOG_WRITE' });
    expect(await idsIn(dir)).toEqual([]);
    await sink.write(on(0, 1, 5));
    await sink.write(on(0, 6, 5));
    expect(await idsIn(dir)).toHaveLength(10);
    await sink.close();
  });

  test('leaves the good lines of its file, and what comes next is in another one', async () => {
    const dir = newFolder();
    const fault = { writes: 0 };
    const sink = sinkIn(dir, {
      open: async (path, flags) => {
        const handle = await open(path, flags);
        const write = handle.write.bind(handle);
        Object.assign(handle, {
          write: async (bytes: Buffer, from: number) => {
            if (fault.writes === 0) return write(bytes, from);
            fault.writes -= 1;
            await write(bytes, from, 10);
            throw new Error('EIO: i/o error, write');
          },
        });
        return handle;
      },
    });
    await sink.write(on(0, 1, 2));
    fault.writes = 1;
    await expect(sink.write(on(0, 3, 2))).rejects.toThrow(/EIO/);
    await sink.write(on(0, 3, 2));
    const files = await readFiles(dir);
    expect([...files.values()].map((rows) => rows.length)).toEqual([2, 2]);
    await sink.close();
  });

  test('at the limit of a real file system leaves every row once, in whole lines', async () => {
    const dir = newFolder();
    // A limit on the size of files makes write() stop half way, as a full disk does.
    const limited = 'trap "" XFSZ; ulimit -f 16; exec "$@"';
    const child = [process.execPath, join(import.meta.dirname, 'child', 'write.ts'), dir, 'w', '20'];
    const { stdout } = await run('sh', ['-c', limited, 'sh', ...child]);
    expect(Number(stdout)).toBeGreaterThan(2);
    const ids = await idsIn(dir);
    expect(ids).toHaveLength(400);
    expect(new Set(ids).size).toBe(400);
  });
});

test('several processes write into one folder without disturbing each other', async () => {
  const dir = newFolder();
  const child = (writer: string) => [join(import.meta.dirname, 'child', 'write.ts'), dir, writer, '20'];
  await Promise.all(['one', 'two', 'three'].map((writer) => run(process.execPath, child(writer))));
  const ids = await idsIn(dir);
  expect(ids).toHaveLength(1200);
  expect(new Set(ids).size).toBe(1200);
});
