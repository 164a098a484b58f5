import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bigqueryAudience } from '../../src/audience/bigquery.ts';
import { estimateAudience } from '../../src/audience/bigquery-estimate.ts';
import { type BigQueryAudience, stageName } from '../../src/audience/bigquery-sql.ts';
import type { StageParts } from '../../src/audience/bigquery-stage.ts';
import { AudienceFault } from '../../src/audience/fault.ts';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { troubleOf } from '../../src/bigquery/trouble.ts';
import { Fault } from '../../src/core/fault.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { rowsOf } from './lists.ts';

const PROJECT = 'fake-project';
const TWO = "SELECT 'ann@example.com' AS email, 1 AS n UNION ALL SELECT 'bob@example.com', 2";

let fake: FakeBigQuery;
let bigquery: BigQuery;
let number = 0;

beforeAll(async () => {
  fake = await startFakeBigQuery();
  bigquery = connectBigQuery({ project: PROJECT, restUrl: fake.restUrl }, false);
  await bigquery.createDataset('mail', { location: 'EU' });
  await bigquery.dataset('mail').createTable('people', { schema: 'email:STRING, name:STRING, visits:INT64' });
  const people = Array.from({ length: 3 }, (_, at) => ({
    email: `p${at}@example.com`,
    name: `P ${at}`,
    visits: at,
  }));
  await bigquery.dataset('mail').table('people').insert(people);
});

afterEach(() => fake.faults.clear());
afterAll(() => fake.close());

function partsOf(audience: Partial<BigQueryAudience>, change: Partial<StageParts> = {}): StageParts {
  number += 1;
  return {
    bigquery,
    place: { project: PROJECT, dataset: 'mail', location: null },
    queryGbMax: 1,
    audience: { kind: 'bigquery', ...audience },
    campaign: `campaign-${number}`,
    purpose: 'send',
    ...change,
  };
}

const open = (query: string, change: Partial<StageParts> = {}) =>
  bigqueryAudience(partsOf({ query }, change));
const tableOf = ({ audience, campaign, purpose }: StageParts) => stageName(audience, campaign, purpose);
const jobsOf = (parts: StageParts) => fake.jobs.filter(({ sql }) => sql.includes(tableOf(parts)));

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const thrown: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (thrown instanceof Fault) return thrown;
  throw new Error(`no fault, but ${String(thrown)}`);
}

test('a query gives rows, numbered from 1, with its columns as merge data', async () => {
  const rows = await rowsOf(open(TWO));
  expect(rows.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(rows.map(({ email }) => email).toSorted()).toEqual(['ann@example.com', 'bob@example.com']);
  expect(rows[0]?.data).toEqual({ email: rows[0]?.email, n: rows[0]?.email === 'ann@example.com' ? 1 : 2 });
});

test.each([`${PROJECT}.mail.people`, 'mail.people', `\`${PROJECT}.mail.people\``, `${PROJECT}:mail.people`])(
  'a table is read whole: %s',
  async (table) => {
    const rows = await rowsOf(bigqueryAudience(partsOf({ table })));
    expect(rows).toHaveLength(3);
    expect(rows[2]).toEqual({
      seq: 3,
      email: 'p2@example.com',
      data: { email: 'p2@example.com', name: 'P 2', visits: 2 },
    });
  },
);

test.each([
  ['a semicolon', `${TWO};`],
  ['semicolons, blanks and comments', `${TWO} ; ;\n-- that was it;\n/* or ; not */ # end`],
  ['a comment without an end of line', `${TWO} -- the two of them`],
  ['semicolons in strings', "SELECT 'a@example.com' AS email, ';--' AS n, \";'\" AS m;"],
])('a query may end in %s', async (_what, query) => {
  expect((await rowsOf(open(query))).length).toBeGreaterThan(0);
});

test('every type comes as the documentation says', async () => {
  const query = `SELECT 'a@example.com' AS email, 'text' AS s, 7 AS i, 9007199254740993 AS big,
    CAST('1234567.890000000' AS DECIMAL(38, 9)) AS num, CAST(1.5 AS FLOAT64) AS f, CAST('NaN' AS FLOAT64) AS nan, TRUE AS b,
    CAST('2026-01-02' AS DATE) AS d, CAST('03:04:05' AS TIME) AS t, CAST('2026-01-02T03:04:05' AS TIMESTAMP) AS dt,
    TIMESTAMP('2026-01-02T03:04:05.678901Z') AS ts, TIMESTAMP('1969-12-31T23:59:59.999Z') AS old,
    CAST('hi' AS BLOB) AS bytes, PARSE_JSON('{"a":[1,null],"id":12345678901234567890}') AS j,
    [1, 2] AS list, {'x': 1, 'y': ['p']} AS rec, CAST(NULL AS VARCHAR) AS nothing`;
  const [row] = await rowsOf(open(query));
  expect(row?.data).toMatchObject({
    s: 'text',
    i: 7,
    big: '9007199254740993',
    num: expect.stringMatching(/^1234567\.89/),
    f: 1.5,
    nan: 'NaN',
    b: true,
    d: '2026-01-02',
    t: '03:04:05',
    ts: '2026-01-02T03:04:05.678901Z',
    old: '1969-12-31T23:59:59.999Z',
    bytes: 'aGk=',
    j: { a: [1, null], id: '12345678901234567890' },
    list: [1, 2],
    rec: { x: 1, y: ['p'] },
    nothing: null,
  });
  expect(row?.data).not.toHaveProperty('sluice_seq');
});

test('60,000 rows over three partitions come in order, each once, and the same when they are read again', async () => {
  const source = open(
    `SELECT 'p' || i || '@example.com' AS email, i FROM range(60000) AS r(i) ORDER BY hash(i)`,
  );
  const before = await source.fingerprint();
  const first = await rowsOf(source);
  expect(first.map(({ seq }) => seq)).toEqual(Array.from({ length: 60_000 }, (_, at) => at + 1));
  expect(new Set(first.map(({ email }) => email)).size).toBe(60_000);
  expect(await rowsOf(source)).toEqual(first);
  expect(await source.fingerprint()).toBe(before);
});

test('an audience without rows is an empty list', async () => {
  expect(await rowsOf(open('SELECT email FROM `mail.people` WHERE visits > 100'))).toEqual([]);
});

test('the query runs once: by one job, within the limit, into a table that expires in a week', async () => {
  const parts = partsOf({ query: TWO }, { place: { project: PROJECT, dataset: 'mail', location: 'EU' } });
  await rowsOf(bigqueryAudience(parts));
  await rowsOf(bigqueryAudience(parts));
  expect(jobsOf(parts)).toMatchObject([
    { location: 'EU', maximumBytesBilled: 1e9, through: 'jobs.insert', dryRun: false },
  ]);
  const [{ expirationTime }] = await bigquery.dataset('mail').table(tableOf(parts)).getMetadata();
  expect(Math.round((Number(expirationTime) - Date.now()) / 3_600_000)).toBe(7 * 24);
});

test('two that ask at once get the same rows of one query', async () => {
  const parts = partsOf({
    query: "SELECT i || '@example.com' AS email, random() AS chance FROM range(2) AS r(i)",
  });
  const [one, two] = await Promise.all([rowsOf(bigqueryAudience(parts)), rowsOf(bigqueryAudience(parts))]);
  expect(one).toHaveLength(2);
  expect(two).toEqual(one);
  expect(jobsOf(parts)).toHaveLength(1);
});

test('a job whose answer was lost is not run again', async () => {
  const parts = partsOf({ query: TWO });
  fake.faults.next('job', 'resetAfter');
  const thrown = await rowsOf(bigqueryAudience(parts)).catch((fault: unknown) => fault);
  if (thrown instanceof Error) expect(thrown).toMatchObject({ code: 'BIGQUERY_AWAY' });
  expect(await rowsOf(bigqueryAudience(parts))).toHaveLength(2);
  expect(await fake.rows('mail', tableOf(parts))).toHaveLength(2);
});

test('when the table has gone the query is run again, and the fingerprint tells', async () => {
  const parts = partsOf({ query: TWO });
  const before = await bigqueryAudience(parts).fingerprint();
  await bigquery.dataset('mail').table(tableOf(parts)).delete();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await bigqueryAudience(parts).fingerprint()).not.toBe(before);
  expect(jobsOf(parts).length).toBeGreaterThanOrEqual(2);
});

test('another campaign, and a test send, has a table of its own', () => {
  const parts = partsOf({ query: TWO });
  const names = [parts, { ...parts, campaign: 'other' }, { ...parts, purpose: 'test' as const }].map(tableOf);
  expect(new Set(names).size).toBe(3);
  expect(names[0]).toMatch(/^sluice_audience_campaign_\d+_[0-9a-f]{12}$/);
});

test('rows that are gone or there twice end the reading before one of their partition is given', async () => {
  const parts = partsOf({ query: TWO });
  await bigqueryAudience(parts).fingerprint();
  const name = `\`${PROJECT}.mail.${tableOf(parts)}\``;
  await bigquery.query(`UPDATE ${name} SET sluice_seq = 1 WHERE sluice_seq = 2`);
  const twice = await faultOf(rowsOf(bigqueryAudience(parts)));
  expect(twice).toMatchObject({ code: 'AUDIENCE_QUERY' });
  expect(twice.message).toMatch(
    /^audience\.query: somebody changed sluice_audience_\w+ in BigQuery: the rows 1 to 2/,
  );
});

test.each([
  [
    'a column that is not there',
    'SELECT email, nme FROM `mail.people`',
    {},
    'AUDIENCE_QUERY',
    /^audience\.query: BigQuery, running the query: .*nme/,
  ],
  [
    'a table that is not there',
    'SELECT email FROM `mail.nobody`',
    {},
    'AUDIENCE_QUERY',
    /Not found: Table fake-project:mail\.nobody/,
  ],
  [
    'no column of addresses',
    'SELECT name, visits FROM `mail.people`',
    {},
    'AUDIENCE_HEADER',
    /^audience\.query: no column with an address \(found: name, visits\)/,
  ],
  [
    'another location',
    TWO,
    { place: { project: PROJECT, dataset: 'mail', location: 'US' } },
    'AUDIENCE_QUERY',
    /not found in location US/,
  ],
  [
    'no dataset',
    TWO,
    { place: { project: PROJECT, dataset: 'none', location: null } },
    'AUDIENCE_QUERY',
    /there is no dataset fake-project\.none.*sluice setup/,
  ],
  [
    'too much to read',
    'SELECT email FROM `mail.people`',
    { queryGbMax: 0.001 },
    'AUDIENCE_QUERY',
    /would read 0\.02 GB, and a query may read 0\.001 GB; SLUICE_BIGQUERY_MAX_GB raises that$/,
  ],
])('%s is a fault of the audience in one line', async (_what, query, change, code, message) => {
  const fault = await faultOf(rowsOf(open(query, change)));
  expect(fault).toBeInstanceOf(AudienceFault);
  expect(fault).toMatchObject({ code });
  expect(fault.message).toMatch(message);
  expect(fault.message).not.toContain('\n');
});

test('a job that was taken and failed is judged by its reason, since it has no code', () => {
  const failed = (reason: string) => troubleOf({ message: 'x', errors: [{ reason }] });
  expect(
    ['invalidQuery', 'notFound', 'accessDenied', 'backendError', 'rateLimitExceeded'].map(failed),
  ).toEqual(['wrong', 'missing', 'forbidden', 'away', 'busy']);
});

test('the place of a mistake is that in the query as it was written', async () => {
  const { placeInQuery } = await import('../../src/audience/bigquery-sql.ts');
  expect(placeInQuery('Unrecognized name: nme at [3:8]')).toBe('Unrecognized name: nme at line 2, column 8');
});

test.each(['quotaExceeded', 'rateLimitExceeded'] as const)(
  '%s is no fault of the audience, and the next try does it',
  async (kind) => {
    const source = open(TWO);
    fake.faults.next('job', kind, 20);
    const fault = await faultOf(rowsOf(source));
    expect(fault).not.toBeInstanceOf(AudienceFault);
    expect(fault.code).toBe('BIGQUERY_BUSY');
    fake.faults.clear();
    expect(await rowsOf(source)).toHaveLength(2);
  },
);

test('a dry run says what it costs, and makes nothing', async () => {
  const parts = partsOf({ table: 'mail.people' });
  expect(await estimateAudience(parts)).toMatchObject({
    bytesMax: 1e9,
    rows: 3,
    columns: ['email', 'name', 'visits'],
    emailColumn: 'email',
  });
  expect(jobsOf(parts)).toEqual([]);
  expect(await estimateAudience(partsOf({ query: `${TWO};` }))).toMatchObject({
    rows: null,
    columns: ['email', 'n'],
  });
  expect((await faultOf(estimateAudience(partsOf({ query: 'SELECT 1 AS n' })))).code).toBe('AUDIENCE_HEADER');
});
