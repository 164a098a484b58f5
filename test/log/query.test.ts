import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { InputFault } from '../../src/core/fault.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { type QueryResult, queryLog, streamLog } from '../../src/log/query.ts';
import { batch, rowsOf, useFolder } from './support.ts';

const newFolder = useFolder();
let dir = '';

beforeEach(async () => {
  dir = newFolder();
  const sink = new FilesSink({ dir, writer: 'w', clock: systemClock });
  await sink.write(rowsOf(batch(1, 3, { tags: { team: 'crm' }, detail: { list: [1, { a: null }] } })));
  await sink.write(rowsOf(batch(3, 2), Date.UTC(2026, 10, 27, 14)));
  await sink.write(
    rowsOf(
      batch(9, 1, { event_time: Date.UTC(2026, 10, 20, 0, 0, 0, 7), event_type: 'bounce', override: true }),
    ),
  );
  await sink.close();
});

async function problem(sql: string): Promise<string> {
  try {
    await queryLog(dir, sql);
  } catch (thrown) {
    if (thrown instanceof InputFault) return thrown.problems.join('|');
    throw thrown;
  }
  return 'nothing was wrong';
}

describe('a query', () => {
  test('sees every row in events, and each event once, as it was logged first, in deliveries', async () => {
    const count = 'SELECT count(*) AS n, count(DISTINCT event_id) AS events FROM';
    expect((await queryLog(dir, `${count} events`)).rows).toEqual([{ n: 6, events: 5 }]);
    expect((await queryLog(dir, `${count} deliveries`)).rows).toEqual([{ n: 5, events: 5 }]);
    const twice = await queryLog(dir, 'SELECT logged_at FROM deliveries WHERE seq = 3');
    expect(twice.rows).toEqual([{ logged_at: '2026-11-27T13:00:00.000Z' }]);
  });

  test('gives back a row as it was written', async () => {
    const { columns, rows } = await queryLog(dir, 'FROM deliveries WHERE seq IN (1, 9) ORDER BY seq');
    const [first] = rowsOf(batch(1, 1, { tags: { team: 'crm' }, detail: { list: [1, { a: null }] } }));
    expect(rows[0]).toEqual({ ...first, event_date: '2026-11-27' });
    expect(columns).toEqual([...Object.keys(first ?? {}), 'event_date']);
    expect(rows[1]).toMatchObject({ event_time: '2026-11-20T00:00:00.007Z', override: true, tags: null });
  });

  test('counts days in UTC, whatever the zone of the machine', async () => {
    const sql = `SELECT event_time::DATE AS day, hour(event_time) AS hour FROM events WHERE seq = 9`;
    expect((await queryLog(dir, sql)).rows).toEqual([{ day: '2026-11-20', hour: 0 }]);
  });

  test('gives values that JSON can hold, inside lists and structs too', async () => {
    const sql = `
      SELECT 9007199254740993 AS big, 7::BIGINT AS small, 1.50 AS price, 'NaN'::DOUBLE AS nan, NULL AS nothing,
        [TIMESTAMP '2026-01-01 01:02:03.456'] AS times, {'a': 7::HUGEINT} AS struct, 'infinity'::TIMESTAMPTZ AS ever,
        TIMESTAMP_S '1969-12-31 23:59:59' AS s, TIMESTAMP_MS '2026-01-01 00:00:00.5' AS ms, TIMESTAMP_NS '2026-01-01 00:00:00.5' AS ns,
        tags.team AS team, [tags] AS list, 1 AS a, 2 AS a, 3 AS __proto__
      FROM events WHERE seq = 1`;
    const { columns, rows } = await queryLog(dir, sql);
    const [row] = rows;
    expect(row).toMatchObject({
      big: '9007199254740993',
      small: 7,
      price: 1.5,
      nan: 'NaN',
      nothing: null,
      times: ['2026-01-01T01:02:03.456Z'],
      struct: { a: 7 },
      ever: 'infinity',
      s: '1969-12-31T23:59:59.000Z',
      ms: '2026-01-01T00:00:00.500Z',
      ns: '2026-01-01T00:00:00.500Z',
      team: 'crm',
      list: [{ team: 'crm' }],
    });
    expect(Object.keys(row ?? {})).toEqual(columns);
    expect(new Set(columns).size).toBe(columns.length);
    expect(JSON.parse(JSON.stringify(row))).toEqual(row);
  });

  test('passes over the half line of a writer that was killed, the empty file of one that just began, and other files', async () => {
    const day = join(dir, 'events', '2026-11-27');
    await appendFile(join(day, 'w-1.ndjson'), '{"event_id":"spring/5/acc');
    await writeFile(
      join(day, 'killed-1.ndjson'),
      '{"event_id":"k","seq":77}\n{"event_id":"kk","event_type":"acc',
    );
    await writeFile(join(day, 'zeros-1.ndjson'), '{"event_id":"z","seq":78}\n\0\0\0\0\0');
    await writeFile(join(day, 'new-1.ndjson'), '');
    await writeFile(join(day, 'notes.txt'), 'hello');
    expect((await queryLog(dir, 'SELECT count(*) AS n, max(seq) AS last FROM events')).rows).toEqual([
      { n: 8, last: 78 },
    ]);
  });

  test('reads text in any script, and what could be taken for syntax', async () => {
    const sink = new FilesSink({ dir, writer: 'x', clock: systemClock });
    const diagnostic = '日本語 "quoted"\n\u2028 \u0000 \\ 😀';
    await sink.write(rowsOf({ common: {}, events: [{ event_type: 'bounce', event_time: 0, diagnostic }] }));
    await sink.close();
    expect((await queryLog(dir, 'SELECT diagnostic FROM events WHERE diagnostic IS NOT NULL')).rows).toEqual([
      { diagnostic },
    ]);
  });

  test.each([['missing'], ['empty'], ['days without files']])(
    'of a folder that is %s finds an empty table with all columns',
    async (kind) => {
      const folder = join(newFolder(), 'log');
      if (kind === 'empty') await mkdir(join(folder, 'events'), { recursive: true });
      if (kind === 'days without files')
        await mkdir(join(folder, 'events', '2026-11-27'), { recursive: true });
      const { columns, rows } = await queryLog(folder, 'SELECT * FROM deliveries');
      expect(rows).toEqual([]);
      expect(columns).toHaveLength(21);
      const types = 'SELECT column_type FROM (DESCRIBE events)';
      expect((await queryLog(folder, types)).rows).toEqual((await queryLog(dir, types)).rows);
    },
  );

  test('of a folder that is a file says so', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(queryLog(join(dir, 'file'), 'SELECT 1')).rejects.toThrow(/folder can't be read: ENOTDIR/);
  });

  test('always tells its columns, with the first rows where there are any', async () => {
    const ask = async (where: string) => {
      const parts: QueryResult[] = [];
      for await (const part of streamLog(dir, `SELECT seq FROM events WHERE ${where}`)) parts.push(part);
      return parts;
    };
    expect(await ask('false')).toEqual([{ columns: ['seq'], rows: [] }]);
    const parts = await ask('true');
    expect(parts.every(({ columns, rows }) => columns[0] === 'seq' && rows.length > 0)).toBe(true);
    expect(parts.flatMap(({ rows }) => rows)).toHaveLength(6);
  });

  test('with a large answer comes in parts, and can be left half way', async () => {
    let rows = 0;
    for await (const part of streamLog(dir, 'SELECT range AS n FROM range(1000000)')) {
      expect(part.columns).toEqual(['n']);
      expect(part.rows.length).toBeLessThan(10_000);
      rows += part.rows.length;
      if (rows > 100_000) break;
    }
    expect(rows).toBeLessThan(150_000);
  });
});

describe('wrong SQL', () => {
  test.each([
    ['SELEC 1', /^Parser Error: syntax error at or near "SELEC"$/],
    ['SELECT nope FROM events', /^Binder Error: Referenced column "nope" not found in FROM clause!/],
    ['SELECT * FROM event', /^Catalog Error: Table with name event does not exist! Did you mean "events/],
    ["SELECT 'x'::INTEGER", /^Conversion Error: Could not convert string 'x' to INT32/],
    ['SELECT recipient::INTEGER FROM events', /^Conversion Error: /],
    ['', /^the query is empty$/],
    ['-- nothing', /^the query has no statement$/],
    ['SELECT $1', /parameters/],
  ])('%s ends in one clear line', async (sql, line) => {
    const said = await problem(sql);
    expect(said).toMatch(line);
    expect(said).not.toContain('\n');
  });
});

describe('a query may only read the log:', () => {
  test.each([
    ['two statements', 'SELECT 1; SELECT 2'],
    ['a table', 'CREATE TABLE t (a INTEGER)'],
    ['a copy out', "COPY (SELECT 1) TO '/tmp/sluice-query-test.csv'"],
    ['an export', "EXPORT DATABASE '/tmp/sluice-query-test'"],
    ['another database', "ATTACH '/tmp/sluice-query-test.db'"],
    ['an extension', 'INSTALL httpfs'],
    ['a setting', 'SET enable_external_access = true'],
    ['a reset', 'RESET lock_configuration'],
    ['a call', 'CALL enable_logging()'],
    ['an explanation that runs', "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/sluice-query-test.csv'"],
    ['another file', "SELECT * FROM read_text('/etc/hostname')"],
    ['another file by way of the log', "SELECT * FROM read_text('{events}/../../../../../etc/hostname')"],
    ['names of other files', "SELECT * FROM glob('/etc/*')"],
    ['a file as a table', "SELECT * FROM '/etc/hostname.csv'"],
    ['the network', "SELECT * FROM 'https://example.com/x.csv'"],
    ['a query in a query', `SELECT * FROM query('COPY (SELECT 1) TO ''/tmp/sluice-query-test.csv''')`],
  ])('%s is refused', async (_, sql) => {
    expect(await problem(sql.replace('{events}', join(dir, 'events').replaceAll("'", "''")))).not.toBe(
      'nothing was wrong',
    );
  });

  test('a copy into the log itself is refused', async () => {
    const before = await readdir(join(dir, 'events', '2026-11-27'));
    const target = join(dir, 'events', '2026-11-27', 'w-1.ndjson').replaceAll("'", "''");
    expect(await problem(`COPY (SELECT 1 AS event_id) TO '${target}'`)).toMatch(/one statement that reads/);
    expect(await readdir(join(dir, 'events', '2026-11-27'))).toEqual(before);
    expect((await queryLog(dir, 'SELECT count(*) AS n FROM events')).rows).toEqual([{ n: 6 }]);
    expect(existsSync('/tmp/sluice-query-test.csv')).toBe(false);
  });
});
