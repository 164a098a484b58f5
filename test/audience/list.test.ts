import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openAudience } from '../../src/audience/open.ts';
import type { AudienceSource } from '../../src/audience/source.ts';
import { encode } from './encode.ts';
import { faultOf, rowsOf, useLists } from './lists.ts';

const lists = useLists();

function csvOf(...contents: (string | Buffer)[]): AudienceSource {
  return openAudience({
    kind: 'csv',
    path: contents.map((content, index) => lists.write(content, `part-${index}.csv`)),
  });
}

describe('several files', () => {
  it('are one list, numbered through, each with a header of its own', async () => {
    const rows = await rowsOf(
      csvOf(
        'email,name\na@b.co,Ann\nb@b.co,Bob\n',
        '\r\nplan;名前;メールアドレス\r\ngold;Cy;c@c.co\r\n',
        'mail\nd@d.co\n\ne@e.co',
      ),
    );
    expect(rows).toEqual([
      { seq: 1, email: 'a@b.co', data: { email: 'a@b.co', name: 'Ann' } },
      { seq: 2, email: 'b@b.co', data: { email: 'b@b.co', name: 'Bob' } },
      { seq: 3, email: 'c@c.co', data: { plan: 'gold', 名前: 'Cy', メールアドレス: 'c@c.co' } },
      { seq: 4, email: 'd@d.co', data: { mail: 'd@d.co' } },
      { seq: 5, email: 'e@e.co', data: { mail: 'e@e.co' } },
    ]);
  });

  it('may each be packed or not, in an encoding of its own, and empty but for its header', async () => {
    const rows = await rowsOf(
      csvOf(
        encode('email,name\na@b.co,田中 太郎\n', 'shift_jis'),
        gzipSync(encode('email,name\nb@b.co,佐藤\n', 'utf-16be')),
        'name,email\n',
        encode('email,name\nc@c.co,Müller\n', 'windows-1252'),
        '\uFEFFemail,name\nd@d.co,鈴木\n',
      ),
    );
    expect(rows.map((row) => row.data['name'])).toEqual(['田中 太郎', '佐藤', 'Müller', '鈴木']);
    expect(rows.map((row) => row.seq)).toEqual([1, 2, 3, 4]);
  });

  it('of NDJSON may each have a key of its own for the address', async () => {
    const path = ['{"email":"a@b.co"}', '', '{"mail":"c@d.co"}\n{"email":"e@f.co"}'].map((content, index) =>
      lists.write(content, `part-${index}.ndjson`),
    );
    const rows = await rowsOf(openAudience({ kind: 'ndjson', path }));
    expect(rows.map((row) => [row.seq, row.email])).toEqual([
      [1, 'a@b.co'],
      [2, 'c@d.co'],
      [3, ''],
    ]);
  });

  it('come in chunks of a usual size where they are many and small', async () => {
    const source = csvOf(...Array.from({ length: 300 }, (_, index) => `email\np${index}@example.com\n`));
    const sizes: number[] = [];
    for await (const rows of source.rows()) if (rows.length > 0) sizes.push(rows.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(300);
    expect(sizes.length).toBeLessThan(100);
  });
});

describe('before the first row of several files', () => {
  const good = `email,name\n${'a@b.co,Ann\n'.repeat(1_000)}`;
  const long = `email,name\n${'a@b.co,田中\n'.repeat(50_000)}`;

  it.each<[string, string | Buffer, string, object]>([
    [
      'a header without an address',
      'name,plan\nAnn,gold\n',
      'line 1: no column with an address',
      { line: 1 },
    ],
    ['an empty file', '', 'line 1: the file is empty', { line: 1 }],
    [
      'a broken byte at its end',
      Buffer.concat([Buffer.from(long), Buffer.from([0xff])]),
      'line 50002: this line is not UTF-8',
      {},
    ],
    ['a workbook', 'PK\x03\x04', 'this file is an Excel workbook', {}],
    [
      'a quote that is never closed near its start',
      'email,name\n"a@b.co,Ann\n',
      'the quote that opens',
      { line: 2 },
    ],
    ['packed bytes that end too soon', gzipSync(good).subarray(0, -1), 'ends too soon', {}],
  ])('%s in the last one comes out', async (_title, content, says, place) => {
    const { fault, rows } = await faultOf(csvOf(good, good, content));
    expect(fault.message).toMatch(/^part-2.csv/);
    expect(fault.message).toContain(says);
    expect(fault).toMatchObject({ ...place, file: join(lists.folder, 'part-2.csv') });
    expect(rows).toBe(0);
  });

  it('a file that does not exist comes out, and so it does from the fingerprint', async () => {
    const missing = join(lists.folder, 'missing.csv');
    const source = openAudience({ kind: 'csv', path: [lists.write(good), missing] });
    const { fault, rows } = await faultOf(source);
    expect(fault).toMatchObject({ code: 'AUDIENCE_FILE', file: missing });
    expect(rows).toBe(0);
    await expect(source.fingerprint()).rejects.toMatchObject({ code: 'AUDIENCE_FILE', file: missing });
  });

  it('a file of NDJSON without any address comes out', async () => {
    const path = ['{"email":"a@b.co"}\n', '{"name":"Ann"}\n'.repeat(20_000)].map((content, index) =>
      lists.write(content, `part-${index}.ndjson`),
    );
    const { fault, rows } = await faultOf(openAudience({ kind: 'ndjson', path }));
    expect(fault.message).toMatch(/^part-1.ndjson, line 1: no column with an address \(found: name\)/);
    expect(rows).toBe(0);
  });

  it('the encoding is named for all of them', async () => {
    const paths = [good, encode('email,name\nb@b.co,ﾀﾅｶ\n', 'shift_jis')].map((content, index) =>
      lists.write(content, `part-${index}.csv`),
    );
    const rows = await rowsOf(openAudience({ kind: 'csv', path: paths, encoding: 'cp932' }));
    expect(rows.at(-1)?.data['name']).toBe('ﾀﾅｶ');
    const { fault } = await faultOf(openAudience({ kind: 'csv', path: paths, encoding: 'utf-8' }));
    expect(fault.message).toMatch(/^part-1.csv, line 2: this line is not UTF-8/);
  });
});

describe('the fingerprint of several files', () => {
  it('changes with each of them', async () => {
    const paths = ['a', 'b', 'c'].map((name) => lists.write('email\na@b.co\n', `${name}.csv`));
    const source = openAudience({ kind: 'csv', path: paths });
    for (const path of paths) utimesSync(path, 1_000, 1_000);
    const seen = [await source.fingerprint()];
    expect(await source.fingerprint()).toBe(seen[0]);
    for (const [index, path] of paths.entries()) {
      utimesSync(path, 1_000, 1_001 + index);
      seen.push(await source.fingerprint());
    }
    expect(new Set(seen).size).toBe(4);
    expect(seen.every((one) => one.length < 60)).toBe(true);
  });

  it('of one file in a list is that of the file', async () => {
    const path = lists.write('email\na@b.co\n');
    const inList = await openAudience({ kind: 'csv', path: [path] }).fingerprint();
    expect(inList).toBe(await openAudience({ kind: 'csv', path }).fingerprint());
  });
});
