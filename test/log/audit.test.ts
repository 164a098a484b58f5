import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { auditLog, type Standing } from '../../src/log/audit.ts';
import type { Books } from '../../src/log/books.ts';
import type { LogEvent } from '../../src/log/event.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { LogSession } from '../../src/log/session.ts';
import type { OpenRow } from '../../src/log/tally.ts';
import { rowsOf, useFolder } from './support.ts';

/*
 * What the audit says of a campaign whose rows and counters are written by hand, above all while it moves on.
 */

const newFolder = useFolder();
const CAMPAIGN = 'spring';
let dir = '';

beforeEach(() => {
  dir = newFolder();
});

async function log(events: readonly Partial<LogEvent>[]): Promise<void> {
  const sink = new FilesSink({ dir, writer: `w-${randomUUID()}`, clock: systemClock });
  await sink.write(rowsOf({ common: { campaign_id: CAMPAIGN, event_time: Date.UTC(2026, 10, 27) }, events }));
  await sink.close();
}

async function audit(before: Standing, after: Standing, open: readonly OpenRow[] = []) {
  const session = await LogSession.open({ dir });
  try {
    const look = async () => after;
    return await auditLog({ campaign: CAMPAIGN, before, open, log: session, look });
  } finally {
    await session.close();
  }
}

const people = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_unused, i) => from + i);
const accepted = (from: number, to: number) =>
  people(from, to).map(
    (seq): Partial<LogEvent> => ({
      event_type: 'accepted',
      seq,
      recipient: `p${seq}@example.jp`,
      ses_message_id: `id-${seq}`,
    }),
  );
const pending = (from: number, to: number): OpenRow[] =>
  people(from, to).map((seq) => ({ seq, isInDoubt: false }));

const NONE: Books = {
  read: 0,
  duplicate: 0,
  invalid: 0,
  planned: 0,
  pending: 0,
  skipped: { unsubscribed: 0, bounced: 0, complained: 0, blocked: 0 },
  accepted: 0,
  rejected: 0,
  cancelled: 0,
  dropped: 0,
  inDoubt: 0,
  resent: 0,
  delivered: 0,
  bounced: { hard: 0, soft: 0 },
  complained: 0,
  opened: 0,
  clicked: 0,
  unsubscribed: 0,
};
const running = (books: Partial<Books>): Standing => ({ books: { ...NONE, ...books }, isOver: false });

describe('while a campaign moves on', () => {
  const before = running({ read: 20, planned: 20, accepted: 5, pending: 15 });
  const after = running({ read: 30, planned: 30, accepted: 9, pending: 21 });

  test.each([5, 7, 9])('%i accepted in the log is right between 5 and 9 counted', async (rows) => {
    await log(accepted(1, rows));
    expect(await audit(before, after, pending(6, 20))).toMatchObject({ isMoving: true, differences: [] });
  });

  test.each([
    [4, 'accepted: 5 to 9 counted, 4 in the log'],
    [10, 'accepted: 5 to 9 counted, 10 in the log'],
  ])('%i accepted in the log are fewer than before, or more than after', async (rows, text) => {
    await log(accepted(1, rows));
    const { differences } = await audit(before, after, pending(5, 20));
    expect(differences.map((one) => one.text)).toEqual([text]);
  });

  test('a second mail is found all the same', async () => {
    await log([...accepted(1, 5), { event_type: 'accepted', seq: 3, ses_message_id: 'another' }]);
    const { differences } = await audit(before, after, pending(6, 20));
    expect(differences).toMatchObject([{ kind: 'sent_twice', seqs: [3] }]);
  });

  test('that SES has events of is not what moves, but what grows', async () => {
    const over = (opened: number): Standing => ({
      books: { ...NONE, read: 2, planned: 2, accepted: 2, opened },
      isOver: true,
    });
    await log([
      ...accepted(1, 2),
      { event_type: 'open', seq: 1 },
      {
        event_type: 'campaign_finished',
        detail: { counts: { read: 2, duplicate: 0, invalid: 0, planned: 2 } },
      },
    ]);
    expect(await audit(over(0), over(1))).toMatchObject({ isMoving: false, differences: [] });
    expect((await audit(over(2), over(2))).differences).toMatchObject([
      { text: 'opened: 2 counted, 1 in the log' },
    ]);
  });
});

test('events of SES are counted by people, and each kind of bounce for itself', async () => {
  await log([
    ...accepted(1, 3),
    ...[1, 1, 2].map((seq, i): Partial<LogEvent> => ({ event_type: 'open', seq, event_time: i })),
    { event_type: 'click', seq: 1, url: 'https://example.jp/a' },
    { event_type: 'click', seq: 1, url: 'https://example.jp/b' },
    { event_type: 'delivery', seq: 1, ses_message_id: 'id-1' },
    { event_type: 'bounce', seq: 2, reason: 'Transient/General', mark: 'f1' },
    { event_type: 'bounce', seq: 2, reason: 'Permanent/General', mark: 'f2' },
    { event_type: 'bounce', seq: 3, reason: 'Undetermined/Undetermined', mark: 'f3' },
    { event_type: 'complaint', seq: 3, mark: 'f4' },
  ]);
  const books = {
    read: 3,
    planned: 3,
    accepted: 3,
    opened: 2,
    clicked: 1,
    delivered: 1,
    bounced: { hard: 1, soft: 2 },
    complained: 1,
  };
  const { rows, differences } = await audit(running(books), running(books));
  expect(rows).toEqual({ ...NONE, ...books });
  expect(differences).toEqual([]);
});

test('an end is only explained by doubt where the log tells of one', async () => {
  const ends = (seq: number, type: LogEvent['event_type']): Partial<LogEvent>[] => [
    ...accepted(seq, seq),
    { event_type: type, seq, reason: 'x', mark: 'c' },
  ];
  await log([
    ...ends(1, 'rejected'),
    ...ends(2, 'rejected'),
    { event_type: 'in_doubt', seq: 2, reason: 'lost', mark: 'b' },
    ...ends(3, 'dropped'),
    ...ends(4, 'cancelled'),
    ...ends(5, 'skipped'),
    { event_type: 'resolved', seq: 5, reason: 'accepted', mark: 'b' },
    ...ends(6, 'duplicate'),
  ]);
  const books = running({ read: 6, planned: 6, accepted: 6 });
  expect((await audit(books, books)).differences.map(({ text }) => text)).toEqual([
    'accepted and rejected at the same time: row 1',
    'accepted and duplicate at the same time: row 6',
  ]);
});

test('a late event of a mail after doubt is told, and is no difference', async () => {
  await log([
    { event_type: 'in_doubt', seq: 1, reason: 'lost', mark: 'a' },
    { event_type: 'resolved', seq: 1, reason: 'resend', mark: 'a' },
    { event_type: 'rejected', seq: 1, reason: 'NO', mark: 'b' },
    { event_type: 'send', seq: 1, ses_message_id: 'late' },
  ]);
  const books = running({ read: 1, planned: 1, rejected: 1, resent: 1 });
  expect(await audit(books, books)).toMatchObject({
    differences: [],
    notes: ['rejected after doubt, though SES took a mail to them, as its late events say: row 1'],
  });
});
