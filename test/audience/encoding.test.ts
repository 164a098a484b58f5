import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvAudience } from '../../src/audience/csv.ts';
import { encodingOf, SHARED_LATIN_LETTERS } from '../../src/audience/encoding.ts';
import { DuplicateFilter } from '../../src/audience/filter.ts';
import type { AudienceRow } from '../../src/audience/source.ts';
import { parseAddress } from '../../src/core/address.ts';
import { encode } from './encode.ts';
import { faultOf, rowsOf, useLists } from './lists.ts';

const lists = useLists();

function read(content: string | Buffer, encoding?: string): Promise<AudienceRow[]> {
  return rowsOf(csvAudience({ kind: 'csv', path: lists.write(content), encoding }));
}

async function names(content: string | Buffer, encoding?: string): Promise<unknown[]> {
  return (await read(content, encoding)).map((row) => row.data['name']);
}

/** Nothing may be given before a fault of this kind. */
async function messageOf(content: string | Buffer, encoding?: string): Promise<string> {
  const { fault, rows } = await faultOf(csvAudience({ kind: 'csv', path: lists.write(content), encoding }));
  expect(rows).toBe(0);
  expect(fault.code).toBe('AUDIENCE_ENCODING');
  return fault.message;
}

function listOf(...people: string[]): string {
  return `email,name\r\n${people.map((name, index) => `p${index}@example.com,${name}\r\n`).join('')}`;
}

const GUESSED = /^people.csv, line (\d+): this line is not UTF-8, and what else it is can only be guessed at/;
const ASCII = 'person@example.com,Ann\r\n'.repeat(50_000);

describe('the sample list as Excel in Japan saves it', () => {
  it('comes out as its notes say: 1,250 read, 32 invalid, 45 twice, 1,173 to mail', async () => {
    const path = join(import.meta.dirname, '../../samples/audience-sjis.csv');
    for (const encoding of [undefined, 'Shift_JIS', 'cp932', 'windows-31j']) {
      const filter = new DuplicateFilter();
      const counts = { read: 0, invalid: 0, duplicate: 0, planned: 0 };
      const rows = await rowsOf(csvAudience({ kind: 'csv', path, encoding, emailColumn: 'メールアドレス' }));
      for (const row of rows) {
        counts.read += 1;
        const parsed = parseAddress(row.email);
        if (parsed.kind === 'invalid') counts.invalid += 1;
        else if (filter.add(parsed.address.normal)) counts.planned += 1;
        else counts.duplicate += 1;
      }
      expect(counts).toEqual({ read: 1_250, invalid: 32, duplicate: 45, planned: 1_173 });
      expect(rows[0]?.data).toEqual({
        氏名: '清水 蓮',
        プラン: 'プレミアム',
        メールアドレス: 'quinn.3992239@outlook.com',
        ポイント: '2293',
        会社: '',
      });
    }
  });
});

describe('Shift_JIS', () => {
  /** Windows' own bytes, from its code page 932. */
  const WINDOWS: readonly (readonly [character: string, hex: string])[] = [
    ['①', '8740'],
    ['㈱', '878a'],
    ['髙', 'fbfc'],
    ['﨑', 'fab1'],
    ['～', '8160'],
    ['－', '817c'],
    ['∥', '8161'],
    ['―', '815c'],
    ['￢', '81ca'],
    ['表', '955c'],
    ['ｱ', 'b1'],
    ['ﾟ', 'df'],
    ['\\', '5c'],
    ['~', '7e'],
  ];

  it('is what Windows calls so, with circled digits, 髙, wave dashes and half-width kana', async () => {
    const people = ['高橋 太郎', '佐藤 花子', '鈴木 一郎'];
    const cells = WINDOWS.map(([, hex]) => Buffer.from(hex, 'hex'));
    const lines = cells.map((cell) => Buffer.concat([Buffer.from('a@b.co,'), cell, Buffer.from('\r\n')]));
    const content = Buffer.concat([encode(listOf(...people), 'shift_jis'), ...lines]);
    expect(await names(content)).toEqual([...people, ...WINDOWS.map(([character]) => character)]);
  });

  it('is found behind more ASCII than anybody looks at', async () => {
    const content = encode(`email,name\r\n${ASCII}a@b.co,髙橋 太郎\r\nc@d.co,ﾀﾅｶ ①\r\n`, 'shift_jis');
    expect((await names(content)).slice(-2)).toEqual(['髙橋 太郎', 'ﾀﾅｶ ①']);
  });

  it('stops at its first broken byte, with the line, before the first row', async () => {
    const long = encode(listOf('田中 太郎', ...Array<string>(100_000).fill('佐藤 "花子"')), 'shift_jis');
    const broken = (tail: number[]): Buffer =>
      Buffer.concat([long, Buffer.from('x@y.co,'), Buffer.from(tail)]);
    const problem = 'this line is not Shift_JIS (byte 0x8F): set audience.encoding to what it is';
    for (const tail of [[0x8f, 0x0d, 0x0a], [0x8f, 0x20, 0x0a], [0x8f]]) {
      expect(await messageOf(broken(tail))).toMatch(`people.csv, line 100003: ${problem}`);
    }
    expect(await messageOf(broken([0xff]), 'cp932')).toMatch(
      'line 100003: this line is not Shift_JIS (byte 0xFF)',
    );
  });

  it.each([
    ['EUC-JP', 'bbb3c5c420c2c0cfba', 'euc-jp', '山田 太郎'],
    ['GBK', 'd5c5cea6', 'gbk', '张桅'],
    ['Big5', 'b169b0b6', 'big5', '張偉'],
    ['EUC-KR', 'b1e8b9cebcf6', 'euc-kr', '김민수'],
    ['Cyrillic', 'c8e2e0ed20cfe5f2f0eee2', 'windows-1251', 'Иван Петров'],
    ['Greek', 'c3e9fef1e3eff2', 'windows-1253', 'Γιώργος'],
    ['Mac Roman', '488e6c8f6e65', 'macintosh', 'HélènE'],
  ])('is not seen in %s, which has to be named', async (_name, hex, encoding, name) => {
    const line = Buffer.concat([Buffer.from('a@b.co,'), Buffer.from(hex, 'hex'), Buffer.from('\r\n')]);
    const content = Buffer.concat([Buffer.from('email,name\r\n'), ...Array<Buffer>(30).fill(line)]);
    expect(await messageOf(content)).toMatch(GUESSED);
    const [found] = await names(content, encoding);
    expect(String(found).normalize()).toBe(
      new TextDecoder(encoding).decode(Buffer.from(hex, 'hex')).normalize(),
    );
    if (encoding !== 'gbk' && encoding !== 'macintosh') expect(found).toBe(name);
  });

  it('of half-width kana alone has to be named', async () => {
    const content = encode(listOf('ﾔﾏﾀﾞ ﾀﾛｳ', 'ｻﾄｳ ﾊﾅｺ'), 'shift_jis');
    expect(await messageOf(content)).toMatch(GUESSED);
    expect(await names(content, 'sjis')).toEqual(['ﾔﾏﾀﾞ ﾀﾛｳ', 'ｻﾄｳ ﾊﾅｺ']);
  });
});

describe('UTF-8', () => {
  it('is told from everything else by being right all through', async () => {
    const people = ['é', 'Þór', 'ñ', '田', 'ﾃｽﾄ', '😀', 'Ω', '\u0085'];
    for (const name of people) expect(await names(listOf(name))).toEqual([name]);
    expect(await names(`\uFEFF${listOf(...people)}`)).toEqual(people);
    expect(await names(listOf(...people), 'UTF8')).toEqual(people);
  });

  it('stops at the line with the first wrong byte', async () => {
    const content = Buffer.concat([
      Buffer.from('email,x\r\na@b.co,"あ\nい"\r\nc@d.co,'),
      Buffer.from([0x83, 0x65]),
      Buffer.from('\r\n'),
    ]);
    expect(await messageOf(content)).toBe(
      'people.csv, line 4: this line is not UTF-8 (byte 0x83): set audience.encoding to what it is, or save the list as UTF-8 (in Excel "CSV UTF-8")',
    );
  });

  it('stops where it ends within a character', async () => {
    const content = Buffer.from(listOf('あ', 'い')).subarray(0, -3);
    expect(await messageOf(content)).toMatch(/line 3: this line is not UTF-8 \(byte 0xE3\)/);
  });

  it('stops before the first row where the wrong byte is the last of many', async () => {
    const content = Buffer.concat([
      Buffer.from(`email,name\r\n${ASCII}a@b.co,東京\r\nc@d.co,Ren`),
      Buffer.from([0xe9]),
    ]);
    expect(await messageOf(content)).toMatch('line 50003: this line is not UTF-8 (byte 0xE9)');
    expect(await messageOf(content, 'utf-8')).toMatch('line 50003: this line is not UTF-8 (byte 0xE9)');
  });
});

describe('UTF-16', () => {
  const people = ['田中', 'Zoë', '😀', 'Ąę'];

  it.each(['utf-16le', 'utf-16be'] as const)('is known by its mark: %s', async (encoding) => {
    const content = encode(listOf(...people), encoding);
    for (const name of [undefined, 'utf-16', 'UTF16', 'utf-16le', 'unicode']) {
      expect(await names(content, name)).toEqual(people);
    }
  });

  it('is read as Excel saves "Unicode text": with tabs', async () => {
    const content = encode('E-Mail\tname\r\na@b.co\t"田中\t太郎"\r\n', 'utf-16le');
    expect(await names(content)).toEqual(['田中\t太郎']);
  });

  it.each(['utf-16le', 'utf-16be'] as const)('has to be named where it has no mark: %s', async (encoding) => {
    const content = encode(listOf(...people), encoding).subarray(2);
    expect(await messageOf(content)).toMatch(
      `people.csv: this looks like UTF-16 without a byte order mark: set audience.encoding to ${encoding}, or`,
    );
    expect(await names(content, encoding)).toEqual(people);
    expect(await names(content, 'utf-16')).toEqual(people);
  });

  it('stops at half a character, on the line as an editor counts it', async () => {
    const start = encode(listOf('田\n中', '\u0A0D\u0D0A'), 'utf-16le');
    const high = Buffer.from([0x3d, 0xd8]);
    const rest = Buffer.from('x\r\n', 'utf16le');
    expect(await messageOf(Buffer.concat([start, high, rest]))).toMatch(
      'line 5: this line is not UTF-16LE (byte 0x3D)',
    );
    expect(await messageOf(Buffer.concat([start, rest, rest.subarray(0, 3)]))).toMatch(
      'line 6: this line is not UTF-16LE',
    );
  });
});

describe('Windows-1252', () => {
  const people = ['Müller', 'Höß', 'Jörg Groß', 'Über', 'René'];

  it('is found where it reads the same in every code page of Excel', async () => {
    expect(await names(encode(listOf(...people), 'windows-1252'))).toEqual(people);
    expect((await names(encode(`email,name\r\n${ASCII}a@b.co,Käthe\r\n`, 'windows-1252'))).at(-1)).toBe(
      'Käthe',
    );
  });

  it('has no other letters that are taken for sure', () => {
    const pages = ['windows-1250', 'windows-1252', 'windows-1254', 'windows-1257'];
    const letters = Array.from({ length: 256 }, (_, byte) =>
      pages.map((page) => new TextDecoder(page).decode(Uint8Array.of(byte))),
    ).filter(
      ([first = '', ...more]) =>
        first > '\x7F' && /\p{Script=Latin}/u.test(first) && more.every((one) => one === first),
    );
    expect(letters.map(([letter]) => letter).join('')).toBe(SHARED_LATIN_LETTERS);
  });

  it('has to be named where it may be that of another country, also far on', async () => {
    const western = ['Peña', 'Hélène', 'L’Oréal', 'Øystein', 'œuvre €'];
    expect(await messageOf(encode(listOf('Ann', ...western), 'windows-1252'))).toMatch(
      /line 3: .*guessed at/,
    );
    for (const label of ['windows-1252', 'cp1252', 'Latin1', 'iso-8859-1']) {
      expect(await names(encode(listOf(...western), 'windows-1252'), label)).toEqual(western);
    }
    const far = listOf(...Array<string>(20_000).fill('Müller'), 'Dvořák');
    const content = Buffer.from(far.replace('ř', 'ø'), 'latin1');
    expect(await messageOf(content)).toMatch(/line 20002: .*guessed at.*windows-1250 \(Central Europe\)/);
    expect((await names(content, 'windows-1250')).at(-1)).toBe('Dvořák');
  });
});

describe('a wrong name', () => {
  const japanese = listOf('田中 太郎', '佐藤 花子');

  it.each([
    ['utf-8', 'shift_jis', /line 2: this line is not UTF-8 \(byte 0x93\)/],
    [
      'windows-1252',
      'shift_jis',
      /line 2: this line is not Windows-1252 \(byte 0x98\)|line 3: .*Windows-1252 \(byte 0x8D\)|line 2: .*Windows-1252/,
    ],
    ['euc-jp', 'shift_jis', /line 2: this line is not EUC-JP/],
    ['utf-16le', 'shift_jis', /people.csv: this file is not UTF-16LE, as audience.encoding says: leave/],
    [
      'shift_jis',
      'utf-8',
      /people.csv: this file is not Shift_JIS, as audience.encoding says \(it is UTF-8\): leave/,
    ],
    ['windows-1252', 'utf-8', /not Windows-1252, as audience.encoding says \(it is UTF-8\)/],
    ['utf-16', 'utf-8', /not UTF-16LE, as audience.encoding says/],
    [
      'shift_jis',
      'utf-8-bom',
      /not Shift_JIS, as audience.encoding says \(it has the byte order mark of UTF-8\)/,
    ],
    ['utf-16', 'utf-8-bom', /not UTF-16LE, as audience.encoding says/],
    ['utf-8', 'utf-16le', /not UTF-8, as audience.encoding says \(it has the byte order mark of UTF-16LE\)/],
  ] as const)('is caught: %s for %s', async (named, written, says) => {
    expect(await messageOf(encode(japanese, written), named)).toMatch(says);
  });

  it('is no fault for a list that is ASCII', async () => {
    for (const name of ['utf-8', 'shift_jis', 'windows-1252', 'euc-kr']) {
      expect(await names(listOf('Ann'), name)).toEqual(['Ann']);
    }
  });

  it('that nobody has heard of is a fault', async () => {
    expect(await messageOf(listOf('Ann'), 'klingon')).toMatch(
      'people.csv: audience.encoding is no encoding that is known',
    );
    expect(['klingon', 'x-user-defined', 'replacement', 'shared-latin', ''].map(encodingOf)).toEqual(
      Array<null>(5).fill(null),
    );
  });
});

describe('what is no text', () => {
  it.each([
    ['an Excel workbook or a ZIP archive', Buffer.from('PK\x03\x04\x14\0')],
    ['an Excel workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex')],
    ['a PDF document', Buffer.from('%PDF-1.7\n')],
    ['packed with zstd', Buffer.from('28b52ffd00', 'hex')],
    ['UTF-32', Buffer.from('fffe000065000000', 'hex')],
  ])('is called by its name: %s', async (name, content) => {
    expect(await messageOf(content)).toBe(
      `people.csv: this file is ${name}: save the list as plain text in UTF-8`,
    );
  });

  it('or only looks like ASCII is not taken for ASCII', async () => {
    const content = Buffer.from('email,name\r\na@b.co,\x1B$B;3ED\x1B(B\r\n');
    expect(await messageOf(content)).toMatch(
      'this looks like ISO-2022-JP: set audience.encoding to iso-2022-jp',
    );
    expect(await names(content, 'iso-2022-jp')).toEqual(['山田']);
  });
});

it('a byte that is wrong beyond what is looked through first is found at its line, and ends the list there', async () => {
  const rows = 700_000;
  const line = 'person@example.com,Zoë Müller\r\n';
  const content = Buffer.concat([
    Buffer.from(`email,name\r\n${line.repeat(rows)}`),
    Buffer.from([0xff]),
    Buffer.from(line),
  ]);
  const { fault, rows: given } = await faultOf(csvAudience({ kind: 'csv', path: lists.write(content) }));
  expect(fault.message).toContain(`line ${rows + 2}`);
  expect(given).toBeGreaterThan(500_000);
  expect(given).toBeLessThanOrEqual(rows);
});
