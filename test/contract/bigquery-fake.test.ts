import { BigQuery } from '@google-cloud/bigquery';
import { adapt, managedwriter } from '@google-cloud/bigquery-storage';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';

const PROJECT = 'fake-project';
const SCHEMA = {
  fields: [
    { name: 'id', type: 'STRING', mode: 'REQUIRED', description: 'Which event.' },
    { name: 'at', type: 'TIMESTAMP', mode: 'REQUIRED' },
    { name: 'attempt', type: 'INT64' },
    { name: 'ok', type: 'BOOL' },
    { name: 'detail', type: 'JSON' },
  ],
};
const AT = '2026-01-02T03:04:05.678901Z';

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

afterEach(() => fake.close());

function events() {
  return bigquery.dataset('mail').table('events');
}

function row(id: string, more: object = {}) {
  return { insertId: id, json: { id, at: AT, attempt: 1, ok: true, detail: '{"a":[1]}', ...more } };
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
      timePartitioning: { type: 'DAY', field: 'at', expirationMs: '1000' },
      clustering: { fields: ['id'] },
      description: 'Events.',
    });
    const [metadata] = await bigquery.dataset('mail').table('parted').getMetadata();
    expect(metadata).toMatchObject({
      description: 'Events.',
      numRows: '0',
      location: 'EU',
      timePartitioning: { type: 'DAY', field: 'at', expirationMs: '1000' },
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
    await insert([row('1'), row('2', { at: '9999-12-31T23:59:59.999999Z', attempt: null })]);
    const [rows] = await events().getRows();
    expect(rows).toMatchObject([
      { id: '1', at: { value: '2026-01-02T03:04:05.678901000Z' }, attempt: 1, ok: true, detail: '{"a":[1]}' },
      { id: '2', attempt: null },
    ]);
    expect(await fake.rows('mail', 'events')).toMatchObject([
      { at: AT },
      { at: '9999-12-31T23:59:59.999999Z' },
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
      query: `SELECT id, TIMESTAMP_TRUNC(at, HOUR) AS hour, JSON_VALUE(detail, '$.a[0]') AS a
        FROM \`${PROJECT}.mail.events\` WHERE attempt >= @least AND id IN UNNEST(@ids)`,
      params: { least: 2, ids: ['1', '2'] },
      location: 'EU',
    });
    expect(rows).toEqual([{ id: '2', hour: { value: '2026-01-02T03:00:00.000Z' }, a: '1' }]);
  });
});

describe('the Storage Write API', () => {
  test('rows that are appended are in the table', async () => {
    const { writer, client } = await openWriter();
    const answer = await writer
      .appendRows([
        { id: '1', at: new Date('2026-01-02T03:04:05.678Z'), attempt: 3, ok: false, detail: '{"b":1}' },
      ])
      .getResult();
    expect(answer.error).toBeFalsy();
    expect(await fake.rows('mail', 'events')).toEqual([
      { id: '1', at: '2026-01-02T03:04:05.678000Z', attempt: 3, ok: false, detail: '{"b":1}' },
    ]);
    client.close();
  });
});

async function openWriter(fields = SCHEMA.fields, table = 'events') {
  const [, port] = fake.storageHost.split(':');
  const client = new managedwriter.WriterClient({
    projectId: PROJECT,
    apiEndpoint: '127.0.0.1',
    port: Number(port),
    sslCreds: credentials.createInsecure(),
  });
  const connection = await client.createStreamConnection({
    streamId: managedwriter.DefaultStream,
    destinationTable: `projects/${PROJECT}/datasets/mail/tables/${table}`,
  });
  connection.onConnectionError(() => undefined);
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields });
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root');
  return { client, connection, writer: new managedwriter.JSONWriter({ connection, protoDescriptor }) };
}
