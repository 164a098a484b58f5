import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../../src/audience/bytes.ts';
import { type Cells, csvRecords } from '../../src/audience/records.ts';
import { utf8Text } from '../../src/audience/text.ts';

/** The bytes in pieces of the given lengths, over and over. */
function pieces(bytes: Buffer, lengths: readonly number[]): Bytes {
  return async function* read() {
    let start = 0;
    for (let index = 0; start < bytes.length; index += 1) {
      const length = lengths[index % lengths.length] ?? 1;
      yield bytes.subarray(start, start + length);
      start += length;
    }
  };
}

const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

describe('csvRecords', () => {
  it('gives back any table that was written as RFC 4180 says, wherever its bytes are cut', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\r', '\n', '田', '𠮷', ' ', '@'),
      maxLength: 8,
    });
    const record = fc.array(cell, { minLength: 2, maxLength: 4 });
    const end = fc.constantFrom('\r\n', '\n', '\r');
    const written = fc.array(fc.tuple(record, end, fc.boolean()), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(written, lengths, async (table, cuts) => {
        const text = table
          .map(([cells, stop, all]) => cells.map((one) => quoted(one, all)).join(',') + stop)
          .join('');
        const records: Cells[] = [];
        const source = utf8Text(pieces(Buffer.from(text), cuts), 'utf-8', 'x.csv');
        for await (const some of csvRecords(source, 'x.csv')) records.push(...some);
        expect(records).toEqual(table.map(([cells]) => cells));
      }),
      { numRuns: 500 },
    );
  });

  it('names the line where the faulty cell begins, wherever the bytes are cut', async () => {
    const filler = fc.array(fc.constantFrom('a,b\n', 'a,"x\r\ny"\r\n', '\n', '"q""\r",b\r', '田,中\r\n'), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(filler, lengths, async (before, cuts) => {
        const start = before.join('');
        // The last line is an empty one here: the line feed belongs to it, unless a CR stands before it.
        const line = `${start}x`.split(/\r\n|\r|\n/).length;
        const source = pieces(Buffer.from(`${start}x,"y\n`), cuts);
        await expect(drained(csvRecords(source, 'x.csv'))).rejects.toMatchObject({ line, column: 2 });
      }),
      { numRuns: 500 },
    );
  });
});

function quoted(cell: string, always: boolean): string {
  return always || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

describe('utf8Text', () => {
  it('accepts and refuses what a strict decoder does, and changes nothing but the mark at the start', async () => {
    const characters = fc.string({
      unit: fc.constantFrom('a', '\n', '\r', 'é', '田', '𠮷', '\uFEFF', '\uFFFD'),
      maxLength: 20,
    });
    const wrong = fc.constantFrom(
      [],
      [0x83],
      [0xe3, 0x81],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80],
      [0xff],
    );
    await fc.assert(
      fc.asyncProperty(characters, wrong, characters, lengths, async (before, byte, after, cuts) => {
        const bytes = Buffer.concat([Buffer.from(before), Buffer.from(byte), Buffer.from(after)]);
        const text = drained(utf8Text(pieces(bytes, cuts), 'utf-8', 'x.csv')());
        if (byte.length > 0) {
          const line = `${before}x`.split(/\r\n|\r|\n/).length;
          await expect(text).rejects.toMatchObject({ code: 'AUDIENCE_ENCODING', line });
        } else {
          expect(Buffer.concat(await text).toString()).toBe(
            new TextDecoder('utf-8', { fatal: true }).decode(bytes),
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

async function drained<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
