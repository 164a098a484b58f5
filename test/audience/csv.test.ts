import { readdirSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { csvAudience } from '../../src/audience/csv.ts';
import type { AudienceRow } from '../../src/audience/source.ts';
import { eventually } from '../support/eventually.ts';
import { faultOf, rowsOf, useLists } from './lists.ts';

const lists = useLists();

function read(content: string | Buffer, emailColumn?: string): Promise<AudienceRow[]> {
  return rowsOf(csvAudience({ kind: 'csv', path: lists.write(content), emailColumn }));
}

async function messageOf(content: string | Buffer, emailColumn?: string): Promise<string> {
  const { fault } = await faultOf(csvAudience({ kind: 'csv', path: lists.write(content), emailColumn }));
  return `${fault.code} ${fault.message}`;
}

describe('the rows of a CSV file', () => {
  it('have a position, an address and their cells by name', async () => {
    expect(await read('name,email\nAnn,a@example.com\nBob,b@example.com\n')).toEqual([
      { seq: 1, email: 'a@example.com', data: { name: 'Ann', email: 'a@example.com' } },
      { seq: 2, email: 'b@example.com', data: { name: 'Bob', email: 'b@example.com' } },
    ]);
  });

  it.each([
    ['CRLF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
  ])('end with %s, with or without one at the end of the file', async (_name, end) => {
    for (const text of [`email,x${end}a@b.co,1${end}c@d.co,2`, `email,x${end}a@b.co,1${end}c@d.co,2${end}`]) {
      expect((await read(text)).map((row) => [row.email, row.data['x']])).toEqual([
        ['a@b.co', '1'],
        ['c@d.co', '2'],
      ]);
    }
  });

  it('may end in different ways within one file, as pasted lists do', async () => {
    const rows = await read('email\r\na@b.co\nc@d.co\re@f.co\r\ng@h.co');
    expect(rows.map((row) => row.email)).toEqual(['a@b.co', 'c@d.co', 'e@f.co', 'g@h.co']);
  });

  it('are the same with a byte order mark, also before a quoted name', async () => {
    const plain = await read('"email",name\na@b.co,Ann\n');
    expect(await read('\uFEFF"email",name\na@b.co,Ann\n')).toEqual(plain);
  });

  it('keep commas, quotes and line breaks that are quoted, and spaces that are not', async () => {
    const rows = await read('email,x,y\n"a@b.co","Say ""hi"", Ann","two\r\nlines"\n c@d.co , z ,\n');
    expect(rows.map((row) => row.data)).toEqual([
      { email: 'a@b.co', x: 'Say "hi", Ann', y: 'two\r\nlines' },
      { email: ' c@d.co ', x: ' z ', y: '' },
    ]);
  });

  it('lack the columns that a short row has not, and drop what a long row has too much', async () => {
    const rows = await read('name,email,plan\nAnn\nBob,b@b.co\nCy,c@c.co,gold,extra,more\n');
    expect(rows.map(({ email, data }) => ({ email, data }))).toEqual([
      { email: '', data: { name: 'Ann' } },
      { email: 'b@b.co', data: { name: 'Bob', email: 'b@b.co' } },
      { email: 'c@c.co', data: { name: 'Cy', email: 'c@c.co', plan: 'gold' } },
    ]);
  });

  it('are not made of blank lines, but empty cells are a row', async () => {
    const rows = await read('\n  \nemail,x\n\r\n\na@b.co,1\n   \n\u3000\n,\n\n');
    expect(rows.map((row) => [row.seq, row.email])).toEqual([
      [1, 'a@b.co'],
      [2, ''],
    ]);
    expect((await read('email\n""\na@b.co\n')).map((row) => row.email)).toEqual(['', 'a@b.co']);
  });

  it('have no cells of columns without a name', async () => {
    expect((await read('email,,name,\na@b.co,x,Ann,y\n')).map((row) => row.data)).toEqual([
      { email: 'a@b.co', name: 'Ann' },
    ]);
  });

  it('are safe with columns that are named like parts of an object', async () => {
    const [row] = await read('email,__proto__,constructor,toString\na@b.co,x,y,z\n');
    expect(Object.entries(row?.data ?? {})).toEqual([
      ['email', 'a@b.co'],
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['toString', 'z'],
    ]);
    const [plain] = await read('email\na@b.co\n');
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(plain?.data[name]).toBeUndefined();
      expect(name in (plain?.data ?? {})).toBe(false);
    }
    expect(Object.prototype).not.toHaveProperty('x');
    expect(JSON.stringify(row?.data)).toBe(
      '{"email":"a@b.co","__proto__":"x","constructor":"y","toString":"z"}',
    );
  });

  it('come in chunks of at most a thousand, and can be read again from the start', async () => {
    const lines = Array.from({ length: 25_000 }, (_, index) => `p${index}@example.com,名前${index}\n`);
    const source = csvAudience({ kind: 'csv', path: lists.write(`email,name\n${lines.join('')}`) });
    const sizes: number[] = [];
    for await (const chunk of source.rows()) sizes.push(chunk.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    const rows = await rowsOf(source);
    expect(rows.length).toBe(25_000);
    expect(rows.every((row, index) => row.seq === index + 1 && row.data['name'] === `名前${index}`)).toBe(
      true,
    );
  });

  it('come a megabyte or so at a time where they are long', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => `p${index}@example.com,${'x'.repeat(100_000)}\n`);
    const source = csvAudience({ kind: 'csv', path: lists.write(`email,name\n${lines.join('')}`) });
    const sizes: number[] = [];
    for await (const chunk of source.rows()) sizes.push(chunk.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(100);
    expect(Math.max(...sizes)).toBeLessThan(20);
  });

  it('leave no open file behind when the reader stops early', async () => {
    const path = lists.write(`email\n${'a@example.com\n'.repeat(100_000)}`);
    for await (const chunk of csvAudience({ kind: 'csv', path }).rows()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    if (process.platform === 'linux') await eventually(() => expect(openFiles()).not.toContain(path));
  });
});

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(join('/proc/self/fd', descriptor))];
    } catch {
      return []; // The one that listed the folder.
    }
  });
}

describe('the separator', () => {
  it.each([
    ['a comma', ','],
    ['a semicolon, as Excel writes it where 1,5 is a number', ';'],
    ['a tab, as in the "Unicode text" of Excel', '\t'],
  ])('may be %s', async (_name, separator) => {
    const lines = [
      ['Name', 'E-Mail', 'Betrag'],
      ['Ann', 'a@b.co', '"1,5; 2\t3"'],
    ];
    const rows = await read(lines.map((line) => line.join(separator)).join('\r\n'));
    expect(rows.map((row) => row.data)).toEqual([{ Name: 'Ann', 'E-Mail': 'a@b.co', Betrag: '1,5; 2\t3' }]);
  });

  it('is the one by which the header has a column with an address, whatever else stands in its names', async () => {
    const [mixed] = await read('"Umsatz, netto";"a;b\nc";email\n1;2;a@b.co\n');
    expect(mixed?.data).toEqual({ 'Umsatz, netto': '1', 'a;b\nc': '2', email: 'a@b.co' });
    const [loose] = await read('\n \nUmsatz, netto, 2025;email\n1,2;a@b.co\n');
    expect(loose?.data).toEqual({ 'Umsatz, netto, 2025': '1,2', email: 'a@b.co' });
    const [comma] = await read('a;b;c;d,email\n1;2,a@b.co\n');
    expect(comma?.data).toEqual({ 'a;b;c;d': '1;2', email: 'a@b.co' });
    const [named] = await read('email,x;"連絡 ""先"""\nn,m;a@b.co\n', '連絡 "先"');
    expect(named).toMatchObject({ email: 'a@b.co', data: { 'email,x': 'n,m' } });
  });

  it('is the one that makes the most columns, where none has an address', async () => {
    expect(await messageOf('id;name,x;plan\n1;Ann;gold\n')).toMatch('(found: id, name,x, plan)');
    expect(await messageOf('id,"na"me;x\n')).toMatch('AUDIENCE_SYNTAX');
  });

  it('of a single column is not looked for in the rows', async () => {
    expect(await read('email\na@b.co\n"c;d"@e.co;x\n').catch(() => 'a fault')).toBe('a fault');
    expect((await read('email\na@b.co;c@d.co\n')).map((row) => row.email)).toEqual(['a@b.co;c@d.co']);
  });
});

describe('the address column', () => {
  it.each([
    ['email'],
    ['E-Mail'],
    ['EMAIL_ADDRESS'],
    ['Email Address'],
    ['mail'],
    ['Ｅメール'],
    ['メールアドレス'],
    ['ﾒｰﾙｱﾄﾞﾚｽ'],
    [' メールアドレス\u3000'],
  ])('is found by its usual name: %s', async (name) => {
    expect((await read(`id,${name}\n1,a@b.co\n`)).map((row) => row.email)).toEqual(['a@b.co']);
  });

  it('is the one that is named, whatever else there is', async () => {
    const rows = await read('email, 連絡先 ,mail\nx@x.co,a@b.co,y@y.co\n', '連絡先');
    expect(rows[0]?.email).toBe('a@b.co');
  });

  it('stops the campaign where it is missing, with the columns that are there', async () => {
    expect(await messageOf('name,plan\nAnn,gold\n', 'email')).toBe(
      'AUDIENCE_HEADER people.csv, line 1: no column "email" (found: name, plan); set audience.emailColumn',
    );
    expect(await messageOf('name,,plan\nAnn,,gold\n')).toBe(
      'AUDIENCE_HEADER people.csv, line 1: no column with an address (found: name, (no name), plan); set audience.emailColumn',
    );
    expect(await messageOf('Email\na@b.co\n', 'email')).toMatch('no column "email" (found: Email)');
  });

  it('stops the campaign where two columns may be it', async () => {
    expect(await messageOf('id,email,メールアドレス\n1,a@b.co,c@d.co\n')).toBe(
      'AUDIENCE_HEADER people.csv, line 1, column 3: more than one column may have the address (email, メールアドレス); set audience.emailColumn',
    );
  });
});

describe('a fault in the header', () => {
  it('is a name that stands there twice', async () => {
    expect(await messageOf('email,name, name\na@b.co,x,y\n')).toBe(
      'AUDIENCE_HEADER people.csv, line 1, column 3: columns 2 and 3 are both named "name"; rename one',
    );
  });

  it('is an empty file', async () => {
    for (const content of ['', '\uFEFF', '\n\n', '  \r\n']) {
      expect(await messageOf(content)).toBe(
        'AUDIENCE_HEADER people.csv, line 1: the file is empty: its first line must name the columns',
      );
    }
    expect(await read('email\n')).toEqual([]);
  });

  it('is named with its line where blank lines stand before it', async () => {
    expect(await messageOf('\r\n\r\n\nname\nAnn\n')).toMatch('people.csv, line 4: no column');
  });

  it('is told on one short line, however wrong the file is', async () => {
    const wide = Array.from({ length: 30 }, (_, index) => `col${index}`).join(',');
    expect(await messageOf(`${wide}\n`)).toMatch(/col19 and 10 more\); set audience.emailColumn$/);
    const odd = await messageOf(`"a\nb\u0000\u001b[31mc",${'x'.repeat(500)}\n`);
    expect(odd).toMatch(`(found: a b [31mc, ${'x'.repeat(40)}…)`);
  });
});

describe('a fault in the text', () => {
  it("tells nobody's address, since faults are logged", async () => {
    const secret = 'ann@example.com';
    for (const text of [`${secret},Ann\n`, `${secret},${secret}\n`, `email,x\n${secret},${secret} "x"\n`]) {
      const { fault } = await faultOf(csvAudience({ kind: 'csv', path: lists.write(text) }));
      expect(inspect(fault, { depth: 9, showHidden: true })).not.toContain('ann@');
    }
    expect(await messageOf(`${secret},Ann\n`)).toMatch(
      'no column with an address (found: (an address), Ann)',
    );
  });

  it('is a quote that is never closed, at the cell where it opens', async () => {
    const text = 'name,email,x\n"a\nb",a@b.co,1\r\nAnn,c@d.co,"never\nBob,e@f.co,2\n';
    const { fault, rows } = await faultOf(
      csvAudience({ kind: 'csv', path: lists.write(text), emailColumn: 'email' }),
    );
    expect(fault).toMatchObject({
      code: 'AUDIENCE_SYNTAX',
      message: 'people.csv, line 4, column 3: the quote that opens this cell is never closed',
      file: join(lists.folder, 'people.csv'),
      line: 4,
      column: 3,
    });
    expect(rows).toBe(0);
  });

  it('is a quote that can only be guessed at', async () => {
    expect(await messageOf('email,x\r\n\r\na@b.co,"one"two\r\n')).toMatch(
      /^AUDIENCE_SYNTAX people.csv, line 3, column 2: text follows/,
    );
    expect(await messageOf('email,x\ra@b.co,"1\r\n2"\rc@d.co,24" screen\r')).toMatch(
      /^AUDIENCE_SYNTAX people.csv, line 4, column 2: a quote stands inside this cell/,
    );
    expect(await messageOf('email,x\na@b.co,1\n\n "c"@d.co,1\n')).toMatch(/people.csv, line 4, column 1: /);
  });

  it('is a row of more than a megabyte', async () => {
    expect(await read(`email,x\na@b.co,${'x'.repeat(1_048_000)}\n`)).toHaveLength(1);
    expect(await messageOf(`email,x\na@b.co,${'x'.repeat(1_049_000)}\n`)).toMatch(
      /^AUDIENCE_RECORD_SIZE people.csv, line 2, column 2: this row is longer than 1048576 bytes/,
    );
    expect(await messageOf(`email,x\na@b.co,"${'never closed\n'.repeat(200_000)}`)).toMatch(
      /^AUDIENCE_RECORD_SIZE people.csv, line 2, column 2: /,
    );
    expect(await messageOf(`email,x\na@b.co${','.repeat(3_000_000)}\n`)).toMatch(
      /^AUDIENCE_RECORD_SIZE people.csv, line 2: /,
    );
  });

  it('is no megabyte of blank lines', async () => {
    expect(await read(`email\n${'\r\n'.repeat(1_000_000)}a@b.co\n`)).toHaveLength(1);
  });

  it('comes before any row where the file is short, and after whole rows where it is long', async () => {
    const good = 'a@b.co,"x"\n'.repeat(100_000);
    const { fault, rows } = await faultOf(
      csvAudience({ kind: 'csv', path: lists.write(`email,x\n${good}a@b.co,"x\n`) }),
    );
    expect(fault).toMatchObject({ code: 'AUDIENCE_SYNTAX', line: 100_002, column: 2 });
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(100_000);
  });
});

describe('a file that can not be read', () => {
  async function faultAt(path: string): Promise<string> {
    const source = csvAudience({ kind: 'csv', path });
    const { fault } = await faultOf(source);
    await expect(source.fingerprint()).rejects.toMatchObject({ code: 'AUDIENCE_FILE', file: path });
    expect(fault).toMatchObject({ code: 'AUDIENCE_FILE', file: path, line: null });
    return fault.message;
  }

  it('is missing, a folder, or a device', async () => {
    const missing = join(lists.folder, 'missing.csv');
    expect(await faultAt(missing)).toBe(
      `missing.csv: ${missing} does not exist on the machine that reads it`,
    );
    expect(await faultAt(lists.folder)).toMatch(/is a folder, not a file$/);
    expect(await faultAt('/dev/null')).toMatch(/is no regular file$/);
  });
});

describe('the fingerprint', () => {
  it('changes with the size and with the time of change, and with nothing else', async () => {
    const path = lists.write('email\na@b.co\n', 'changing.csv');
    const source = csvAudience({ kind: 'csv', path });
    utimesSync(path, 1_000, 1_000);
    const first = await source.fingerprint();
    expect(await source.fingerprint()).toBe(first);
    utimesSync(path, 1_000, 1_001);
    const touched = await source.fingerprint();
    writeFileSync(path, 'email\na@b.co\nc@d.co\n');
    utimesSync(path, 1_000, 1_001);
    const longer = await source.fingerprint();
    expect(new Set([first, touched, longer]).size).toBe(3);
  });
});
