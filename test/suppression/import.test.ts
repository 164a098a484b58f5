import { setImmediate } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { Fault, InputFault } from '../../src/core/fault.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { IMPORT_ROWS_MAX, type ImportSource, importSuppression } from '../../src/suppression/import.ts';
import type { ImportRow } from '../../src/suppression/import-row.ts';
import { type AddCount, SuppressionStore } from '../../src/suppression/store.ts';
import type { Suppression, Target } from '../../src/suppression/target.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
let store: SuppressionStore;
beforeAll(() => {
  store = new SuppressionStore(server.redis, new Keys('{sluice}'));
});

const BOUNCED: Target = { kind: 'everywhere', reason: 'bounced' };
const NEWS: Target = { kind: 'sender', sender: 'news@a.jp' };
const STAMP = { at: 1_732_222_222_000, source: 'import', detail: 'list.csv' };

test('a list is imported, and rows that are no addresses are skipped, counted and shown', async () => {
  const list = sourceOf([
    ' Ann@X.jp ',
    'not an address',
    'bob@x.jp',
    '',
    'ANN@x.jp',
    'foo..bar@docomo.ne.jp',
  ]);
  const count = await importSuppression(list, NEWS, store, STAMP);
  expect(count).toMatchObject({ read: 6, added: 3, already: 1, invalid: 2 });
  expect(count.examples.map(({ row, email }) => ({ row, email }))).toEqual([
    { row: 2, email: 'not an address' },
    { row: 4, email: '' },
  ]);
  const addresses = ['ann@x.jp', 'bob@x.jp', 'foo..bar@docomo.ne.jp'];
  expect(await store.check(addresses)).toEqual(
    addresses.map((address) => [{ address, target: NEWS, ...STAMP }]),
  );
});

test('the same list again adds nobody', async () => {
  const list = sourceOf(['ann@x.jp', 'bob@x.jp']);
  await importSuppression(list, BOUNCED, store, STAMP);
  const later = { ...STAMP, at: STAMP.at + 1 };
  expect(await importSuppression(list, BOUNCED, store, later)).toMatchObject({
    read: 2,
    added: 0,
    already: 2,
  });
  expect((await store.check(['ann@x.jp']))[0]?.[0]?.at).toBe(STAMP.at);
});

test('an empty list imports nothing', async () => {
  const none = { read: 0, added: 0, already: 0, invalid: 0, examples: [] };
  expect(await importSuppression(sourceOf([]), BOUNCED, store, STAMP)).toEqual(none);
  expect(await importSuppression(sourceOf([]), 'columns', store, STAMP)).toEqual(none);
});

test('rows of several chunks and calls are all counted once', async () => {
  const emails = Array.from({ length: 12_345 }, (_, i) =>
    i % 100 === 7 ? `wrong ${i}` : `a${i % 10_000}@x.jp`,
  );
  const count = await importSuppression(sourceOf(emails, 700), BOUNCED, store, STAMP);
  const valid = emails.filter((email) => !email.startsWith('wrong'));
  const added = new Set(valid).size;
  expect(count).toMatchObject({
    read: 12_345,
    added,
    already: valid.length - added,
    invalid: 12_345 - valid.length,
  });
  expect((await store.count()).everywhere).toBe(added);
  expect(count.examples).toHaveLength(5);
});

test('rows that say why are imported each for its reason, sender, time and source', async () => {
  const rows = [
    {
      email: 'Ann@x.jp',
      reason: 'bounced',
      sender: '',
      at: '2026-11-27T09:00:00+09:00',
      source: 'event',
      detail: 'f-1',
    },
    {
      email: 'ann@x.jp',
      reason: 'Unsubscribed',
      sender: 'News@A.jp',
      at: '2026-11-27',
      source: '',
      detail: '',
    },
    { email: 'bob@x.jp', reason: '', sender: 'info@a.jp', at: '', source: 'crm', detail: '' },
  ];
  expect(await importSuppression(tableOf(rows), 'columns', store, STAMP)).toMatchObject({
    read: 3,
    added: 3,
  });
  expect(await store.check(['ann@x.jp', 'bob@x.jp'])).toEqual([
    [
      { address: 'ann@x.jp', target: BOUNCED, at: Date.UTC(2026, 10, 27), source: 'event', detail: 'f-1' },
      { address: 'ann@x.jp', target: NEWS, ...STAMP, at: Date.UTC(2026, 10, 27) },
    ],
    [
      {
        address: 'bob@x.jp',
        target: { kind: 'sender', sender: 'info@a.jp' },
        at: STAMP.at,
        source: 'crm',
        detail: null,
      },
    ],
  ]);
});

test('a reason for the whole list goes before the columns of its rows', async () => {
  await importSuppression(
    tableOf([{ email: 'ann@x.jp', reason: 'blocked', at: 'whenever' }]),
    BOUNCED,
    store,
    STAMP,
  );
  expect(await store.check(['ann@x.jp'])).toEqual([[{ address: 'ann@x.jp', target: BOUNCED, ...STAMP }]]);
});

test('a list with rows that say wrongly why is refused whole, and each of them named', async () => {
  const rows = [
    { email: 'ann@x.jp', reason: 'bounced', sender: '', at: '' },
    { email: 'bob@x.jp', reason: 'soft', sender: '', at: '' },
    { email: 'no address', reason: 'soft', sender: '', at: '' },
    { email: 'carl@x.jp', reason: 'bounced', sender: '', at: '2026/11/27 09:00' },
    { email: 'dora@x.jp', reason: 'unsubscribed', sender: 'news', at: '' },
  ];
  const fault = await refusal(importSuppression(tableOf(rows), 'columns', store, STAMP));
  expect(fault.problems).toEqual([
    expect.stringContaining('row 2: the reason “soft” is none of'),
    expect.stringContaining('row 4: the time “2026/11/27 09:00”'),
    expect.stringContaining('row 5: the sender “news” is no address'),
  ]);
  expect(await store.count()).toEqual({ everywhere: 0, unsubscribed: [] });
});

test('a refusal of a thousand rows names the first and counts the rest', async () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => ({ email: `a${i}@x.jp`, reason: 'soft' }));
  const fault = await refusal(importSuppression(tableOf(rows), 'columns', store, STAMP));
  expect(fault.problems).toHaveLength(21);
  expect(fault.problems.at(-1)).toBe('and 980 more rows like these');
});

test('a list that nowhere says why is refused with what to do, once', async () => {
  const fault = await refusal(importSuppression(sourceOf(['ann@x.jp', 'bob@x.jp']), 'columns', store, STAMP));
  expect(fault.problems).toEqual([expect.stringContaining('no column “reason” or “sender”')]);
});

test('a list over the bound is refused before anything is written', async () => {
  const fault = await refusal(importSuppression(repeated(IMPORT_ROWS_MAX + 1), BOUNCED, store, STAMP));
  expect(fault.problems).toEqual([expect.stringContaining('more than 1,000,000 rows')]);
  expect(await store.count()).toEqual({ everywhere: 0, unsubscribed: [] });
});

test('a list of exactly the bound is taken', async () => {
  const counting = { addEach: async (some: readonly Suppression[]) => ({ added: some.length, already: 0 }) };
  const count = await importSuppression(repeated(IMPORT_ROWS_MAX), BOUNCED, counting, STAMP);
  expect(count).toMatchObject({ read: IMPORT_ROWS_MAX, added: IMPORT_ROWS_MAX });
});

test('a list that breaks off when it is read is refused before anything is written', async () => {
  const broken = new Fault('AUDIENCE', 'line 2,001: a quote is never closed');
  const failing: ImportSource = {
    async *rows() {
      yield* sourceOf(Array.from({ length: 2_000 }, (_, i) => `a${i}@x.jp`)).rows();
      throw broken;
    },
  };
  await expect(importSuppression(failing, BOUNCED, store, STAMP)).rejects.toBe(broken);
  expect((await store.count()).everywhere).toBe(0);
});

test('a list that changes between its two readings says what was imported, and can be imported again', async () => {
  const emails = Array.from({ length: 3_000 }, (_, i) => `a${i}@x.jp`);
  let readings = 0;
  const changing: ImportSource = {
    async *rows() {
      readings += 1;
      yield* sourceOf(emails).rows();
      if (readings === 2) throw new Error('the file is shorter than it was');
    },
  };
  const failed = importSuppression(changing, BOUNCED, store, STAMP);
  await expect(failed).rejects.toMatchObject({
    code: 'SUPPRESSION_IMPORT',
    message: expect.stringContaining('3,000 addresses'),
  });
  expect((await store.count()).everywhere).toBe(3_000);
  expect(await importSuppression(sourceOf(emails), BOUNCED, store, STAMP)).toMatchObject({
    added: 0,
    already: 3_000,
  });
});

test('a store that fails ends the import with its cause, and no failure is left unhandled', async () => {
  let calls = 0;
  const failing = {
    addEach: async (some: readonly Suppression[]): Promise<AddCount> => {
      calls += 1;
      if (calls > 1) throw new Error('READONLY You can’t write against a read only replica.');
      return { added: some.length, already: 0 };
    },
  };
  const emails = Array.from({ length: 10_000 }, (_, i) => `a${i}@x.jp`);
  const slow: ImportSource = {
    async *rows() {
      for await (const rows of sourceOf(emails, 500).rows()) {
        // Calls that fail have time to be found unhandled before they are waited for.
        await setImmediate();
        yield rows;
      }
    },
  };
  const failed = importSuppression(slow, BOUNCED, failing, STAMP);
  await expect(failed).rejects.toMatchObject({
    code: 'SUPPRESSION_IMPORT',
    message: expect.stringContaining('1,000 addresses'),
  });
});

test('a connection that is lost again and again loses no row', async () => {
  const emails = Array.from({ length: 40_000 }, (_, i) => `a${i}@x.jp`);
  const own = connectRedis(server.url);
  let breaks = 0;
  own.on('close', () => {
    breaks += 1;
  });
  own.on('error', () => {});
  let reading = 0;
  const breaking: ImportSource = {
    async *rows() {
      reading += 1;
      for await (const rows of sourceOf(emails).rows()) {
        if (reading === 2 && rows[0]?.seq !== undefined && rows[0].seq % 8_000 === 1) {
          await server.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        }
        yield rows;
      }
    },
  };
  const count = await importSuppression(
    breaking,
    BOUNCED,
    new SuppressionStore(own, new Keys('{sluice}')),
    STAMP,
  );
  expect(breaks).toBeGreaterThan(0);
  own.disconnect();
  // What was sent again because its answer was lost counts as already there.
  expect(count).toMatchObject({ read: 40_000, invalid: 0 });
  expect(count.added + count.already).toBe(40_000);
  expect((await store.count()).everywhere).toBe(40_000);
});

test('the list is read no further than the store keeps up', async () => {
  const emails = Array.from({ length: 50_000 }, (_, i) => `a${i}@x.jp`);
  let reading = 0;
  let given = 0;
  let stored = 0;
  let furthest = 0;
  const source: ImportSource = {
    async *rows() {
      reading += 1;
      for await (const rows of sourceOf(emails, 500).rows()) {
        // The first reading only reviews.
        if (reading === 2) given += rows.length;
        furthest = Math.max(furthest, given - stored);
        yield rows;
      }
    },
  };
  const counting = {
    addEach: async (some: readonly Suppression[]) => {
      const count = await store.addEach(some);
      stored += some.length;
      return count;
    },
  };
  await importSuppression(source, BOUNCED, counting, STAMP);
  expect(stored).toBe(50_000);
  expect(furthest).toBeLessThanOrEqual(6_000);
});

function sourceOf(emails: readonly string[], length = 1_000): ImportSource {
  return tableOf(
    emails.map((email) => ({ email })),
    length,
  );
}

/** A list as a CSV reader gives it: each row with all its columns. */
function tableOf(
  rows: readonly ({ email: string } & Record<string, string>)[],
  length = 1_000,
): ImportSource {
  const all = rows.map((data, i): ImportRow => ({ seq: i + 1, email: data.email, data }));
  return {
    async *rows() {
      for (let i = 0; i < all.length; i += length) yield all.slice(i, i + length);
    },
  };
}

function repeated(count: number): ImportSource {
  const row: ImportRow = { seq: 1, email: 'ann@x.jp', data: {} };
  return {
    async *rows() {
      for (let left = count; left > 0; left -= 1_000)
        yield Array.from({ length: Math.min(left, 1_000) }, () => row);
    },
  };
}

async function refusal(work: Promise<unknown>): Promise<InputFault> {
  const thrown = await work.catch((fault: unknown) => fault);
  if (!(thrown instanceof InputFault)) throw new Error('it should have been refused', { cause: thrown });
  return thrown;
}
