import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { estimatedRows } from '../../src/audience/list-size.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-list-size-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function list(name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => `reader${index}@example.com,読者 ${index}\n`).join('');

test('an inline list has as many rows as it has', async () => {
  const recipients = [{ email: 'a@example.com', data: {} }];
  expect(await estimatedRows({ kind: 'inline', recipients })).toBe(1);
});

test('a file is told by its size and its beginning, within a tenth', async () => {
  const path = await list('long.csv', `email,name\n${rows(60_000)}`);
  const found = await estimatedRows({ kind: 'csv', path });
  expect(Math.abs((found ?? 0) / 60_000 - 1)).toBeLessThan(0.1);
});

test('files that are one list are counted together', async () => {
  const path = [
    await list('a.csv', `email,name\n${rows(500)}`),
    await list('b.csv', `email,name\n${rows(500)}`),
  ];
  const found = await estimatedRows({ kind: 'csv', path });
  expect(Math.abs((found ?? 0) / 1_002 - 1)).toBeLessThan(0.1);
});

test('of a packed file, and of one with a line at most, nothing is known', async () => {
  expect(await estimatedRows({ kind: 'csv', path: await list('a.csv.gz', gzipSync(rows(500))) })).toBeNull();
  expect(await estimatedRows({ kind: 'csv', path: await list('empty.csv', '') })).toBeNull();
  expect(
    await estimatedRows({ kind: 'ndjson', path: await list('one.ndjson', '{"email":"a@example.com"}\n') }),
  ).toBeNull();
});

test('what is no regular file is refused, and not waited for', async () => {
  await expect(estimatedRows({ kind: 'csv', path: '/dev/zero' })).rejects.toMatchObject({
    code: 'AUDIENCE_FILE',
  });
});
