import { createHash } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { csvAudience } from '../../src/audience/csv.ts';
import { ndjsonAudience } from '../../src/audience/ndjson.ts';
import { eventually } from '../support/eventually.ts';
import { faultOf, rowsOf, useLists } from './lists.ts';

const lists = useLists();

/** Text that does not pack well. */
const LIST = `email,x\r\n${Array.from({ length: 20_000 }, (_, index) => `p${index}@example.com,${createHash('md5').update(String(index)).digest('hex')}\r\n`).join('')}`;
const PACKED = gzipSync(LIST);

function csvOf(content: Buffer, name = 'people.csv.gz'): ReturnType<typeof csvAudience> {
  return csvAudience({ kind: 'csv', path: lists.write(content, name) });
}

async function faultAt(content: Buffer, name?: string): Promise<string> {
  const { fault, rows } = await faultOf(csvOf(content, name));
  expect(rows).toBe(0);
  return `${fault.code} ${fault.message.replaceAll(lists.folder, '')}`;
}

describe('a packed list', () => {
  it('gives the rows that are in it, whatever the names say', async () => {
    const plain = await rowsOf(csvOf(Buffer.from(LIST), 'people.csv'));
    expect(plain).toHaveLength(20_000);
    expect(await rowsOf(csvOf(PACKED))).toEqual(plain);
    expect(await rowsOf(csvOf(PACKED, 'people.csv'))).toEqual(plain);
    expect(await rowsOf(csvOf(Buffer.from(LIST), 'unpacked.csv.gz'))).toEqual(plain);
  });

  it('may be made of several parts, and be padded with zeros', async () => {
    const [first, second] = [LIST.slice(0, 77_777), LIST.slice(77_777)];
    const parts = Buffer.concat([gzipSync(first), gzipSync(''), gzipSync(second), Buffer.alloc(512)]);
    expect(await rowsOf(csvOf(parts))).toHaveLength(20_000);
  });

  it('that is empty is an empty list', async () => {
    expect(await faultAt(gzipSync(''))).toMatch('AUDIENCE_HEADER people.csv.gz, line 1: the file is empty');
    expect(await faultAt(Buffer.alloc(0))).toMatch(
      'AUDIENCE_HEADER people.csv.gz, line 1: the file is empty',
    );
  });

  it('that was cut off gives no row at all, wherever it was cut', async () => {
    for (const length of [2, 9, 11, 5_000, PACKED.length - 300_000, PACKED.length - 9, PACKED.length - 1]) {
      expect(await faultAt(PACKED.subarray(0, length))).toBe(
        'AUDIENCE_FILE people.csv.gz: /people.csv.gz is a gzip file that ends too soon: was it copied as a whole?',
      );
    }
  });

  it('that is broken gives no row at all, wherever it is broken', async () => {
    for (const at of [10, PACKED.length >> 1, PACKED.length - 8]) {
      const broken = Buffer.from(PACKED);
      broken.writeUInt32LE((broken.readUInt32LE(at) ^ 0xffff_ffff) >>> 0, at);
      expect(await faultAt(broken)).toMatch(
        /^AUDIENCE_FILE people.csv.gz: \/people.csv.gz is a broken gzip file|ends too soon/,
      );
    }
    const trailing = Buffer.concat([PACKED, Buffer.from('p@example.com,x\r\n')]);
    expect(await faultAt(trailing)).toBe('AUDIENCE_FILE people.csv.gz: /people.csv.gz is a broken gzip file');
  });

  it('that was packed twice is called so', async () => {
    expect(await faultAt(gzipSync(PACKED))).toMatch('people.csv.gz: this file is packed with gzip twice');
  });

  it('counts lines as they are inside', async () => {
    const packed = gzipSync(`${LIST}"q\r\nr",1\r\nlast@example.com,"x\r\n`);
    const { fault } = await faultOf(csvOf(packed));
    expect(fault).toMatchObject({ code: 'AUDIENCE_SYNTAX', line: 20_004, column: 2 });
    const ndjson = gzipSync('{"email":"a@b.co"}\n\n{"email":}\n');
    const path = lists.write(ndjson, 'people.ndjson.gz');
    const broken = await faultOf(ndjsonAudience({ kind: 'ndjson', path }));
    expect(broken.fault.message).toMatch('people.ndjson.gz, line 3, column 10: ');
  });

  it('leaves no open file behind when the reader stops early', async () => {
    const source = csvOf(PACKED, 'early.csv.gz');
    for await (const rows of source.rows()) {
      expect(rows.length).toBeGreaterThan(0);
      break;
    }
    if (process.platform === 'linux')
      await eventually(() => expect(openFiles()).not.toContain('early.csv.gz'));
  });

  it('that holds half a gigabyte of one row is refused without taking the memory', async () => {
    const part = gzipSync(Buffer.alloc(32 * 1024 * 1024, 'a'));
    const bomb = Buffer.concat([gzipSync('email,x\r\na@b.co,'), ...Array<Buffer>(16).fill(part)]);
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const before = process.memoryUsage.rss();
    const seen: number[] = [];
    const watch = setInterval(() => seen.push(process.memoryUsage.rss()), 5);
    const reading = (async () => {
      for await (const _rows of csvOf(bomb, 'bomb.csv.gz').rows());
    })();
    await expect(reading).rejects.toMatchObject({ code: 'AUDIENCE_RECORD_SIZE', line: 2, column: 2 });
    clearInterval(watch);
    expect(seen.length).toBeGreaterThan(0);
    expect(Math.max(...seen) - before).toBeLessThan(200 * 1024 * 1024);
  });
});

function openFiles(): string {
  return readdirSync('/proc/self/fd')
    .flatMap((descriptor) => {
      try {
        return [readlinkSync(join('/proc/self/fd', descriptor))];
      } catch {
        return []; // The one that listed the folder.
      }
    })
    .join();
}
