import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ndjsonAudience } from '../../src/audience/ndjson.ts';
import type { AudienceRow } from '../../src/audience/source.ts';
import { faultOf, rowsOf, useLists } from './lists.ts';

const lists = useLists();

function read(content: string | Buffer, emailColumn?: string): Promise<AudienceRow[]> {
  return rowsOf(ndjsonAudience({ kind: 'ndjson', path: lists.write(content, 'people.ndjson'), emailColumn }));
}

async function messageOf(content: string | Buffer, emailColumn?: string): Promise<string> {
  const path = lists.write(content, 'people.ndjson');
  const { fault } = await faultOf(ndjsonAudience({ kind: 'ndjson', path, emailColumn }));
  return `${fault.code} ${fault.message}`;
}

describe('the rows of an NDJSON file', () => {
  it('have a position, an address and their values by key, whatever JSON they are', async () => {
    const data = {
      email: 'a@b.co',
      n: 1.5,
      yes: true,
      none: null,
      tags: ['x', { y: 1 }],
      at: { city: '東京' },
    };
    expect(await read(`${JSON.stringify(data)}\n{"email":"c@d.co","other":"é\\u3042"}\n`)).toEqual([
      { seq: 1, email: 'a@b.co', data },
      { seq: 2, email: 'c@d.co', data: { email: 'c@d.co', other: 'éあ' } },
    ]);
  });

  it('stand between blank lines, with any white space around them, and the last one needs no line end', async () => {
    const rows = await read(
      '\n  \r\n {"email": "a@b.co"}\t\r\n\u3000\n\n{"email":"c@d.co"}\r\n{"email":"e@f.co"}',
    );
    expect(rows.map((row) => [row.seq, row.email])).toEqual([
      [1, 'a@b.co'],
      [2, 'c@d.co'],
      [3, 'e@f.co'],
    ]);
  });

  it('are none in an empty file', async () => {
    for (const content of ['', '\n', '\uFEFF', ' \r\n\n']) expect(await read(content)).toEqual([]);
  });

  it('come in chunks of at most a thousand, and a megabyte or so at a time where they are long', async () => {
    const sizes = async (count: number, filler: string): Promise<number[]> => {
      const line = (index: number): string => `{"email":"p${index}@example.com","x":"${filler}"}\n`;
      const path = lists.write(Array.from({ length: count }, (_, index) => line(index)).join(''));
      const found: number[] = [];
      let seq = 0;
      for await (const rows of ndjsonAudience({ kind: 'ndjson', path }).rows()) {
        found.push(rows.length);
        for (const row of rows) {
          seq += 1;
          expect(row.seq).toBe(seq);
          expect(row.email).toBe(`p${seq - 1}@example.com`);
        }
      }
      expect(seq).toBe(count);
      return found;
    };
    expect(Math.max(...(await sizes(25_000, '田中')))).toBeLessThanOrEqual(1_000);
    expect(Math.max(...(await sizes(100, 'x'.repeat(100_000))))).toBeLessThan(20);
  });

  it('are safe with keys that are named like parts of an object', async () => {
    const [row] = await read('{"email":"a@b.co","__proto__":{"x":1},"constructor":"y","toString":"z"}');
    expect(Object.keys(row?.data ?? {})).toEqual(['email', '__proto__', 'constructor', 'toString']);
    const [plain] = await read('{"email":"a@b.co"}');
    for (const name of ['__proto__', 'constructor', 'toString', 'x']) {
      expect(name in (plain?.data ?? {})).toBe(false);
      expect(row?.data['x']).toBeUndefined();
    }
    expect(Object.prototype).not.toHaveProperty('x');
  });

  it('keep every digit of a number that is too long to be one', async () => {
    const [row] = await read(
      '{"email":"a@b.co","id":12345678901234567890,"list":[-9007199254740993],"ok":9007199254740991,"text":"12345678901234567890","part":0.1234567890123456}',
    );
    expect(row?.data).toEqual({
      email: 'a@b.co',
      id: '12345678901234567890',
      list: ['-9007199254740993'],
      ok: 9007199254740991,
      text: '12345678901234567890',
      part: 0.1234567890123456,
    });
  });

  it('have the last value of a key that stands there twice', async () => {
    expect((await read('{"email":"a@b.co","x":1,"x":2}'))[0]?.data['x']).toBe(2);
  });
});

describe('the key of the address', () => {
  it.each([['email'], ['E-Mail'], ['メールアドレス'], ['ﾒｰﾙｱﾄﾞﾚｽ'], [' mail ']])(
    'is found by its usual name: %s',
    async (name) => {
      expect((await read(JSON.stringify({ id: 1, [name]: 'a@b.co' })))[0]?.email).toBe('a@b.co');
    },
  );

  it('is the one that is named, whatever else there is', async () => {
    expect((await read('{"email":"x@x.co","連絡先":"a@b.co"}', '連絡先'))[0]?.email).toBe('a@b.co');
  });

  it('is decided by the first row that has it; rows without it have no address', async () => {
    const rows = await read(
      '{"name":"Ann"}\n{"mail":"b@b.co"}\n{"email":"c@c.co"}\n{"mail":null}\n{"mail":"d@d.co"}',
    );
    expect(rows.map((row) => row.email)).toEqual(['', 'b@b.co', '', '', 'd@d.co']);
  });

  it('makes no address of what is no text', async () => {
    const rows = await read(
      '{"email":"a@b.co"}\n{"email":12}\n{"email":["c@d.co"]}\n{"email":{"a":"e@f.co"}}',
    );
    expect(rows.map((row) => row.email)).toEqual(['a@b.co', '12', '["c@d.co"]', '{"a":"e@f.co"}']);
  });

  it('stops the campaign where no row has it, with the keys of the first one', async () => {
    expect(await messageOf('\n{"name":"Ann","plan":"gold"}\n{"x":1}\n')).toBe(
      'AUDIENCE_HEADER people.ndjson, line 2: no column with an address (found: name, plan); set audience.emailColumn',
    );
    expect(await messageOf('{"Email":"a@b.co"}', 'email')).toBe(
      'AUDIENCE_HEADER people.ndjson, line 1: no column "email" (found: Email); set audience.emailColumn',
    );
  });

  it('stops the campaign where two may be it', async () => {
    expect(await messageOf('{"id":1}\n{"email":"a@b.co","mail":"c@d.co"}')).toBe(
      'AUDIENCE_HEADER people.ndjson, line 2: more than one column may have the address (email, mail); set audience.emailColumn',
    );
  });
});

describe('a line that is no JSON object', () => {
  const hint = ': each row is an object on a line of its own, such as {"email": "ann@example.com"}';

  it.each([
    ['{"email":}', 10, 'this line is not JSON (value expected)'],
    ['{"email":"a@b.co"', 18, 'this line is not JSON (close brace expected)'],
    ["{email:'a@b.co'}", 2, 'this line is not JSON (invalid symbol)'],
    ['{"email":"a@b.co"}{"email":"c@d.co"}', 19, 'this line is not JSON (end of file expected)'],
    ['{"email":"a\tb"}', 10, 'this line is not JSON (invalid character)'],
    ['[{"email":"a@b.co"}]', null, 'this line is a list, and not a JSON object'],
    ['"a@b.co"', null, 'this line is a single value, and not a JSON object'],
    ['null', null, 'this line is a single value, and not a JSON object'],
  ])('stops the campaign with its place: %s', async (line, column, problem) => {
    const content = `\r\n{"email":"あ@b.co"}\r\n\n${line}\n{"email":"e@f.co"}\n`;
    const place = column === null ? 'line 4' : `line 4, column ${column}`;
    expect(await messageOf(content)).toBe(`AUDIENCE_SYNTAX people.ndjson, ${place}: ${problem}${hint}`);
  });

  it('is the first one of a pretty-printed file', async () => {
    expect(await messageOf(JSON.stringify([{ email: 'a@b.co' }], null, 2))).toMatch(
      /^AUDIENCE_SYNTAX people.ndjson, line 1, column 2: /,
    );
    expect(await messageOf(JSON.stringify({ email: 'a@b.co' }, null, 2))).toMatch(/line 1, column 2: /);
  });

  it('is one that is nested deeper than anybody can walk through', async () => {
    const nested = (depth: number): string =>
      `{"email":"a@b.co","x":${'['.repeat(depth)}${']'.repeat(depth)}}\n`;
    expect(await read(nested(90))).toHaveLength(1);
    expect(await messageOf(nested(50_000))).toMatch('line 1: this row is nested deeper than 100 levels');
    expect(await messageOf(`{"email":"a@b.co","x":${'['.repeat(400_000)}`)).toMatch(
      'line 1: this line is not JSON',
    );
  });

  it('is one of more than a megabyte', async () => {
    expect(await read(`{"email":"a@b.co","x":"${'x'.repeat(1_048_000)}"}\n`)).toHaveLength(1);
    expect(await messageOf(`{"email":"a@b.co"}\n{"x":"${'x'.repeat(3_000_000)}"}`)).toMatch(
      /^AUDIENCE_RECORD_SIZE people.ndjson, line 2: this line is longer than 1048576 bytes/,
    );
  });

  it('is found far on, after whole rows', async () => {
    const good = '{"email":"a@b.co","x":"あ"}\r\n'.repeat(50_000);
    const path = lists.write(`${good}{"email":}\n`, 'people.ndjson');
    const { fault, rows } = await faultOf(ndjsonAudience({ kind: 'ndjson', path }));
    expect(fault).toMatchObject({ code: 'AUDIENCE_SYNTAX', line: 50_001, column: 10 });
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(50_000);
  });

  it("tells nobody's address, since faults are logged", async () => {
    for (const text of ['{"email":"ann@example.com"', '["ann@example.com"]', '{"ann@example.com":1}']) {
      const path = lists.write(text, 'people.ndjson');
      const { fault } = await faultOf(ndjsonAudience({ kind: 'ndjson', path }));
      const shown = inspect(fault, { depth: 9, showHidden: true }).replaceAll(
        'such as {"email": "ann@example.com"}',
        '',
      );
      expect(shown).not.toContain('ann@');
    }
  });
});
