import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/core/address.ts';
import { systemClock } from '../../src/core/clock.ts';
import { FILE_BYTES_MAX } from '../../src/dmarc/bounds.ts';
import { FilesReportStore } from '../../src/dmarc/files-store.ts';
import { importReports } from '../../src/dmarc/import.ts';
import { importFiles } from '../../src/dmarc/import-files.ts';
import type { AggregateReport } from '../../src/dmarc/report.ts';
import { Eraser } from '../../src/log/eraser.ts';
import { FilesPlace } from '../../src/log/files-place.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { queryLog } from '../../src/log/query.ts';
import { shipFiles } from '../../src/log/ship-files.ts';
import { batch, rowsOf } from '../log/support.ts';
import { FAILURE_REPORT, mailWith } from './mail.ts';
import { NOW, reportXml } from './reports.ts';
import { zipOf } from './zip.ts';

let folder: string;
let log: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-dmarc-'));
  log = join(folder, 'log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, bytes: Buffer | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

const take = (names: readonly string[], stdin: Buffer | string = '') =>
  importReports({
    files: importFiles(names, Readable.from([stdin])),
    store: new FilesReportStore(log),
    now: NOW,
  });

async function kept(): Promise<AggregateReport[]> {
  const store = new FilesReportStore(log);
  const found: AggregateReport[] = [];
  for await (const report of store.reports({ months: await store.months() })) found.push(report);
  return found;
}

const ids = async () => (await kept()).map(({ reportId }) => reportId).toSorted();

test('files, folders with what is below them, and standard input are read', async () => {
  const single = await put('single.bin', gzipSync(reportXml({ id: 'a' })));
  await put(
    'in/mail.eml',
    mailWith(zipOf({ name: 'x', bytes: Buffer.from(reportXml({ id: 'b' })) }), 'a/b', 'x'),
  );
  await put('in/deep/er/report', reportXml({ id: 'c' }));
  await put('in/.hidden', 'not looked at');
  const sum = await take([single, join(folder, 'in'), '-'], reportXml({ id: 'd' }));
  expect(sum).toEqual({ files: 4, added: 4, already: 0, failureReports: 0, refused: [] });
  expect(await ids()).toEqual(['a', 'b', 'c', 'd']);
});

test('what is refused is named with the reason, and the others are taken', async () => {
  await put('in/1.xml', reportXml({ id: 'a' }));
  const bad = await put('in/2.xml', '<!DOCTYPE feedback><feedback/>');
  const empty = await put('in/3.xml', '');
  await put('in/4.eml', FAILURE_REPORT);
  const mixed = await put(
    'in/5.zip',
    zipOf(
      { name: '1', bytes: Buffer.from(reportXml({ id: 'half' })) },
      { name: '2', bytes: Buffer.from(reportXml({ id: 'other', rows: [{ count: -1 }] })) },
    ),
  );
  await put('in/6.xml', reportXml({ id: 'b' }));
  const sum = await take([join(folder, 'in')]);
  expect(sum).toMatchObject({ files: 6, added: 2, already: 0, failureReports: 1 });
  expect(sum.refused.map(({ file }) => file)).toEqual([bad, empty, mixed]);
  expect(sum.refused.map(({ why }) => why).join()).toMatch(/DOCTYPE.*it is empty.*<count>/);
  expect(await ids()).toEqual(['a', 'b']);
});

test('a file that is too long is refused before it is read', async () => {
  const long = await put('long.xml', Buffer.alloc(FILE_BYTES_MAX + 1));
  expect((await take([long])).refused[0]?.why).toMatch(/longer than 33,554,432 bytes/);
  expect((await take(['-'], Buffer.alloc(FILE_BYTES_MAX + 1))).refused[0]?.why).toMatch(/longer than/);
});

test('nothing is done where a file that was named is not there', async () => {
  const there = await put('there.xml', reportXml());
  await expect(take([there, join(folder, 'absent.xml')])).rejects.toMatchObject({ code: 'INPUT' });
  expect(await kept()).toEqual([]);
});

test('folders that are too deep are named, and what lies beside them is taken', async () => {
  const deep = `in/${Array.from({ length: 25 }, () => 'd').join('/')}`;
  await put(`${deep}/1.xml`, reportXml({ id: 'deep' }));
  await put('in/z.xml', reportXml({ id: 'z' }));
  const sum = await take([join(folder, 'in')]);
  expect(sum).toMatchObject({ added: 1, refused: [{ why: expect.stringMatching(/more than 20 deep/) }] });
  expect(await ids()).toEqual(['z']);
});

test('a folder that goes away while others are read is named, and the others are taken', async () => {
  await put('in/a/1.xml', reportXml({ id: 'a' }));
  await put('in/b/1.xml', reportXml({ id: 'b' }));
  await put('in/c/1.xml', reportXml({ id: 'c' }));
  const names: string[] = [];
  for await (const file of importFiles([join(folder, 'in')], Readable.from([]))) {
    names.push(
      await file.bytes().then(
        () => 'read',
        (thrown: unknown) => (thrown instanceof Error ? thrown.message : ''),
      ),
    );
    await rm(join(folder, 'in', 'b'), { recursive: true, force: true });
  }
  expect(names).toEqual(['read', expect.stringMatching(/ENOENT/), 'read']);
});

test('links in a folder are not followed', async () => {
  const outside = await put('outside.xml', reportXml({ id: 'outside' }));
  await put('in/1.xml', reportXml({ id: 'a' }));
  await symlink(outside, join(folder, 'in', '2.xml'));
  await symlink(folder, join(folder, 'in', 'around'));
  expect(await take([join(folder, 'in')])).toMatchObject({ files: 1, added: 1 });
});

test('what was kept before the log fails is put on disk for good all the same', async () => {
  const good = await put('1.xml', reportXml({ id: 'a' }));
  const bad = await put('2.xml', reportXml({ id: 'b', begin: Date.UTC(2026, 9, 10) }));
  await mkdir(join(log, 'dmarc'), { recursive: true });
  await writeFile(join(log, 'dmarc', '2026-10'), 'a file where the folder of the month should be');
  const store = new FilesReportStore(log);
  let settled = 0;
  const watched = {
    add: (report: AggregateReport) => store.add(report),
    settle: () => {
      settled += 1;
      return store.settle();
    },
  };
  const files = importFiles([good, bad], Readable.from([]));
  await expect(importReports({ files, store: watched, now: NOW })).rejects.toMatchObject({
    code: 'DMARC_WRITE',
  });
  expect(settled).toBe(1);
  await rm(join(log, 'dmarc', '2026-10'));
  expect(await ids()).toEqual(['a']);
});

describe('a report that comes twice is kept once', () => {
  test('one after the other, also in another dress', async () => {
    const xml = await put('1.xml', reportXml());
    const mail = await put('2.eml', mailWith(gzipSync(reportXml()), 'application/gzip', 'attachment'));
    expect(await take([xml, mail, xml])).toMatchObject({ added: 1, already: 2 });
    expect(await take([xml, mail])).toMatchObject({ added: 0, already: 2 });
    expect(await ids()).toEqual(['r1']);
  });

  test('by many at a time, of whom one calls it new', async () => {
    const paths: string[] = [];
    for (let n = 0; n < 10; n += 1) paths.push(await put(`${n}.xml`, reportXml({ id: `r${n}` })));
    const sums = await Promise.all(Array.from({ length: 8 }, () => take(paths)));
    expect(sums.reduce((total, { added }) => total + added, 0)).toBe(10);
    expect(await kept()).toHaveLength(10);
  });
});

test('a file is there whole or not at all, and what a run that was cut off left is passed over', async () => {
  await take([await put('1.xml', reportXml())]);
  const month = join(log, 'dmarc', '2026-11');
  const [name = ''] = await readdir(month);
  const line = await readFile(join(month, name), 'utf8');
  await writeFile(join(month, `${name.replace('.ndjson', '')}-1.unfinished`), line.slice(0, 100));
  expect(name).toMatch(/^[0-9a-f]{32}\.ndjson$/);
  expect(line).toMatch(/^\{.*\}\n$/);
  expect(await ids()).toEqual(['r1']);
});

test('a file in the store that is no report is an error, and not left out of the figures', async () => {
  await take([await put('1.xml', reportXml())]);
  await writeFile(join(log, 'dmarc', '2026-11', 'x.ndjson'), '{}\n');
  await expect(kept()).rejects.toMatchObject({ code: 'DMARC_BROKEN' });
});

test.skipIf(process.getuid?.() === 0)(
  'a store that can not be written is a fault, and no refusal',
  async () => {
    await mkdir(log);
    await chmod(log, 0o500);
    const path = await put('1.xml', reportXml());
    await expect(take([path])).rejects.toMatchObject({ code: 'DMARC_WRITE' });
  },
);

test("the log's own readers do not take reports for rows", async () => {
  await take([await put('1.xml', reportXml())]);
  const files = new FilesSink({ dir: log, writer: 'w', clock: systemClock });
  await files.write(rowsOf(batch(1, 3)));
  await files.close();
  const sink = { name: 'none', write: () => Promise.resolve([]), close: () => Promise.resolve() };
  const shipped = await shipFiles({ dir: log, sink, destination: 'nowhere', onProgress: () => {} });
  expect(shipped).toMatchObject({ files: 1, rows: 3, broken: 0 });
  expect((await queryLog(log, 'SELECT count(*) AS n FROM events')).rows).toEqual([{ n: 3 }]);
  const parsed = parseAddress('reader1@example.co.jp');
  if (parsed.kind === 'invalid') throw new Error(parsed.reason);
  const eraser = new Eraser(parsed.address, { name: 'forgotten-0123456789abcdef', salt: 'salt' });
  expect(await new FilesPlace(log).forget(eraser)).toEqual({ rows: 1 });
  expect(await ids()).toEqual(['r1']);
});
