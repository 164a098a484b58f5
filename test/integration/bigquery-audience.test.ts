import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { Daemon } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';

/* A list in BigQuery from the command line to SES: what it would cost, a test, and the campaign itself. */

const QUERY = 'SELECT email, name, points FROM `fake-project.mail.people` WHERE points > 0; -- who has some';
const json = (text: string): unknown => JSON.parse(text);

let folder = '';
let fake: FakeBigQuery;
let sandbox: Sandbox;
let environment: Record<string, string> = {};
let end = async () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-bigquery-'));
  const redis = await startRedisServer(join(folder, 'redis'));
  sandbox = await startSandbox({ account: { perSecond: 400, perDay: 10_000 } });
  fake = await startFakeBigQuery();
  const bigquery = connectBigQuery({ project: 'fake-project', restUrl: fake.restUrl }, false);
  await bigquery.createDataset('mail', { location: 'EU' });
  await bigquery.dataset('mail').createTable('people', { schema: 'email:STRING, name:STRING, points:INT64' });
  const people = Array.from({ length: 300 }, (_, at) => ({
    email: at === 7 ? 'nobody' : `p${at}@example.com`,
    name: `P ${at}`,
    points: at % 3,
  }));
  await bigquery.dataset('mail').table('people').insert(people);
  environment = {
    REDIS_URL: redis.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_PUBLIC_URL: 'https://mail.example.co.jp',
    SLUICE_SECRET: 'a secret of this test that is long enough for anybody',
    SLUICE_LOG_DIR: join(folder, 'log'),
    BIGQUERY_EMULATOR_HOST: fake.restUrl,
    GOOGLE_CLOUD_PROJECT: 'fake-project',
    SLUICE_BIGQUERY_DATASET: 'mail',
  };
  const worker = new Daemon(['worker'], environment);
  end = async () => {
    await worker.stop();
    await sandbox.close();
    await fake.close();
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await worker.says(/worker started/);
});

afterAll(() => end());

function campaignFile(
  id: string,
  audience: object,
  text = 'Hello {{name}}: {{points}}. Stop: {{unsubscribeUrl}}',
) {
  const file = join(folder, `${id}.json`);
  const campaign = { id, sender: { from: 'news@example.com' }, content: { subject: 'x', text } };
  writeFileSync(file, JSON.stringify({ ...campaign, audience: { kind: 'bigquery', ...audience } }));
  return file;
}

test('check says what the query costs and what the mail lacks, and runs nothing', async () => {
  const text = 'Hello {{nam}}. Stop: {{unsubscribeUrl}}';
  const file = campaignFile('checked', { query: QUERY }, text);
  const before = fake.jobs.filter(({ dryRun }) => !dryRun).length;
  const { stdout, code } = await sluiceHere(['check', file, '--json'], environment);
  expect(code).toBe(0);
  expect(json(stdout)).toMatchObject({
    counts: null,
    durationMs: null,
    bigquery: { rows: null, columns: ['email', 'name', 'points'], emailColumn: 'email', bytesMax: 1e11 },
    variables: [{ name: 'nam', inList: false, suggestion: 'name', missing: null, empty: null }],
    warnings: [{ code: 'VARIABLE_UNKNOWN' }],
  });
  const spoken = await sluiceHere(['check', campaignFile('checked', { table: 'mail.people' })], environment);
  expect(spoken.stdout).toMatch(/rows in BigQuery: 300/);
  expect(spoken.stdout).toMatch(/none was looked at/);
  expect(spoken.stdout).toMatch(/less than \$0\.01 at the list price of the US/);
  expect(fake.jobs.filter(({ dryRun }) => !dryRun).length).toBe(before);
});

test('a query that is wrong is a mistake in the campaign, with its place', async () => {
  const file = campaignFile('wrong', { query: 'SELECT mail_address FROM `mail.people`' });
  const { stderr, code } = await sluiceHere(['check', file], environment);
  expect(code).toBe(2);
  expect(stderr).toMatch(/audience\.query: BigQuery, trying the query: .*mail_address/);
});

test('a test is written with a row of the list', async () => {
  const file = campaignFile('tested', { query: QUERY });
  const { code, stdout } = await sluiceHere(['send', file, '--test', 'me@example.com'], environment);
  expect(stdout).toMatch(/me@example\.com: accepted/);
  expect(code).toBe(0);
});

test('a campaign goes to the rows of its query, which runs once', async () => {
  const file = campaignFile('sent', { query: QUERY });
  const sent = await sluiceHere(['send', file, '--wait', '--timeout', '250', '--json'], environment);
  expect(json(sent.stdout)).toMatchObject({
    state: 'finished',
    counts: { read: 200, invalid: 1, planned: 199, accepted: 199 },
  });
  expect(fake.jobs.filter(({ sql }) => sql.includes('sluice_audience_sent_'))).toHaveLength(1);
});
