import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAddress } from '../../src/core/address.ts';
import { systemClock } from '../../src/core/clock.ts';
import { InputFault } from '../../src/core/fault.ts';
import { Eraser } from '../../src/log/eraser.ts';
import { FilesPlace } from '../../src/log/files-place.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { queryLog } from '../../src/log/query.ts';
import { batch, idsIn, rowsOf, useFolder } from './support.ts';

const run = promisify(execFile);
const newFolder = useFolder();
const ALIAS = { name: 'forgotten-0123456789abcdef', salt: 'salt' };
const dayMs = 86_400_000;
const noon = Date.UTC(2026, 10, 27, 12);

function eraserOf(written: string): Eraser {
  const parsed = parseAddress(written);
  if (parsed.kind === 'invalid') throw new Error(parsed.reason);
  return new Eraser(parsed.address, ALIAS);
}
const anna = eraserOf('anna@example.co.jp');

const about = (recipient: string, seq: number, day = 0) =>
  rowsOf({
    common: { campaign_id: 'spring', event_type: 'accepted', event_time: noon + day * dayMs },
    events: [{ recipient, seq, ses_message_id: `0100-${seq}` }],
  });
const sinkIn = (dir: string, writer = 'w') => new FilesSink({ dir, writer, clock: systemClock });

/** Three files: with the person twice, without, and on another day with the person in capitals. */
async function threeFiles(dir: string): Promise<void> {
  const [first, second] = [sinkIn(dir), sinkIn(dir, 'other')];
  await first.write([...rowsOf(batch(1, 50)), ...about('anna@example.co.jp', 51)]);
  await first.write([
    ...about('ANNA@example.co.jp', 52),
    ...rowsOf(batch(53, 50)),
    ...about('Anna@EXAMPLE.co.jp', 103, -1),
  ]);
  await second.write([...about('johanna@example.co.jp', 104), ...rowsOf(batch(105, 5))]);
  await first.close();
  await second.close();
}

async function textIn(dir: string): Promise<string> {
  const names = await readdir(join(dir, 'events'), { recursive: true, withFileTypes: true });
  const files = names.filter((name) => name.isFile());
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))).join(
    '',
  );
}

test('the rows stay, with their ids, and the person is in none of them', async () => {
  const dir = newFolder();
  await threeFiles(dir);
  const before = await idsIn(dir);
  expect(await new FilesPlace(dir).count(anna)).toBe(3);
  expect(await new FilesPlace(dir).forget(anna)).toEqual({ rows: 3 });
  expect((await idsIn(dir)).toSorted()).toEqual(before.toSorted());
  expect(await textIn(dir)).not.toMatch(/(?<!joh)anna/i);
  const sql = `SELECT count(*)::INT AS n FROM deliveries WHERE recipient = '${ALIAS.name}' AND recipient_domain IS NULL`;
  expect((await queryLog(dir, sql)).rows).toEqual([{ n: 3 }]);
  expect(await new FilesPlace(dir).forget(anna)).toEqual({ rows: 0 });
});

test('a file without the person is not touched', async () => {
  const dir = newFolder();
  await threeFiles(dir);
  const path = join(dir, 'events', '2026-11-27', 'other-1.ndjson');
  const before = await stat(path);
  await new FilesPlace(dir).forget(anna);
  const after = await stat(path);
  expect([after.ino, after.mtimeMs, after.size]).toEqual([before.ino, before.mtimeMs, before.size]);
});

test('lines that are not changed are the same to the byte, half lines included', async () => {
  const dir = newFolder();
  const folder = join(dir, 'events', '2026-11-27');
  await mkdir(folder, { recursive: true });
  const [row] = about('anna@example.co.jp', 1);
  const odd = '{"event_id" : "é\u2028",  "recipient":"annabel@example.jp"}\nnot json, anna\n\n';
  await writeFile(join(folder, 'w-1.ndjson'), `${odd}${JSON.stringify(row)}\n${odd}{"recipient":"ann`);
  await new FilesPlace(dir).forget(anna);
  const text = await readFile(join(folder, 'w-1-forgetting.ndjson'), 'utf8');
  const [changed] = text.slice(odd.length).split('\n');
  expect(text).toBe(`${odd}${changed}\n${odd}{"recipient":"ann`);
  expect(changed).toContain(ALIAS.name);
});

test('half a line that names the person stays half a line, without the name', async () => {
  const dir = newFolder();
  await threeFiles(dir);
  const path = join(dir, 'events', '2026-11-27', 'w-1.ndjson');
  await appendFile(path, '{"event_id":"x","recipient":"anna@example.co.jp","se');
  await new FilesPlace(dir).forget(anna);
  expect(await textIn(dir)).toContain(`{"event_id":"x","recipient":"${ALIAS.name}","se`);
});

test('two people one after the other leave one file, and no name is ever taken twice', async () => {
  const dir = newFolder();
  await threeFiles(dir);
  await new FilesPlace(dir).forget(anna);
  await new FilesPlace(dir).forget(eraserOf('reader1@example.co.jp'));
  // A name that was free again, as by a copy that somebody put back.
  const folder = join(dir, 'events', '2026-11-27');
  await writeFile(join(folder, 'w-1.ndjson'), `${JSON.stringify(about('anna@example.co.jp', 200)[0])}\n`);
  await new FilesPlace(dir).forget(anna);
  expect((await readdir(folder)).toSorted()).toEqual([
    'other-1.ndjson',
    'w-1-2-forgetting.ndjson',
    'w-1-forgetting.ndjson',
  ]);
  expect(await idsIn(dir)).toHaveLength(110);
});

test('a folder that is not there is refused', async () => {
  await expect(new FilesPlace(join(newFolder(), 'nowhere')).count(anna)).rejects.toThrow(InputFault);
});

test('a run that is killed after any step leaves all rows visible, and the next one finishes', async () => {
  const child = join(import.meta.dirname, 'child', 'forget.ts');
  for (let steps = 1; ; steps += 1) {
    const dir = newFolder();
    await threeFiles(dir);
    const before = (await idsIn(dir)).toSorted();
    const ended = await run(process.execPath, [child, dir, String(steps)]).catch(
      (failure: { readonly signal: string }) => failure.signal,
    );
    expect((await idsIn(dir)).toSorted()).toEqual(before);
    await new FilesPlace(dir).forget(anna);
    expect((await idsIn(dir)).toSorted()).toEqual(before);
    expect(await textIn(dir)).not.toMatch(/(?<!joh)anna/i);
    const names = await readdir(join(dir, 'events'), { recursive: true });
    expect(names.filter((name) => name.endsWith('.unfinished'))).toEqual([]);
    if (ended !== 'SIGKILL') {
      expect(steps).toBeGreaterThan(8);
      return;
    }
  }
});

test('no row is lost that is written while its file is taken, read and replaced', async () => {
  const dir = newFolder();
  const sink = sinkIn(dir);
  const written: string[] = [];
  const state = { isDone: false };
  const writing = (async () => {
    for (let seq = 1; !state.isDone || seq < 200; seq += 2) {
      const rows = [...about('anna@example.co.jp', seq), ...about('bob@example.jp', seq + 1)];
      await sink.write(rows);
      written.push(...rows.map((row) => row.event_id));
    }
  })();
  for (let runs = 0; runs < 40; runs += 1) {
    if ((await readdir(dir)).length > 0) await new FilesPlace(dir).forget(anna);
    await systemClock.sleep(5);
  }
  state.isDone = true;
  await writing;
  await sink.close();
  await new FilesPlace(dir).forget(anna);
  expect(await readdir(join(dir, 'events', '2026-11-27'))).toSatisfy((names: string[]) => names.length > 10);
  // As readers see it: a file that was taken in the middle of a write may end in a part of that write, which is in the next file.
  const { rows } = await queryLog(dir, 'SELECT DISTINCT event_id FROM events');
  expect(rows.map((row) => row['event_id']).toSorted()).toEqual(written.toSorted());
  expect(await textIn(dir)).not.toContain('anna');
});

test('lines of any length are read across the blocks of a file', async () => {
  const dir = newFolder();
  const sink = sinkIn(dir);
  const long = 'x'.repeat(700_000);
  for (let seq = 1; seq <= 9; seq += 1) {
    const recipient = seq % 3 === 0 ? 'anna@example.co.jp' : 'bob@example.jp';
    await sink.write(about(recipient, seq).map((row) => ({ ...row, smtp_status: long })));
  }
  await sink.close();
  const before = await idsIn(dir);
  expect(await new FilesPlace(dir).forget(anna)).toEqual({ rows: 3 });
  expect(await idsIn(dir)).toEqual(before);
});
