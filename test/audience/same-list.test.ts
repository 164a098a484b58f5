import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openAudience } from '../../src/audience/open.ts';
import { encode, type WrittenEncoding } from './encode.ts';
import { rowsOf, useLists } from './lists.ts';

const lists = useLists();

interface Person {
  readonly email: string;
  readonly name: string;
  readonly note: string;
}

interface Written {
  readonly kind: 'csv' | 'ndjson';
  readonly encoding: WrittenEncoding;
  readonly packed: boolean;
  readonly files: number;
  readonly separator: ',' | ';' | '\t';
  readonly end: '\r\n' | '\n';
}

/** Of each way. */
const RUNS = 3;

const JAPANESE = ['utf-8', 'utf-8-bom', 'shift_jis', 'utf-16le', 'utf-16be'] as const;
const LATIN = ['utf-8', 'utf-8-bom', 'windows-1252', 'utf-16le', 'utf-16be'] as const;

/** Every way to write a list that there is, but for separator and line end, which are drawn with the list. */
function ways(
  encodings: readonly WrittenEncoding[],
): Pick<Written, 'kind' | 'encoding' | 'packed' | 'files'>[] {
  return (['csv', 'ndjson'] as const).flatMap((kind) =>
    encodings.flatMap((encoding) =>
      [false, true].flatMap((packed) => [1, 3].map((files) => ({ kind, encoding, packed, files }))),
    ),
  );
}

let writings = 0;

function write(people: readonly Person[], written: Written): string[] {
  const { files, packed, encoding, kind } = written;
  const size = Math.ceil(people.length / files);
  writings += 1;
  return Array.from({ length: files }, (_, index) => {
    const part = people.slice(index * size, (index + 1) * size);
    const text = kind === 'csv' ? csvOf(part, written, index) : ndjsonOf(part, written, index);
    const bytes = encode(text, encoding);
    return lists.write(
      packed ? gzipSync(bytes) : bytes,
      `${writings}-${index}.${kind}${packed ? '.gz' : ''}`,
    );
  });
}

/** Each file has its columns in another order. */
function columnsOf(index: number): (keyof Person)[] {
  const columns: (keyof Person)[] = ['email', 'name', 'note'];
  return [...columns.slice(index), ...columns.slice(0, index)];
}

function csvOf(people: readonly Person[], { separator, end }: Written, index: number): string {
  const columns = columnsOf(index);
  const cell = (text: string): string =>
    /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = people.map((person) => columns.map((column) => cell(person[column])).join(separator));
  return [columns.join(separator), ...lines].map((line) => line + end).join('');
}

function ndjsonOf(people: readonly Person[], { end }: Written, index: number): string {
  const columns = columnsOf(index);
  return people
    .map(
      (person) => JSON.stringify(Object.fromEntries(columns.map((column) => [column, person[column]]))) + end,
    )
    .join('');
}

function peopleOf(letters: readonly string[], maxLength: number): fc.Arbitrary<Person[]> {
  const text = fc.string({
    unit: fc.constantFrom(...letters, ' ', ',', ';', '"', '\t', '\n', '\r\n', '\\'),
    maxLength,
  });
  const email = fc.integer({ min: 0, max: 999 }).map((number) => `person.${number}@example.com`);
  return fc.array(fc.record({ email, name: text, note: text }), { minLength: 3, maxLength: 40 });
}

async function expectSameRows(
  people: readonly Person[],
  written: Written,
  encoding: string | undefined,
): Promise<void> {
  const path = write(people, written);
  const rows = await rowsOf(openAudience({ kind: written.kind, path, encoding, emailColumn: 'email' }));
  expect(rows).toEqual(
    people.map((person, index) => ({ seq: index + 1, email: person.email, data: person })),
  );
}

const separator = fc.constantFrom<Written['separator'][]>(',', ';', '\t');
const end = fc.constantFrom<Written['end'][]>('\r\n', '\n');

describe('one audience written in every format and encoding gives the same rows', () => {
  it.each(ways(JAPANESE))('Japanese: %o', async (way) => {
    const letters = ['田', '髙', '橋', 'ア', 'ん', 'ｱ', 'ﾞ', '①', '～', '表', 'A', '1'];
    // Enough to be sure of the encoding: a few drawn characters may not be, and then it has to be named.
    const known = ['佐藤 花子 東京都千代田区', '鈴木 一郎 プレミアム会員', '株式会社サンプル 営業部 田中様'];
    await fc.assert(
      fc.asyncProperty(
        peopleOf(letters, 6),
        separator,
        end,
        fc.boolean(),
        async (drawn, sep, stop, named) => {
          const people = drawn.map((person, index) => ({ ...person, note: known[index % 3] ?? '' }));
          const name = way.encoding === 'utf-8-bom' ? 'utf-8' : way.encoding;
          const label = named ? name : undefined;
          await expectSameRows(people, { ...way, separator: sep, end: stop }, label);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it.each(ways(LATIN))('Western: %o', async (way) => {
    const letters = ['é', 'ñ', 'Ø', 'ß', '€', '’', 'œ', 'ÿ', 'A', '1'];
    await fc.assert(
      fc.asyncProperty(peopleOf(letters, 12), separator, end, async (drawn, sep, stop) => {
        // With one plain name in each file: "Øœ" alone is one letter in UTF-8, by its bytes.
        const people = drawn.map((person) => ({ ...person, note: `Zoë ${person.note}` }));
        const label = way.encoding === 'windows-1252' ? 'Windows-1252' : undefined;
        await expectSameRows(people, { ...way, separator: sep, end: stop }, label);
      }),
      { numRuns: RUNS },
    );
  });
});
