import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { COLUMNS } from '../../src/log/columns.ts';
import { accessOf, logTable } from '../support/bigquery/log-place.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';

let fake: FakeBigQuery;

beforeEach(async () => {
  fake = await startFakeBigQuery();
});

afterEach(() => fake.close());

const mail = () => connectBigQuery(accessOf(fake), false).dataset('mail');
const outcomes = (steps: readonly { outcome: string }[]) => steps.map(({ outcome }) => outcome);

describe('the table of the log', () => {
  test('is made with dataset and view, by day, clustered and described; a second time nothing changes', async () => {
    expect(outcomes(await logTable(fake, {}, 400).prepare())).toEqual(['made', 'made', 'made']);
    const [dataset] = await mail().getMetadata();
    expect(String(dataset.location).toLowerCase()).toBe('asia-northeast1');
    const [table] = await mail().table('events').getMetadata();
    expect(table).toMatchObject({
      timePartitioning: { type: 'DAY', field: 'event_time', expirationMs: String(400 * 86_400_000) },
      clustering: { fields: ['campaign_id', 'event_type'] },
      description: expect.stringContaining('Sluice'),
    });
    const described = table.schema.fields.filter((field: { description?: string }) => field.description);
    expect(described).toHaveLength(COLUMNS.length);
    expect(outcomes(await logTable(fake, {}, 400).prepare())).toEqual(['there', 'there', 'there']);
  });

  test('a dry run says what would be made, and makes nothing', async () => {
    expect(outcomes(await logTable(fake).prepare(true))).toEqual(['wanted', 'wanted', 'wanted']);
    expect(await mail().exists()).toEqual([false]);
    await logTable(fake).prepare();
    expect(outcomes(await logTable(fake, {}, 30).prepare(true))).toEqual(['there', 'wanted', 'there']);
    const [table] = await mail().table('events').getMetadata();
    expect(table.timePartitioning.expirationMs).toBeUndefined();
  });

  test('a time to keep days is taken on; where none is set any more, what the table has stays', async () => {
    await logTable(fake).prepare();
    expect(await logTable(fake, {}, 30).prepare()).toMatchObject([
      {},
      { outcome: 'changed', note: 'each day kept for 30 days' },
      {},
    ]);
    expect(await logTable(fake).prepare()).toMatchObject([
      {},
      { outcome: 'there', note: 'each day kept for 30 days' },
      {},
    ]);
  });

  test('two that make it at the same time both succeed', async () => {
    await Promise.all([logTable(fake).prepare(), logTable(fake).prepare(), logTable(fake).prepare()]);
    await logTable(fake).check();
  });

  test('another name of the table gives the view another name', async () => {
    await logTable(fake).prepare();
    const steps = await logTable(fake, { table: 'staging' }).prepare();
    expect(steps.map(({ what }) => what)).toContain('view fake-project.mail.staging_deliveries');
  });

  test('a dataset in another location is a clash', async () => {
    await connectBigQuery(accessOf(fake), false).createDataset('mail', { location: 'EU' });
    await expect(logTable(fake).prepare()).rejects.toMatchObject({
      code: 'BIGQUERY_CLASH',
      message: expect.stringContaining('is in EU, and SLUICE_BIGQUERY_LOCATION is asia-northeast1'),
    });
    // Where no location is set, the dataset's own is right.
    expect(outcomes(await logTable(fake, { location: null }).prepare())).toEqual(['there', 'made', 'made']);
  });

  test('a table of somebody else is a clash that says what is wrong, and nothing is changed', async () => {
    await connectBigQuery(accessOf(fake), false).createDataset('mail', { location: 'asia-northeast1' });
    const schema = {
      fields: [
        { name: 'event_id', type: 'INT64' },
        { name: 'host', type: 'STRING', mode: 'REQUIRED' },
      ],
    };
    await mail().createTable('events', { schema });
    await expect(logTable(fake).prepare()).rejects.toMatchObject({
      code: 'BIGQUERY_CLASH',
      message: expect.stringMatching(
        /not partitioned by event_time.*event_id is INTEGER.*host must have a value/s,
      ),
    });
    const [table] = await mail().table('events').getMetadata();
    expect(table.schema.fields).toHaveLength(2);
  });

  test('a table with the name of the view is a clash', async () => {
    await connectBigQuery(accessOf(fake), false).createDataset('mail', { location: 'asia-northeast1' });
    await mail().createTable('deliveries', { schema: 'a:STRING' });
    await expect(logTable(fake).prepare()).rejects.toMatchObject({ code: 'BIGQUERY_CLASH' });
  });
});
