import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { Keys } from '../../src/core/keys.ts';
import type { GlobalReason } from '../../src/suppression/entry.ts';
import { exportSuppression, suppressionRow } from '../../src/suppression/export.ts';
import { importSuppression } from '../../src/suppression/import.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import type { Suppression, Target } from '../../src/suppression/target.ts';
import { useRedis } from '../support/redis.ts';
import { gather } from './gather.ts';

const server = useRedis();
let store: SuppressionStore;
beforeAll(() => {
  store = new SuppressionStore(server.redis, new Keys('{sluice}'));
});

const AT = Date.UTC(2026, 10, 27, 0, 0, 0, 5);
const CELLS = z.array(z.record(z.string(), z.string()));

test('an export is CSV with a header, a line each, and times in UTC', async () => {
  const list: Suppression[] = [
    { address: 'ann@x.jp', target: everywhere('bounced'), at: AT, source: 'event', detail: 'f-1' },
    {
      address: 'bob@x.jp',
      target: { kind: 'sender', sender: 'news@a.jp' },
      at: AT,
      source: 'import',
      detail: null,
    },
  ];
  expect(await exported([list])).toBe(
    [
      'email,reason,sender,at,source,detail',
      'ann@x.jp,bounced,,2026-11-27T00:00:00.005Z,event,f-1',
      'bob@x.jp,unsubscribed,news@a.jp,2026-11-27T00:00:00.005Z,import,',
      '',
    ].join('\r\n'),
  );
});

test('an export of nobody has its header', async () => {
  expect(await exported([])).toBe('email,reason,sender,at,source,detail\r\n');
});

test('a stored time that is none leaves its cell empty, and does not end the export', () => {
  const odd = {
    address: 'ann@x.jp',
    target: everywhere('bounced'),
    at: Number.NaN,
    source: 'event',
    detail: null,
  };
  expect(suppressionRow(odd).at).toBeNull();
});

test('a reader of CSV gets back every cell as it was, whatever is in it', async () => {
  const cell = fc.string({
    unit: fc.constantFrom('"', ',', '\r', '\n', ' ', '=', '+', '@', 'a', '　', '漢', '😀', "'"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ address: cell, source: cell, detail: cell }), { maxLength: 5 }),
      async (rows) => {
        const list = rows.map((row) => ({ target: everywhere('blocked'), at: AT, ...row }));
        const cells = CELLS.parse(parse(await exported([list]), { columns: true, record_delimiter: '\r\n' }));
        expect(cells.map(({ email, source, detail }) => ({ address: email, source, detail }))).toEqual(rows);
      },
    ),
  );
});

test('what is exported comes back the same when it is imported into an empty store', async () => {
  const reasons: GlobalReason[] = ['blocked', 'complained', 'bounced'];
  const addresses = [
    'ann@x.jp',
    'foo..bar@docomo.ne.jp',
    'taro@xn--r8jz45g.jp',
    "=1+o'neil@x.jp",
    '+8190@x.jp',
    '#{a|b}@x.jp',
  ];
  for (const [i, address] of addresses.entries()) {
    const stamp = {
      at: AT + i,
      source: i % 2 === 0 ? 'event' : 'a, "b"',
      detail: [null, '=cmd', '第 "1" 号,'][i % 3] ?? null,
    };
    for (const reason of reasons.slice(i % 3)) await store.add(everywhere(reason), [address], stamp);
    await store.add(
      { kind: 'sender', sender: ['news@a.jp', 'info@a.jp', "o'neil@xn--r8jz45g.jp"][i % 3] ?? '' },
      [address],
      stamp,
    );
  }
  await store.add(
    everywhere('bounced'),
    Array.from({ length: 3_000 }, (_, i) => `a${i}@x.jp`),
    { at: 0, source: 'x', detail: null },
  );
  const before = sorted(await gather(store.list()));

  const file = await exported(store.list());
  await server.redis.flushall();
  const rows = CELLS.parse(parse(file, { columns: true })).map((data, i) => ({
    seq: i + 1,
    email: data['email'] ?? '',
    data,
  }));
  const source = {
    async *rows() {
      yield rows;
    },
  };
  const stamp = { at: AT + 999, source: 'import', detail: 'file.csv' };
  const count = await importSuppression(source, 'columns', store, stamp);
  expect(count).toMatchObject({ read: before.length, added: before.length, already: 0, invalid: 0 });
  expect(sorted(await gather(store.list()))).toEqual(before);
  expect(await importSuppression(source, 'columns', store, stamp)).toMatchObject({
    added: 0,
    already: before.length,
  });
});

test('an export reads no further than its reader takes', async () => {
  let given = 0;
  async function* endless(): AsyncIterable<readonly Suppression[]> {
    while (true) {
      given += 1;
      yield Array.from({ length: 1_000 }, () => ({
        address: 'ann@x.jp',
        target: everywhere('bounced'),
        at: AT,
        source: 'event',
        detail: null,
      }));
    }
  }
  const stuck = new Writable({ highWaterMark: 1_000, write: () => {} });
  const work = exportSuppression(endless(), stuck).catch((fault: unknown) => fault);
  await expect.poll(() => stuck.writableNeedDrain).toBe(true);
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(given).toBeLessThan(40);
  stuck.destroy(new Error('the disk is full'));
  expect(await work).toMatchObject({ message: 'the disk is full' });
});

async function exported(
  list: Iterable<readonly Suppression[]> | AsyncIterable<readonly Suppression[]>,
): Promise<string> {
  async function* chunks() {
    yield* list;
  }
  const out = new PassThrough();
  const [written] = await Promise.all([text(out), exportSuppression(chunks(), out)]);
  return written;
}

function everywhere(reason: GlobalReason): Target {
  return { kind: 'everywhere', reason };
}

function sorted(list: readonly Suppression[]): string[] {
  return list.map((one) => JSON.stringify(suppressionRow(one))).sort();
}
