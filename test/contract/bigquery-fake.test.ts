import { BigQuery } from '@google-cloud/bigquery';
import { adapt, managedwriter } from '@google-cloud/bigquery-storage';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';

// The libraries look for the credentials of a virtual machine; here are none to be found.
process.env['METADATA_SERVER_DETECTION'] = 'none';

const PROJECT = 'fake-project';
const SCHEMA = {
  fields: [
    { name: 'id', type: 'STRING', mode: 'REQUIRED', description: 'Which event.' },
    { name: 'ts', type: 'TIMESTAMP', mode: 'REQUIRED' },
    { name: 'attempt', type: 'INT64' },
    { name: 'ok', type: 'BOOL' },
    { name: 'detail', type: 'JSON' },
  ],
};
const AT = '2026-01-02T03:04:05.678901Z';

const opened: managedwriter.WriterClient[] = [];
let fake: FakeBigQuery;
let bigquery: BigQuery;

beforeEach(async () => {
  fake = await startFakeBigQuery({ pageRowsMax: 100 });
  bigquery = new BigQuery({
    projectId: PROJECT,
    apiEndpoint: fake.restUrl.replace('/bigquery/v2', ''),
    autoRetry: false,
  });
  await bigquery.createDataset('mail', { location: 'EU' });
  await bigquery.dataset('mail').createTable('events', { schema: SCHEMA });
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await fake.close();
});

function events() {
  return bigquery.dataset('mail').table('events');
}

function row(id: string, more: object = {}) {
  return { insertId: id, json: { id, ts: AT, attempt: 1, ok: true, detail: '{"a":[1]}', ...more } };
}

async function insert(rows: object[]) {
  return events().insert(rows, { raw: true, partialRetries: 0 });
}

/** What a call failed with. */
async function failure(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof Error ? { ...error, message: error.message } : {};
}

describe('tables', () => {
  test('what a table is made with is what is told of it', async () => {
    await bigquery.dataset('mail').createTable('parted', {
      schema: SCHEMA,
      timePartitioning: { type: 'DAY', field: 'ts', expirationMs: '1000' },
      clustering: { fields: ['id'] },
      description: 'Events.',
    });
    const [metadata] = await bigquery.dataset('mail').table('parted').getMetadata();
    expect(metadata).toMatchObject({
      description: 'Events.',
      numRows: '0',
      location: 'EU',
      timePartitioning: { type: 'DAY', field: 'ts', expirationMs: '1000' },
      clustering: { fields: ['id'] },
      schema: { fields: [{ name: 'id', mode: 'REQUIRED', description: 'Which event.' }, {}, {}, {}, {}] },
    });
  });

  test('a table takes new columns, and neither loses one nor changes its type', async () => {
    await insert([row('1')]);
    const added = [...SCHEMA.fields, { name: 'host', type: 'STRING' }];
    await events().setMetadata({ schema: { fields: added } });
    await insert([row('2', { host: 'h' })]);
    expect((await fake.rows('mail', 'events')).map((one) => one['host'])).toEqual([null, 'h']);
    const lost = await failure(events().setMetadata({ schema: { fields: SCHEMA.fields.slice(1) } }));
    expect(lost['message']).toContain('is missing in new schema');
  });

  test('a table that is there already is a duplicate, one that is not is not found', async () => {
    expect(await failure(bigquery.dataset('mail').createTable('events', { schema: SCHEMA }))).toMatchObject({
      code: 409,
      errors: [{ reason: 'duplicate' }],
    });
    expect(await failure(bigquery.dataset('mail').table('none').getMetadata())).toMatchObject({
      code: 404,
      message: expect.stringContaining('Not found: Table fake-project:mail.none'),
    });
  });
});

describe('insertAll and list', () => {
  test('rows come back as they were given, to the microsecond', async () => {
    await insert([row('1'), row('2', { ts: '9999-12-31T23:59:59.999999Z', attempt: null })]);
    const [rows] = await events().getRows();
    expect(rows).toMatchObject([
      { id: '1', ts: { value: '2026-01-02T03:04:05.678901000Z' }, attempt: 1, ok: true, detail: '{"a":[1]}' },
      { id: '2', attempt: null },
    ]);
    expect(await fake.rows('mail', 'events')).toMatchObject([
      { ts: AT },
      { ts: '9999-12-31T23:59:59.999999Z' },
    ]);
  });

  test('the same insertId is stored twice', async () => {
    await insert([row('1')]);
    await insert([row('1')]);
    expect(await fake.rows('mail', 'events')).toHaveLength(2);
  });

  test('one bad row stops the others, and nothing is stored', async () => {
    const bad = await failure(insert([row('1'), row('2', { x: 1 }), row('3', { attempt: 'many' })]));
    expect(bad).toMatchObject({
      message: '',
      errors: [
        { errors: [{ reason: 'stopped' }] },
        { errors: [{ reason: 'invalid', message: 'no such field: x.' }] },
        { errors: [{ reason: 'invalid' }] },
      ],
    });
    expect(await fake.rows('mail', 'events')).toEqual([]);
  });

  test('pages come with a token, and a stream reads them all', async () => {
    await insert(Array.from({ length: 250 }, (_, index) => row(String(index))));
    const [rows, next] = await events().getRows({ maxResults: 10, autoPaginate: false });
    expect(rows).toHaveLength(10);
    expect(next).toMatchObject({ pageToken: '10' });
    const ids: string[] = [];
    for await (const one of events().createReadStream()) ids.push(one.id);
    expect(ids).toEqual(Array.from({ length: 250 }, (_, index) => String(index)));
  });
});

describe('queries', () => {
  test('a query is translated, and its parameters are named', async () => {
    await insert([row('1'), row('2', { attempt: 2 })]);
    const [rows] = await bigquery.query({
      query: `SELECT id, TIMESTAMP_TRUNC(ts, HOUR) AS hour, JSON_VALUE(detail, '$.a[0]') AS a
        FROM \`${PROJECT}.mail.events\` WHERE attempt >= @least AND id IN UNNEST(@ids)`,
      params: { least: 2, ids: ['1', '2'] },
      location: 'EU',
    });
    expect(rows).toEqual([{ id: '2', hour: { value: '2026-01-02T03:00:00.000Z' }, a: '1' }]);
  });

  test('a view keeps the last of each event, and DML says how many rows it changed', async () => {
    await insert([row('1'), row('1', { attempt: 2 }), row('2')]);
    const view = `SELECT * FROM \`${PROJECT}.mail.events\` WHERE true
      QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY attempt DESC) = 1`;
    await bigquery.dataset('mail').createTable('latest', { view: { query: view, useLegacySql: false } });
    expect(await ask('SELECT id, attempt FROM `mail.latest` ORDER BY id')).toEqual([
      { id: '1', attempt: 2 },
      { id: '2', attempt: 1 },
    ]);
    const [job] = await bigquery.createQueryJob({
      query: 'DELETE FROM `mail.events` WHERE id = @id',
      params: { id: '1' },
      location: 'EU',
    });
    await job.getQueryResults();
    expect(job.metadata.statistics.query.numDmlAffectedRows).toBe('2');
    expect(await fake.rows('mail', 'events')).toHaveLength(1);
  });

  test('a table made by a query is cut into ranges, and each can be listed', async () => {
    await insert([row('1', { attempt: 5 }), row('2', { attempt: 10 }), row('3', { attempt: 19 })]);
    await ask(`CREATE TABLE \`${PROJECT}.mail.parts\` PARTITION BY RANGE_BUCKET(attempt, GENERATE_ARRAY(0, 100, 10))
      OPTIONS(expiration_timestamp=TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR), description='Parts.')
      AS SELECT id, attempt FROM \`mail.events\``);
    const [metadata] = await bigquery.dataset('mail').table('parts').getMetadata();
    expect(metadata).toMatchObject({
      description: 'Parts.',
      expirationTime: expect.stringMatching(/^\d{13}$/u),
      rangePartitioning: { field: 'attempt', range: { start: '0', end: '100', interval: '10' } },
    });
    const [part] = await bigquery.dataset('mail').table('parts$10').getRows();
    expect(part).toEqual([
      { id: '2', attempt: 10 },
      { id: '3', attempt: 19 },
    ]);
  });

  test('a dry run says what would be read, and a bound below it refuses the query', async () => {
    await insert([row('1')]);
    const query = 'SELECT * FROM `mail.events`';
    const [job] = await bigquery.createQueryJob({ query, dryRun: true, location: 'EU' });
    expect(Number(job.metadata.statistics.totalBytesProcessed)).toBeGreaterThan(0);
    expect(job.metadata.statistics.query.schema.fields).toHaveLength(5);
    const refused = bigquery.query({ query, location: 'EU', maximumBytesBilled: '1000' });
    expect(await failure(refused)).toMatchObject({ errors: [{ reason: 'bytesBilledLimitExceeded' }] });
    expect(fake.jobs).toMatchObject([{ dryRun: true }, { dryRun: false, maximumBytesBilled: 1000 }]);
  });

  test('a query elsewhere, of nothing, or of no sense is refused as BigQuery refuses it', async () => {
    const query = 'SELECT 1 FROM `mail.events`';
    expect(await failure(bigquery.query({ query, location: 'US' }))).toMatchObject({
      code: 404,
      message: expect.stringContaining('Dataset fake-project:mail was not found in location US'),
    });
    expect(await failure(ask('SELECT 1 FROM `mail.none`'))).toMatchObject({ code: 404 });
    const wrong = { code: 400, errors: [{ reason: 'invalidQuery' }] };
    expect(await failure(ask('SELECT nothing FROM `mail.events`'))).toMatchObject(wrong);
    expect(await failure(ask('DELETE FROM `mail.events`'))).toMatchObject(wrong);
  });

  test('a job id is used once, and its results come in pages', async () => {
    const query = 'SELECT n FROM UNNEST(GENERATE_ARRAY(1, 250)) AS n';
    const [job] = await bigquery.createQueryJob({ query, jobId: 'one', location: 'EU' });
    const [rows] = await job.getQueryResults();
    expect(rows).toHaveLength(250);
    const again = bigquery.createQueryJob({ query, jobId: 'one', location: 'EU' });
    expect(await failure(again)).toMatchObject({ code: 409, errors: [{ reason: 'duplicate' }] });
  });
});

describe('the Storage Write API', () => {
  test('rows that are appended are in the table, request after request', async () => {
    const { writer } = await openWriter();
    const answers = await Promise.all(
      ['1', '2', '3'].map((id) => writer.appendRows([event(id)]).getResult()),
    );
    expect(answers.map((answer) => answer.error ?? null)).toEqual([null, null, null]);
    expect(await fake.rows('mail', 'events')).toMatchObject([
      { id: '1', ts: '2026-01-02T03:04:05.678000Z', attempt: -3, ok: false, detail: '{"b":1}' },
      { id: '2' },
      { id: '3' },
    ]);
  });

  test('an answer that resolves may carry errors of rows, and then nothing is stored', async () => {
    const { writer } = await openWriter();
    const { error, rowErrors } = await writer
      .appendRows([
        event('1'),
        { ...event('2'), detail: '{' },
        { ...event('3'), ts: 400_000_000_000_000_000 },
      ])
      .getResult();
    expect(error).toMatchObject({ code: 3 });
    expect(rowErrors?.map((one) => Number(one.index))).toEqual([1, 2]);
    expect(await fake.rows('mail', 'events')).toEqual([]);
  });

  test('a missing table and a field that the table lacks end the connection', async () => {
    const missing = await openWriter(SCHEMA.fields, 'none');
    expect(await failure(missing.writer.appendRows([event('1')]).getResult())).toMatchObject({ code: 5 });
    const wider = await openWriter([...SCHEMA.fields, { name: 'more', type: 'STRING' }]);
    expect(await failure(wider.writer.appendRows([event('1')]).getResult())).toMatchObject({ code: 3 });
    const otherType = await openWriter([{ name: 'id', type: 'INT64' }]);
    expect(await failure(otherType.writer.appendRows([{ id: 1 }]).getResult())).toMatchObject({ code: 3 });
  });

  test('a request of more than 10 MB is refused', async () => {
    const { writer } = await openWriter();
    const detail = JSON.stringify('x'.repeat(11 * 1024 * 1024));
    expect(await failure(writer.appendRows([{ ...event('1'), detail }]).getResult())).toMatchObject({
      code: 3,
    });
  });
});

describe('faults', () => {
  test.each([
    ['unavailable', 503, 14],
    ['tooManyRequests', 429, 8],
    ['rateLimitExceeded', 403, 8],
    ['quotaExceeded', 403, 8],
  ] as const)('%s is told by both APIs, and nothing is stored', async (kind, status, code) => {
    fake.faults.next('insertAll', kind);
    fake.faults.next('append', kind);
    expect(await failure(insert([row('1')]))).toMatchObject({ code: status });
    const { writer } = await openWriter();
    expect(await failure(writer.appendRows([event('1')]).getResult())).toMatchObject({ code });
    expect(await fake.rows('mail', 'events')).toEqual([]);
  });

  test.each([
    ['resetBefore', 0],
    ['resetAfter', 2],
  ] as const)('%s cuts the connection, and leaves %i rows', async (kind, stored) => {
    fake.faults.next('insertAll', kind);
    fake.faults.next('append', kind);
    expect(await failure(insert([row('1')]))).toMatchObject({ code: 'ECONNRESET' });
    const { writer } = await openWriter();
    expect(await failure(writer.appendRows([event('1')]).getResult())).toMatchObject({ code: 14 });
    expect(await fake.rows('mail', 'events')).toHaveLength(stored);
  });

  test('a slow answer comes, one that never comes does not, and an error may resolve', async () => {
    const { writer } = await openWriter();
    fake.faults.next('append', { slowMs: 200 });
    fake.faults.next('append', { errorCode: 13 });
    fake.faults.next('append', { errorCode: 8 });
    fake.faults.next('append', 'silent');
    const before = performance.now();
    await writer.appendRows([event('1')]).getResult();
    expect(performance.now() - before).toBeGreaterThan(190);
    // The library rejects with INTERNAL, and resolves with RESOURCE_EXHAUSTED.
    expect(await failure(writer.appendRows([event('2')]).getResult())).toMatchObject({ code: 13 });
    expect(await writer.appendRows([event('2')]).getResult()).toMatchObject({ error: { code: 8 } });
    const never = writer.appendRows([event('3')]).getResult();
    void never.catch(() => undefined);
    expect(await Promise.race([never, wait(300)])).toBe('waited');
    expect(await fake.rows('mail', 'events')).toHaveLength(1);
  });

  test('a poisonous row is refused by both APIs', async () => {
    fake.faults.poison = (one) => (one['id'] === '2' ? 'It is poison.' : null);
    const { writer } = await openWriter();
    const { rowErrors } = await writer.appendRows([event('1'), event('2')]).getResult();
    expect(rowErrors).toMatchObject([{ message: 'It is poison.' }]);
    expect(await failure(insert([row('2')]))).toMatchObject({
      errors: [{ errors: [{ message: 'It is poison.' }] }],
    });
  });

  test('an outage resets everything, and ends', async () => {
    const { writer } = await openWriter();
    await writer.appendRows([event('1')]).getResult();
    fake.faults.down(true);
    expect(await failure(insert([row('2')]))).toMatchObject({ code: 'ECONNRESET' });
    expect(await failure(writer.appendRows([event('2')]).getResult())).toMatchObject({ code: 14 });
    fake.faults.down(false);
    await insert([row('3')]);
    expect(await fake.rows('mail', 'events')).toMatchObject([{ id: '1' }, { id: '3' }]);
  });
});

test('rows that are only counted need no table', async () => {
  const counting = await startFakeBigQuery({ discard: true });
  const { writer } = await openWriter(SCHEMA.fields, 'none', counting);
  await writer.appendRows([event('1'), event('2')]).getResult();
  expect(counting.discarded()).toBe(2);
  await counting.close();
});

function wait(ms: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('waited'), ms);
  });
}

function event(id: string) {
  return { id, ts: new Date('2026-01-02T03:04:05.678Z'), attempt: -3, ok: false, detail: '{"b":1}' };
}

async function ask(query: string): Promise<unknown> {
  const [rows] = await bigquery.query({ query, location: 'EU' });
  return rows;
}

async function openWriter(fields = SCHEMA.fields, table = 'events', of = fake) {
  const [, port] = of.storageHost.split(':');
  const client = new managedwriter.WriterClient({
    projectId: PROJECT,
    apiEndpoint: '127.0.0.1',
    port: Number(port),
    sslCreds: credentials.createInsecure(),
  });
  opened.push(client);
  const connection = await client.createStreamConnection({
    streamId: managedwriter.DefaultStream,
    destinationTable: `projects/${PROJECT}/datasets/mail/tables/${table}`,
  });
  connection.onConnectionError(() => undefined);
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields });
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root');
  return { client, connection, writer: new managedwriter.JSONWriter({ connection, protoDescriptor }) };
}
