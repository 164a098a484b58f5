import { GetSuppressedDestinationCommand, PutSuppressedDestinationCommand } from '@aws-sdk/client-sesv2';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import type { FaultHook } from '../../src/sandbox/fault.ts';
import { SesSuppressionList } from '../../src/send/ses-suppression.ts';
import type { AccountList, ListedAddress } from '../../src/suppression/account-list.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { type SyncOptions, syncSuppression } from '../../src/suppression/sync.ts';
import { reasonOf, type Target } from '../../src/suppression/target.ts';
import { useSandbox } from '../sandbox/client.ts';
import { useRedis } from '../support/redis.ts';
import { gather } from './gather.ts';

const server = useRedis();
const open = useSandbox();
const keys = new Keys('{sluice}');
let store: SuppressionStore;
beforeAll(() => {
  store = new SuppressionStore(server.redis, keys);
});

const BOUNCED: Target = { kind: 'everywhere', reason: 'bounced' };
const COMPLAINED: Target = { kind: 'everywhere', reason: 'complained' };
const BLOCKED: Target = { kind: 'everywhere', reason: 'blocked' };
const NEWS: Target = { kind: 'sender', sender: 'news@a.jp' };
const STAMP = { at: 1_732_222_222_000, source: 'operator', detail: null };
const DOCOMO = { normal: 'foo..bar@docomo.ne.jp', wire: '"foo..bar"@docomo.ne.jp' };

let ses: Awaited<ReturnType<typeof open>>;
let list: SesSuppressionList;
/** What goes wrong from now on. */
let faults: FaultHook = () => null;
beforeEach(async () => {
  faults = () => null;
  ses = await open({ faults: (call) => faults(call) });
  list = new SesSuppressionList({
    endpoint: ses.sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    clock: systemClock,
  });
});
afterEach(() => list.close());

const sync = (change: Partial<SyncOptions> = {}) =>
  syncSuppression({
    list,
    store,
    fromSes: true,
    toSes: true,
    isDryRun: false,
    nowMs: 42,
    onProgress: () => {},
    onRefused: () => {},
    ...change,
  });

const put = (EmailAddress: string, Reason: 'BOUNCE' | 'COMPLAINT' = 'BOUNCE') =>
  ses.client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason }));

async function putAll(entries: readonly (readonly [string, 'BOUNCE' | 'COMPLAINT'])[]): Promise<void> {
  for (let n = 0; n < entries.length; n += 50) {
    await Promise.all(entries.slice(n, n + 50).map(([address, reason]) => put(address, reason)));
  }
}

/** SES's list, as `address REASON`, sorted. */
const there = async () =>
  (await gather(list.pages())).map(({ address, reason }) => `${address} ${reason}`).toSorted();

/** All of the store, in the same form. */
const here = async () =>
  (await gather(store.list())).map(({ address, target }) => `${address} ${reasonOf(target)}`).toSorted();

/** A list that is one page, and takes everything. */
function listOf(page: readonly ListedAddress[]): AccountList & { readonly puts: string[] } {
  const puts: string[] = [];
  return {
    puts,
    pages: async function* () {
      yield page;
    },
    put: async (wire, reason) => {
      puts.push(`${wire} ${reason}`);
      return { kind: 'put' };
    },
  };
}

const NONE_READ = { read: 0, added: 0, already: 0, simulator: 0, invalid: 0 };
const NONE_PUT = { read: 0, added: 0, already: 0, simulator: 0, refused: 0 };

describe('from SES', () => {
  test('bounces and complaints are taken over, with the time of their last change', async () => {
    await put('bob@example.com', 'BOUNCE');
    await put('cat@example.com', 'COMPLAINT');
    const said = await ses.client.send(
      new GetSuppressedDestinationCommand({ EmailAddress: 'cat@example.com' }),
    );
    expect(await sync()).toEqual({
      fromSes: { ...NONE_READ, read: 2, added: 2 },
      toSes: { ...NONE_PUT, read: 2, already: 2 },
    });
    expect(await here()).toEqual(['bob@example.com bounced', 'cat@example.com complained']);
    expect(await store.check(['cat@example.com'])).toEqual([
      [
        {
          address: 'cat@example.com',
          target: COMPLAINED,
          at: said.SuppressedDestination?.LastUpdateTime?.getTime(),
          source: 'ses',
          detail: null,
        },
      ],
    ]);
  });

  test('an entry that is there keeps its time and source', async () => {
    await store.add(BOUNCED, ['bob@example.com'], STAMP);
    await put('bob@example.com', 'BOUNCE');
    expect((await sync()).fromSes).toEqual({ ...NONE_READ, read: 1, already: 1 });
    expect(await store.check(['bob@example.com'])).toMatchObject([[STAMP]]);
  });

  test('somebody who bounced here and complained there has done both', async () => {
    await store.add(BOUNCED, ['bob@example.com'], STAMP);
    await put('bob@example.com', 'COMPLAINT');
    expect((await sync({ isDryRun: true })).fromSes).toMatchObject({ added: 1 });
    expect((await sync()).fromSes).toMatchObject({ added: 1 });
    expect(await here()).toEqual(['bob@example.com bounced', 'bob@example.com complained']);
    expect(await there()).toEqual(['bob@example.com complained']);
  });

  test('the simulator, what is no address, and reasons that nobody knows are counted and left out', async () => {
    await put('bounce@simulator.amazonses.com');
    await put('BOUNCE+7@Simulator.AmazonSES.com');
    await put('"with blank"@example.com');
    await put('ann@example.com');
    expect((await sync()).fromSes).toEqual({
      read: 4,
      added: 1,
      already: 0,
      simulator: 2,
      invalid: 1,
    });
    expect(await here()).toEqual(['ann@example.com bounced']);
    const unknown = listOf([{ address: 'bob@example.com', reason: null, at: 1 }]);
    expect((await sync({ list: unknown, toSes: false })).fromSes).toEqual({
      ...NONE_READ,
      read: 1,
      invalid: 1,
    });
    expect(await here()).toEqual(['ann@example.com bounced']);
  });

  test('an entry without a time has the time of the sync', async () => {
    await sync({ list: listOf([{ address: 'bob@example.com', reason: 'bounced', at: null }]) });
    expect(await store.check(['bob@example.com'])).toMatchObject([[{ at: 42 }]]);
  });

  test('alone it puts nothing on SES’s list', async () => {
    await store.add(BOUNCED, ['ann@example.com'], STAMP);
    await put('bob@example.com');
    expect(await sync({ toSes: false })).toEqual({
      fromSes: { ...NONE_READ, read: 1, added: 1 },
      toSes: null,
    });
    expect(await there()).toEqual(['bob@example.com bounced']);
  });
});

describe('to SES', () => {
  test('who bounced or complained is put there, a complaint before a bounce, and nobody else', async () => {
    await store.add(BOUNCED, ['bob@example.com', 'both@example.com', 'all@example.com'], STAMP);
    await store.add(COMPLAINED, ['cat@example.com', 'both@example.com'], STAMP);
    await store.add(BLOCKED, ['blocked@example.com', 'all@example.com'], STAMP);
    await store.add(NEWS, ['gone@example.com', 'bob@example.com'], STAMP);
    expect(await sync()).toEqual({
      fromSes: NONE_READ,
      toSes: { ...NONE_PUT, read: 4, added: 4 },
    });
    expect(await there()).toEqual([
      'all@example.com bounced',
      'bob@example.com bounced',
      'both@example.com complained',
      'cat@example.com complained',
    ]);
  });

  test('a bounce there becomes the complaint that it was here; a complaint there stays one', async () => {
    await store.add(COMPLAINED, ['cat@example.com'], STAMP);
    await store.add(BOUNCED, ['dan@example.com'], STAMP);
    await put('cat@example.com', 'BOUNCE');
    await put('dan@example.com', 'COMPLAINT');
    expect(await sync({ fromSes: false })).toEqual({
      fromSes: null,
      toSes: { ...NONE_PUT, read: 2, added: 1, already: 1 },
    });
    expect(await there()).toEqual(['cat@example.com complained', 'dan@example.com complained']);
    expect(await here()).toEqual(['cat@example.com complained', 'dan@example.com bounced']);
  });

  test('addresses of the simulator are counted and left out', async () => {
    await store.add(BOUNCED, ['bounce@simulator.amazonses.com', 'ann@example.com'], STAMP);
    expect((await sync()).toSes).toEqual({ ...NONE_PUT, read: 2, added: 1, simulator: 1 });
    expect(await there()).toEqual(['ann@example.com bounced']);
  });

  test('an address that SES does not take is named, and keeps no other from being put there', async () => {
    faults = ({ operation, body }) =>
      operation === 'PutSuppressedDestination' && body.includes('odd@')
        ? { kind: 'status', taken: false, status: 400, name: 'BadRequestException', message: 'odd' }
        : null;
    await store.add(BOUNCED, ['ann@example.com', 'odd@example.com', 'bob@example.com'], STAMP);
    const refused: string[] = [];
    const { toSes } = await sync({ onRefused: (address, why) => refused.push(`${address}: ${why}`) });
    expect(toSes).toEqual({ ...NONE_PUT, read: 3, added: 2, refused: 1 });
    expect(refused).toEqual(['odd@example.com: odd']);
    expect(await there()).toEqual(['ann@example.com bounced', 'bob@example.com bounced']);
  });

  test('where SES takes none of ten in a row, it is not asked about all the others', async () => {
    let puts = 0;
    faults = ({ operation }) => {
      if (operation !== 'PutSuppressedDestination') return null;
      puts += 1;
      return { kind: 'status', taken: false, status: 400, name: 'BadRequestException', message: 'sandbox' };
    };
    const people = Array.from({ length: 50 }, (_, n) => `p${n}@example.com`);
    await store.add(BOUNCED, people, STAMP);
    await expect(sync()).rejects.toMatchObject({
      code: 'SUPPRESSION_REFUSED',
      message: expect.stringMatching(/10 addresses in a row.*sandbox/),
    });
    expect(puts).toBe(10);
  });
});

describe('odd addresses', () => {
  test('a quoted local part there is the plain one here, both ways, and stays as it is', async () => {
    await put(DOCOMO.wire, 'BOUNCE');
    await store.add(BOUNCED, ['.baz@ezweb.ne.jp'], STAMP);
    expect(await sync()).toEqual({
      fromSes: { ...NONE_READ, read: 1, added: 1 },
      toSes: { ...NONE_PUT, read: 2, added: 1, already: 1 },
    });
    expect(await here()).toEqual(['.baz@ezweb.ne.jp bounced', `${DOCOMO.normal} bounced`]);
    expect(await there()).toEqual(['".baz"@ezweb.ne.jp bounced', `${DOCOMO.wire} bounced`]);
    expect(await sync()).toEqual({
      fromSes: { ...NONE_READ, read: 2, already: 2 },
      toSes: { ...NONE_PUT, read: 2, already: 2 },
    });
  });

  test('capitals there are the same person here, and one who is there twice is one', async () => {
    await put('Ann@Example.com');
    await put('ann@example.com');
    await put('Bob@example.com');
    await store.add(BOUNCED, ['bob@example.com'], STAMP);
    expect(await sync()).toEqual({
      fromSes: { ...NONE_READ, read: 3, added: 1, already: 2 },
      toSes: { ...NONE_PUT, read: 2, already: 2 },
    });
    expect(await here()).toEqual(['ann@example.com bounced', 'bob@example.com bounced']);
    expect(await there()).toHaveLength(3);
  });
});

describe('a run', () => {
  /** 2,100 there and 1,000 here, 100 of them on both sides. */
  async function fill(): Promise<void> {
    const people = Array.from({ length: 3_000 }, (_, n) => ({ n, address: `p${n}@example.com` }));
    await putAll(people.slice(0, 2_100).map(({ n, address }) => [address, n % 2 ? 'BOUNCE' : 'COMPLAINT']));
    const some = people.slice(2_000);
    const named = (rest: number) => some.filter(({ n }) => n % 2 === rest).map(({ address }) => address);
    await store.add(BOUNCED, named(1), STAMP);
    await store.add(COMPLAINED, named(0), STAMP);
  }

  test('over several pages makes both sides the same, and a second run changes nothing', async () => {
    await fill();
    const dry = await sync({ isDryRun: true });
    expect(dry).toEqual({
      fromSes: { ...NONE_READ, read: 2_100, added: 2_000, already: 100 },
      toSes: { ...NONE_PUT, read: 1_000, added: 900, already: 100 },
    });
    expect(await here()).toHaveLength(1_000);
    expect(await there()).toHaveLength(2_100);

    expect(await sync()).toEqual({
      fromSes: { ...NONE_READ, read: 2_100, added: 2_000, already: 100 },
      toSes: { ...NONE_PUT, read: 3_000, added: 900, already: 2_100 },
    });
    const both = await here();
    expect(both).toHaveLength(3_000);
    expect(await there()).toEqual(both);
    const before = await server.redis.hgetall(keys.suppressedEverywhere());
    const beforeThere = await gather(list.pages());

    expect(await sync()).toEqual({
      fromSes: { ...NONE_READ, read: 3_000, already: 3_000 },
      toSes: { ...NONE_PUT, read: 3_000, already: 3_000 },
    });
    expect(await server.redis.hgetall(keys.suppressedEverywhere())).toEqual(before);
    expect(await gather(list.pages())).toEqual(beforeThere);
  });

  test('that is dry says of an address that is there twice what a real one does', async () => {
    await put('Ann@example.com', 'BOUNCE');
    await put('ann@example.com', 'BOUNCE');
    await put('aNN@example.com', 'COMPLAINT');
    const dry = await sync({ isDryRun: true });
    expect(dry.fromSes).toEqual({ ...NONE_READ, read: 3, added: 2, already: 1 });
    expect((await sync()).fromSes).toEqual(dry.fromSes);
  });

  test('that was broken off while it put addresses there is finished by the next', async () => {
    const people = Array.from({ length: 60 }, (_, n) => `p${n}@example.com`);
    await store.add(BOUNCED, people, STAMP);
    let puts = 0;
    faults = ({ operation }) => {
      if (operation === 'PutSuppressedDestination') puts += 1;
      return puts > 25
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'no more' }
        : null;
    };
    await expect(sync()).rejects.toMatchObject({ code: 'SES_SUPPRESSION' });
    faults = () => null;
    expect(await there()).toHaveLength(25);
    expect((await sync()).toSes).toEqual({ ...NONE_PUT, read: 60, added: 35, already: 25 });
    expect(await there()).toHaveLength(60);
  });

  test('that was broken off between pages keeps what it had read', async () => {
    await putAll(Array.from({ length: 1_500 }, (_, n) => [`p${n}@example.com`, 'BOUNCE']));
    let pages = 0;
    faults = ({ operation }) => {
      if (operation === 'ListSuppressedDestinations') pages += 1;
      return pages > 1
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'no more' }
        : null;
    };
    await expect(sync()).rejects.toMatchObject({ code: 'SES_SUPPRESSION' });
    faults = () => null;
    expect(await here()).toHaveLength(1_000);
    expect((await sync()).fromSes).toEqual({ ...NONE_READ, read: 1_500, added: 500, already: 1_000 });
  });

  test('tells how far it is', async () => {
    await put('ann@example.com');
    await store.add(BOUNCED, ['bob@example.com'], STAMP);
    const told: unknown[] = [];
    await sync({ onProgress: ({ fromSes, toSes }) => told.push([fromSes?.added, toSes?.added]) });
    expect(told[0]).toEqual([1, 0]);
    expect(told.at(-1)).toEqual([1, 1]);
  });
});
