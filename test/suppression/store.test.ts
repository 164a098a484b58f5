import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { parseAddress } from '../../src/core/address.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { REASONS, type Reason } from '../../src/suppression/entry.ts';
import { type SuppressionFilter, SuppressionStore } from '../../src/suppression/store.ts';
import { reasonOf, type Suppression, type Target } from '../../src/suppression/target.ts';
import { useRedis } from '../support/redis.ts';
import { gather } from './gather.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
let store: SuppressionStore;
beforeAll(() => {
  store = new SuppressionStore(server.redis, keys);
});

const BOUNCED: Target = { kind: 'everywhere', reason: 'bounced' };
const COMPLAINED: Target = { kind: 'everywhere', reason: 'complained' };
const BLOCKED: Target = { kind: 'everywhere', reason: 'blocked' };
const NEWS: Target = { kind: 'sender', sender: 'news@a.jp' };
const INFO: Target = { kind: 'sender', sender: 'info@a.jp' };
const STAMP = { at: 1_732_222_222_000, source: 'operator', detail: null };

test('an address is suppressed in whatever case it is written, and so is an internationalised domain', async () => {
  await store.add(BOUNCED, [normal('Foo@Example.JP'), normal('taro@例え.jp')], STAMP);
  const again = ['fOO@example.jp', ' foo@EXAMPLE.jp ', 'TARO@XN--R8JZ45G.JP', 'other@example.jp'].map(normal);
  expect(await store.rules(again, 'news@a.jp', false)).toEqual(['bounced', 'bounced', 'bounced', null]);
});

test('an old carrier address that breaks the RFC is suppressed like any other', async () => {
  const carriers = ['foo..bar@docomo.ne.jp', 'foo.@ezweb.ne.jp', '.foo@softbank.ne.jp'].map(normal);
  await store.add(BOUNCED, carriers, STAMP);
  expect(await store.rules(carriers, 'news@a.jp', false)).toEqual(['bounced', 'bounced', 'bounced']);
  expect((await all()).map((one) => one.address).sort()).toEqual([...carriers].sort());
});

test('who unsubscribed from one sender still hears from another, and bounces count for both', async () => {
  await store.add(NEWS, ['ann@x.jp'], STAMP);
  await store.add(BOUNCED, ['bob@x.jp'], STAMP);
  expect(await store.rules(['ann@x.jp', 'bob@x.jp'], 'news@a.jp', false)).toEqual([
    'unsubscribed',
    'bounced',
  ]);
  expect(await store.rules(['ann@x.jp', 'bob@x.jp'], 'info@a.jp', false)).toEqual([null, 'bounced']);
});

test('a sender in odd case is the same sender', async () => {
  for (const written of ['News@A.jp', 'news@a.JP']) {
    await store.add({ kind: 'sender', sender: normal(written) }, ['ann@x.jp'], STAMP);
  }
  expect(await store.count()).toEqual({
    everywhere: 0,
    unsubscribed: [{ sender: 'news@a.jp', addresses: 1 }],
  });
});

test('the first entry for a reason stays, and the same again counts as already there', async () => {
  const first = { at: 1, source: 'event', detail: 'feedback-1' };
  expect(await store.add(BOUNCED, ['ann@x.jp'], first)).toEqual({ added: 1, already: 0 });
  expect(await store.add(BOUNCED, ['ann@x.jp', 'bob@x.jp'], STAMP)).toEqual({ added: 1, already: 1 });
  expect(await store.check(['ann@x.jp'])).toEqual([[{ address: 'ann@x.jp', target: BOUNCED, ...first }]]);
});

test('an address that is given twice in one call is added once', async () => {
  expect(await store.add(BOUNCED, ['ann@x.jp', 'ann@x.jp'], STAMP)).toEqual({ added: 1, already: 1 });
  const both = [BLOCKED, COMPLAINED, BLOCKED].map((target) => ({ address: 'ann@x.jp', target, ...STAMP }));
  expect(await store.addEach(both)).toEqual({ added: 2, already: 1 });
});

test('the reasons of an address are stored with the most severe first, in whatever order they came', async () => {
  const orders = [
    [BLOCKED, COMPLAINED, BOUNCED],
    [BOUNCED, COMPLAINED, BLOCKED],
    [COMPLAINED, BOUNCED, BLOCKED],
    [COMPLAINED, BLOCKED, BOUNCED],
  ];
  for (const [i, targets] of orders.entries()) {
    for (const target of targets) await store.add(target, [`${i}@x.jp`], STAMP);
    const value = await server.redis.hget(keys.suppressedEverywhere(), `${i}@x.jp`);
    expect(value?.split('\n').map((line) => line[0])).toEqual(['k', 'c', 'b']);
  }
});

test('two processes that add the same addresses at once add each once', async () => {
  const other = connectRedis(server.url);
  const stores = [store, new SuppressionStore(other, keys)];
  const addresses = Array.from({ length: 2_500 }, (_, i) => `a${i}@x.jp`);
  const counts = await Promise.all(
    stores.flatMap((one) => [BOUNCED, COMPLAINED].map((target) => one.add(target, addresses, STAMP))),
  );
  other.disconnect();
  expect(counts.reduce((total, one) => total + one.added, 0)).toBe(2 * addresses.length);
  expect(counts.reduce((total, one) => total + one.already, 0)).toBe(2 * addresses.length);
  const letters = (await server.redis.hvals(keys.suppressedEverywhere())).map((value) =>
    value.replaceAll(/ .*/g, ''),
  );
  expect(letters).toEqual(addresses.map(() => 'c\nb'));
});

test('removing one reason leaves the others', async () => {
  for (const target of [BLOCKED, BOUNCED, NEWS]) await store.add(target, ['ann@x.jp'], STAMP);
  expect(await store.remove(BLOCKED, ['ann@x.jp', 'bob@x.jp'])).toEqual({ removed: 1, absent: 1 });
  expect(await reasons('ann@x.jp')).toEqual(['bounced', 'unsubscribed']);
  expect(await store.remove(BLOCKED, ['ann@x.jp'])).toEqual({ removed: 0, absent: 1 });
});

test('removing all reasons frees an address everywhere and from every sender, and nobody else', async () => {
  for (const target of [BLOCKED, COMPLAINED, BOUNCED, NEWS, INFO])
    await store.add(target, ['ann@x.jp'], STAMP);
  for (const target of [BOUNCED, INFO]) await store.add(target, ['bob@x.jp'], STAMP);
  expect(await store.remove('all', ['ann@x.jp', 'ann@x.jp', 'carl@x.jp'])).toEqual({ removed: 1, absent: 1 });
  expect(await reasons('ann@x.jp')).toEqual([]);
  expect(await reasons('bob@x.jp')).toEqual(['bounced', 'unsubscribed']);
  expect(await store.senders()).toEqual(['info@a.jp']);
});

test('a sender is forgotten with the last of its list, and comes back with the next', async () => {
  await store.add(NEWS, ['ann@x.jp', 'bob@x.jp'], STAMP);
  await store.remove(NEWS, ['ann@x.jp']);
  expect(await store.senders()).toEqual(['news@a.jp']);
  await store.remove(NEWS, ['bob@x.jp']);
  expect(await store.senders()).toEqual([]);
  await store.add(NEWS, ['bob@x.jp'], STAMP);
  expect(await store.senders()).toEqual(['news@a.jp']);
});

test('a check tells everything against an address: of one sender, or of all of them', async () => {
  for (const target of [INFO, NEWS, BOUNCED, BLOCKED]) await store.add(target, ['ann@x.jp'], STAMP);
  const targets = async (sender?: string) =>
    (await store.check(['bob@x.jp', 'ann@x.jp'], sender)).map((found) => found.map((one) => one.target));
  expect(await targets()).toEqual([[], [BLOCKED, BOUNCED, INFO, NEWS]]);
  expect(await targets('news@a.jp')).toEqual([[], [BLOCKED, BOUNCED, NEWS]]);
  expect(await targets('nobody@a.jp')).toEqual([[], [BLOCKED, BOUNCED]]);
});

test('nothing given changes nothing, and asks for nothing', async () => {
  expect(await store.add(NEWS, [], STAMP)).toEqual({ added: 0, already: 0 });
  expect(await store.remove('all', [])).toEqual({ removed: 0, absent: 0 });
  expect(await store.check([])).toEqual([]);
  expect(await store.rules([], 'news@a.jp', false)).toEqual([]);
  expect(await all()).toEqual([]);
  expect(await store.senders()).toEqual([]);
});

test('line breaks in a source or detail cannot add a reason, and long ones are cut', async () => {
  const stamp = { at: 1, source: 'import\nk', detail: `x\r\nk 1 forged ${'y'.repeat(1_000)}` };
  await store.add(BOUNCED, ['ann@x.jp'], stamp);
  const [found = []] = await store.check(['ann@x.jp']);
  expect(found.map((one) => one.target)).toEqual([BOUNCED]);
  expect(found[0]?.source).toBe('import_k');
  expect(found[0]?.detail?.length).toBeLessThanOrEqual(256);
});

test('a list can be narrowed to a reason and to a sender', async () => {
  await store.add(BOUNCED, ['ann@x.jp', 'bob@x.jp'], STAMP);
  await store.add(BLOCKED, ['bob@x.jp'], STAMP);
  await store.add(NEWS, ['carl@x.jp'], STAMP);
  await store.add(INFO, ['dora@x.jp'], STAMP);
  const addresses = async (filter: SuppressionFilter) => (await all(filter)).map((one) => one.address).sort();
  expect(await addresses({})).toEqual(['ann@x.jp', 'bob@x.jp', 'bob@x.jp', 'carl@x.jp', 'dora@x.jp']);
  expect(await addresses({ reason: 'bounced' })).toEqual(['ann@x.jp', 'bob@x.jp']);
  expect(await addresses({ reason: 'blocked' })).toEqual(['bob@x.jp']);
  expect(await addresses({ reason: 'unsubscribed' })).toEqual(['carl@x.jp', 'dora@x.jp']);
  expect(await addresses({ sender: 'news@a.jp' })).toEqual(['carl@x.jp']);
  expect(await addresses({ reason: 'unsubscribed', sender: 'info@a.jp' })).toEqual(['dora@x.jp']);
  expect(await addresses({ reason: 'bounced', sender: 'news@a.jp' })).toEqual([]);
});

test('a list that is read while others write has everybody who was there all the time', async () => {
  const staying = Array.from({ length: 5_000 }, (_, i) => `stay${i}@x.jp`);
  const going = Array.from({ length: 20_000 }, (_, i) => `go${i}@x.jp`);
  await store.add(BOUNCED, [...staying, ...going], STAMP);
  const seen = new Set<string>();
  let round = 0;
  for await (const some of store.list()) {
    for (const one of some) seen.add(one.address);
    // The hash shrinks to a quarter and grows to twice its size under the reader.
    if (round === 2) await store.remove(BOUNCED, going);
    if (round > 2)
      await store.add(
        BOUNCED,
        Array.from({ length: 5_000 }, (_, i) => `new${round}-${i}@x.jp`),
        STAMP,
      );
    round = Math.min(round + 1, 12);
  }
  expect(staying.filter((address) => !seen.has(address))).toEqual([]);
});

test('whatever is added and removed in whatever order, the store knows what a plain map knows', async () => {
  const address = fc.constantFrom('ann@x.jp', 'bob@x.jp', 'foo..bar@docomo.ne.jp', 'taro@xn--r8jz45g.jp');
  const target = fc.constantFrom(BLOCKED, COMPLAINED, BOUNCED, NEWS, INFO);
  const detail = fc.option(fc.constantFrom('campaign-1', 'a b', '第一号'));
  const step = fc.oneof(
    fc.record({ verb: fc.constant('add' as const), address, target, detail }),
    fc.record({
      verb: fc.constant('remove' as const),
      address,
      target: fc.oneof(target, fc.constant('all' as const)),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await server.redis.flushall();
      const model = new Map<string, Suppression>();
      for (const [at, one] of steps.entries()) {
        const reached = [...model].filter(
          ([, known]) =>
            known.address === one.address && (one.target === 'all' || same(known.target, one.target)),
        );
        if (one.verb === 'add') {
          const stamp = { at, source: 'event', detail: one.detail };
          const added = reached.length === 0 ? 1 : 0;
          expect(await store.add(one.target, [one.address], stamp)).toEqual({ added, already: 1 - added });
          const kept = {
            address: one.address,
            target: one.target,
            ...stamp,
            detail: one.detail ?? null,
          };
          if (added === 1) model.set(`${one.address} ${JSON.stringify(one.target)}`, kept);
        } else {
          const removed = reached.length === 0 ? 0 : 1;
          expect(await store.remove(one.target, [one.address])).toEqual({ removed, absent: 1 - removed });
          for (const [key] of reached) model.delete(key);
        }
      }
      const expected = [...model.values()];
      expect(sorted(await all())).toEqual(sorted(expected));
      for (const known of expected) {
        const severest = REASONS.find((reason) =>
          expected.some(
            (one) =>
              one.address === known.address && reasonOf(one.target) === reason && !same(one.target, INFO),
          ),
        );
        expect(await store.rules([known.address], 'news@a.jp', false)).toEqual([severest ?? null]);
      }
      const senders = new Set(
        expected.flatMap((one) => (one.target.kind === 'sender' ? [one.target.sender] : [])),
      );
      expect(await store.senders()).toEqual([...senders].sort());
    }),
    { numRuns: 150 },
  );
});

function all(filter?: SuppressionFilter): Promise<Suppression[]> {
  return gather(store.list(filter));
}

async function reasons(address: string): Promise<Reason[]> {
  return (await store.check([address])).flat().map((one) => reasonOf(one.target));
}

function normal(written: string): string {
  const parsed = parseAddress(written);
  if (parsed.kind === 'invalid') throw new Error(`${written} should be an address`);
  return parsed.address.normal;
}

function same(a: Target, b: Target): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sorted(list: readonly Suppression[]): string[] {
  return list
    .map((one) =>
      JSON.stringify([one.address, reasonOf(one.target), one.target, one.at, one.source, one.detail]),
    )
    .sort();
}

test('what an operator noted comes back as it was written', async () => {
  const noted = { at: 1_732_222_222_000, source: 'operator', detail: 'asked by phone, 電話で' };
  await store.add({ kind: 'everywhere', reason: 'blocked' }, ['noted@example.com'], noted);
  expect((await store.check(['noted@example.com']))[0]).toMatchObject([{ ...noted }]);
});
