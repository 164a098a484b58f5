import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { parseAddress } from '../../src/core/address.ts';
import { BigQueryLogPlace } from '../../src/log/bigquery-place.ts';
import { BigQueryLog, type CampaignQuery } from '../../src/log/bigquery-read.ts';
import type { BigQuerySink } from '../../src/log/bigquery-sink.ts';
import { Eraser } from '../../src/log/eraser.ts';
import type { EventBlock } from '../../src/log/event.ts';
import { reportOn } from '../../src/log/report.ts';
import { accessOf, PLACE, storageSink } from '../support/bigquery/log-place.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { memoryLog, rowsOf } from './support.ts';

let fake: FakeBigQuery;
let sink: BigQuerySink;

beforeEach(async () => {
  fake = await startFakeBigQuery();
  sink = storageSink(fake, memoryLog());
});

afterEach(async () => {
  await sink.close();
  await fake.close();
});

const bigquery = () => connectBigQuery(accessOf(fake), false);
const log = () => new BigQueryLog(bigquery(), PLACE);
const NOON = Date.UTC(2026, 10, 27, 12);

/** Three people, of whom one is written differently in a later event, and a campaign of somebody else. */
const EVENTS: EventBlock = {
  common: { event_time: NOON, campaign_id: 'spring', project: 'default' },
  events: [
    {
      event_type: 'accepted',
      seq: 1,
      recipient: 'Anna@Example.jp',
      ses_message_id: 'm1',
      detail: { a: [1] },
    },
    { event_type: 'accepted', seq: 2, recipient: 'ben@example.jp', ses_message_id: 'm2' },
    { event_type: 'duplicate', seq: 3, recipient: 'anna@example.jp' },
    { event_type: 'delivery', seq: 1, recipient: 'other-name@example.jp', ses_message_id: 'm1' },
    {
      event_type: 'bounce',
      seq: 2,
      recipient: 'ben@example.jp',
      ses_message_id: 'm2',
      reason: 'Permanent/General',
      smtp_status: '5.1.1',
      diagnostic: '550 no ben@example.jp here',
      mark: 'f1',
    },
    {
      event_type: 'accepted',
      seq: 1,
      recipient: 'anna@example.jp',
      ses_message_id: 'm9',
      campaign_id: 'autumn',
    },
    { event_type: 'unsubscribe', recipient: 'anna@example.jp', sender: 'news@example.jp' },
    {
      event_type: 'click',
      seq: 1,
      recipient: 'anna@example.jp',
      ses_message_id: 'm1',
      url: 'https://example.jp/?for=anna@example.jp',
      user_agent: 'curl',
    },
  ],
};

async function found(query: CampaignQuery): Promise<string[]> {
  const ids: string[] = [];
  for await (const rows of log().rows(query))
    for (const row of rows) ids.push(`${String(row['seq'])} ${String(row['event_type'])}`);
  return ids.toSorted();
}

describe('the log in BigQuery', () => {
  test('gives the rows of a campaign as they were', async () => {
    const rows = rowsOf(EVENTS);
    await sink.write(rows);
    const read: unknown[] = [];
    for await (const some of log().rows({ campaign: 'spring' })) read.push(...some);
    const key = (row: unknown) => JSON.stringify(row);
    expect(read.map(key).toSorted()).toEqual(
      rows
        .filter((row) => row.campaign_id === 'spring')
        .map(key)
        .toSorted(),
    );
  });

  test('gives what is about one person: all rows of the audience that they are in, whatever address an event has', async () => {
    await sink.write(rowsOf(EVENTS));
    const anna = ['1 accepted', '1 click', '1 delivery', '3 duplicate', 'null unsubscribe'];
    expect(await found({ campaign: 'spring', about: { kind: 'person', normal: 'anna@example.jp' } })).toEqual(
      anna,
    );
    expect(await found({ campaign: 'spring', about: { kind: 'row', seq: 3 } })).toEqual(anna);
    expect(await found({ campaign: 'spring', about: { kind: 'row', seq: 2 } })).toEqual([
      '2 accepted',
      '2 bounce',
    ]);
  });

  test('of somebody who is not there it gives a row of somebody else, and of an unknown campaign none', async () => {
    await sink.write(rowsOf(EVENTS));
    expect(
      await found({ campaign: 'spring', about: { kind: 'person', normal: 'eve@example.jp' } }),
    ).toHaveLength(1);
    expect(await found({ campaign: 'winter', about: { kind: 'person', normal: 'eve@example.jp' } })).toEqual(
      [],
    );
  });

  test('reads no day before it is asked to', async () => {
    await sink.write(rowsOf(EVENTS));
    expect(await found({ campaign: 'spring', sinceMs: NOON + 86_400_000 })).toEqual([]);
  });

  test('asks in the location of the dataset', async () => {
    await sink.write(rowsOf(EVENTS));
    await found({ campaign: 'spring' });
    expect(new Set(fake.jobs.map(({ location }) => location))).toEqual(new Set(['asia-northeast1']));
  });

  test('is reported on where it is, each event once', async () => {
    await sink.write(rowsOf(EVENTS));
    await sink.write(rowsOf(EVENTS));
    expect(await reportOn(log().asker(), 'spring')).toMatchObject({
      funnel: { accepted: 2, delivered: 1, bounced: { hard: 1, soft: 0 }, clicked: 1 },
      domains: [{ domain: 'example.jp', accepted: 2 }],
      bounces: [{ reason: 'Permanent/General', smtpStatus: '5.1.1', people: 1 }],
    });
  });

  test('answers no statement that changes something', async () => {
    await sink.write(rowsOf(EVENTS));
    const ask = async () => {
      for await (const page of log().pages('DELETE FROM `fake-project.mail.events` WHERE TRUE'))
        expect(page).toBeNull();
    };
    await expect(ask()).rejects.toMatchObject({ problems: [expect.stringContaining('must be one SELECT')] });
    expect(await fake.rows('mail', 'events')).toHaveLength(EVENTS.events.length);
  });

  test('a person who is forgotten is in no row any more, and the rows stay', async () => {
    await sink.write(rowsOf(EVENTS));
    const parsed = parseAddress('anna@example.jp');
    if (parsed.kind !== 'address') throw new Error('no address');
    const place = new BigQueryLogPlace(bigquery(), PLACE);
    const eraser = new Eraser(parsed.address, { name: 'forgotten-0123456789abcdef', salt: 'salt' });
    expect(await place.count(eraser)).toBe(5);
    expect(await place.forget(eraser)).toEqual({ rows: 5 });
    const rows = await fake.rows('mail', 'events');
    expect(rows).toHaveLength(EVENTS.events.length);
    expect(JSON.stringify(rows)).not.toMatch(/anna/i);
    expect(rows.filter((row) => row['recipient'] === 'forgotten-0123456789abcdef')).toHaveLength(5);
    expect(JSON.stringify(rows)).toContain('ben@example.jp');
    expect(await place.forget(eraser)).toEqual({ rows: 0 });
  });
});
