import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { bigquery } from '../../src/log/dialect.ts';
import { rowBooks } from '../../src/log/ends.ts';
import type { LogEvent } from '../../src/log/event.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { DOMAINS_NAMED, type LogReport, reportOn } from '../../src/log/report.ts';
import * as statements from '../../src/log/report-sql.ts';
import { LogSession } from '../../src/log/session.ts';
import { takeTally } from '../../src/log/tally.ts';
import { rowsOf, useFolder } from './support.ts';

const newFolder = useFolder();
const NINE = Date.UTC(2026, 10, 27, 9, 59, 59, 999);
const TEN = NINE + 1;
let dir = '';

beforeEach(() => {
  dir = newFolder();
});

async function log(events: readonly Partial<LogEvent>[], campaign = 'spring'): Promise<void> {
  const sink = new FilesSink({ dir, writer: `w-${randomUUID()}`, clock: systemClock });
  await sink.write(rowsOf({ common: { campaign_id: campaign, event_time: NINE }, events }));
  await sink.close();
}

async function report(): Promise<LogReport> {
  const session = await LogSession.open({ dir });
  try {
    return await reportOn(session, 'spring');
  } finally {
    await session.close();
  }
}

const to = (seq: number, domain: string, more: Partial<LogEvent>): Partial<LogEvent> => ({
  seq,
  recipient: `p${seq}@${domain}`,
  ...more,
});

/** Three to a.jp, one to b.jp; one that is skipped. */
const SAMPLE: readonly Partial<LogEvent>[] = [
  ...[1, 2, 3].map((seq) => to(seq, 'a.jp', { event_type: 'accepted', ses_message_id: `id-${seq}` })),
  to(4, 'b.jp', { event_type: 'accepted', ses_message_id: 'id-4' }),
  to(5, 'b.jp', { event_type: 'skipped', reason: 'bounced' }),
  to(6, 'b.jp', { event_type: 'rejected', reason: '本文が不正' }),
  { event_type: 'invalid', seq: 7, recipient: 'none', reason: 'no_at' },
  to(1, 'a.jp', { event_type: 'delivery' }),
  to(2, 'a.jp', { event_type: 'delivery', event_time: TEN }),
  to(1, 'a.jp', { event_type: 'open', event_time: NINE }),
  to(1, 'a.jp', { event_type: 'open', event_time: TEN }),
  to(1, 'a.jp', { event_type: 'click', event_time: TEN, url: 'https://a.jp/' }),
  to(3, 'a.jp', {
    event_type: 'bounce',
    reason: 'Permanent/General',
    smtp_status: '5.1.1',
    diagnostic: '550 宛先 <p3@a.jp> は存在しません',
  }),
  to(4, 'b.jp', { event_type: 'bounce', reason: 'Transient/MailboxFull', smtp_status: '4.2.2' }),
  to(2, 'a.jp', { event_type: 'complaint', reason: 'abuse', mark: 'f1' }),
  to(1, 'a.jp', { event_type: 'complaint', reason: 'not-spam', mark: 'f2' }),
  to(2, 'a.jp', { event_type: 'unsubscribe', reason: 'one-click', event_time: TEN }),
  { event_type: 'accepted', recipient: 'me@a.jp', seq: 8, test: true },
  { event_type: 'campaign_accepted' },
];

test('every figure of a campaign is what its rows add up to, and other campaigns are in none', async () => {
  await log(SAMPLE);
  await log(SAMPLE, 'autumn');
  const { funnel, domains, otherDomains, hours, unsubscribes, unsent } = await report();
  expect(funnel).toEqual({
    accepted: 4,
    delivered: 2,
    bounced: { hard: 1, soft: 1 },
    complained: 1,
    opened: 1,
    clicked: 1,
    unsubscribed: 1,
    rates: {
      delivered: 0.5,
      bounced: { hard: 0.25, soft: 0.25 },
      complained: 0.25,
      opened: 0.5,
      clicked: 0.5,
      unsubscribed: 0.5,
    },
  });
  expect(domains).toMatchObject([
    { domain: 'a.jp', accepted: 3, delivered: 2, bounced: { hard: 1, soft: 0 }, complained: 1 },
    { domain: 'b.jp', accepted: 1, delivered: 0, bounced: { hard: 0, soft: 1 }, complained: 0 },
  ]);
  expect(otherDomains).toBeNull();
  const none = { accepted: 0, delivered: 0, opened: 0, clicked: 0, bounced: 0, unsubscribed: 0 };
  expect(hours).toEqual([
    { ...none, hour: '2026-11-27T09:00:00Z', accepted: 4, delivered: 1, opened: 1, bounced: 2 },
    { ...none, hour: '2026-11-27T10:00:00Z', delivered: 1, clicked: 1, unsubscribed: 1 },
  ]);
  expect(unsubscribes).toEqual([{ way: 'one-click', people: 1 }]);
  expect(unsent).toEqual([
    { became: 'invalid', reason: 'no_at', people: 1 },
    { became: 'rejected', reason: '本文が不正', people: 1 },
    { became: 'skipped', reason: 'bounced', people: 1 },
  ]);
});

test('the figures are those of the audit', async () => {
  await log(SAMPLE);
  const session = await LogSession.open({ dir });
  try {
    const books = rowBooks((await takeTally(session, 'spring', [])).groups);
    const { funnel, unsent } = await reportOn(session, 'spring');
    const { rates: _rates, ...counts } = funnel;
    expect(books).toMatchObject(counts);
    const people = (became: string) =>
      unsent.reduce((sum, each) => sum + (each.became === became ? each.people : 0), 0);
    const { skipped } = books;
    expect(people('skipped')).toBe(
      skipped.unsubscribed + skipped.bounced + skipped.complained + skipped.blocked,
    );
    for (const end of ['rejected', 'cancelled', 'dropped', 'duplicate', 'invalid'] as const)
      expect([end, people(end)]).toEqual([end, books[end]]);
  } finally {
    await session.close();
  }
});

test('bounces have the words of a receiver, in any language, and no address', async () => {
  await log(SAMPLE);
  expect((await report()).bounces).toEqual([
    {
      reason: 'Permanent/General',
      smtpStatus: '5.1.1',
      people: 1,
      sample: '550 宛先 (address) は存在しません',
    },
    { reason: 'Transient/MailboxFull', smtpStatus: '4.2.2', people: 1, sample: null },
  ]);
});

test('rows that were written twice change no figure', async () => {
  await log(SAMPLE);
  const once = await report();
  await log(SAMPLE);
  expect(await report()).toEqual(once);
});

test('who was skipped or dropped, and has the mail after all, is accepted and nothing else', async () => {
  await log([
    to(1, 'a.jp', { event_type: 'dropped' }),
    to(1, 'a.jp', { event_type: 'accepted', ses_message_id: 'id-1' }),
  ]);
  expect(await report()).toMatchObject({ funnel: { accepted: 1 }, unsent: [] });
});

test('domains beyond the first twenty are one row', async () => {
  const domains = Array.from(
    { length: DOMAINS_NAMED + 2 },
    (_unused, i) => `d${String(i).padStart(2, '0')}.jp`,
  );
  await log([
    ...domains.map((domain, i) => to(i + 1, domain, { event_type: 'accepted', ses_message_id: `m${i}` })),
    to(100, 'd21.jp', { event_type: 'accepted', ses_message_id: 'm100' }),
    to(21, 'd20.jp', { event_type: 'delivery' }),
  ]);
  const told = await report();
  expect(told.domains.map(({ domain }) => domain)).toEqual(['d21.jp', ...domains.slice(0, 19)]);
  expect(told.otherDomains).toMatchObject({
    domains: 2,
    accepted: 2,
    delivered: 1,
    rates: { delivered: 0.5 },
  });
});

test('a campaign of which nothing is in the log is all zeros, with rates of nothing', async () => {
  expect(await report()).toMatchObject({
    funnel: { accepted: 0, unsubscribed: 0, rates: { delivered: null, opened: null } },
    domains: [],
    otherDomains: null,
    bounces: [],
    otherBounces: null,
    hours: [],
    unsubscribes: [],
    unsent: [],
  });
});

describe('for BigQuery', () => {
  test.each(Object.entries(statements))('%s has only what GoogleSQL knows', (_name, statement) => {
    const sql = statement(bigquery);
    expect(sql).toContain('@campaign');
    expect(sql).not.toMatch(/\$\w|::|\b(FILTER|QUALIFY|SEMI|ANTI|VARCHAR|strftime|GROUP BY ALL)\b/);
  });
});
