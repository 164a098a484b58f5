import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { Background } from '../../src/desk/background.ts';
import type { AccountList } from '../../src/suppression/account-list.ts';
import { SyncBook, type SyncRun } from '../../src/suppression/sync-book.ts';
import { type DeskStage, deskStage, HANA } from '../support/desk-stage.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
/** Waits a tenth of what it is told, so that beats come soon. */
const clock = {
  now: () => systemClock.now(),
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 10, signal),
};

let stage: DeskStage;
let background: Background;
let onSes: string[];
/** What every address that is put there waits for. */
let gate: Promise<unknown>;
/** Somebody is put there. */
let reached: Promise<unknown>;
let onReached: () => void;

const list: AccountList & { close(): void } = {
  async *pages() {
    yield onSes.map((address) => ({ address, reason: 'bounced' as const, at: null }));
  },
  put: async (wire) => {
    onReached();
    await gate;
    onSes.push(wire);
    return { kind: 'put' };
  },
  close: () => {},
};

beforeEach(async () => {
  onSes = ['from-ses@example.com'];
  gate = Promise.resolve();
  reached = new Promise<void>((resolve) => {
    onReached = resolve;
  });
  background = new Background(silentLogger);
  stage = deskStage(server, {}, { clock, background, openAccountList: async () => list });
  const bounced = { kind: 'everywhere', reason: 'bounced' } as const;
  await stage.desk.suppression.add(bounced, ['a@example.com', 'b@example.com'], HANA);
});

const over = async () => {
  for (;;) {
    const run = await stage.desk.suppression.sync();
    if (run.state !== 'running') return run;
    await systemClock.sleep(10);
  }
};

test('a sync goes on when it is begun, and says what it did', async () => {
  const { suppression } = stage.desk;
  await expect(suppression.sync()).rejects.toMatchObject({ kind: 'missing' });
  const dry = await suppression.beginSync({ dryRun: true }, HANA);
  expect(dry).toMatchObject({ state: 'running', dryRun: true, by: 'Hana', reason: HANA.reason });
  expect(await over()).toMatchObject({ state: 'done', fromSes: { added: 1 }, toSes: { added: 2 } });
  expect(onSes).toHaveLength(1);
  await suppression.beginSync({}, HANA);
  expect(await over()).toMatchObject({
    state: 'done',
    dryRun: false,
    fromSes: { added: 1 },
    toSes: { added: 2 },
  });
  expect(onSes.toSorted()).toEqual(['a@example.com', 'b@example.com', 'from-ses@example.com']);
  expect((await suppression.counts()).everywhere).toBe(3);
  await suppression.beginSync({ toSes: true }, HANA);
  expect(await over()).toMatchObject({ fromSes: null, toSes: { added: 0, already: 3 } });
});

test('one runs at a time: the same again is that one, and another one is refused', async () => {
  const { suppression } = stage.desk;
  const { promise, resolve } = Promise.withResolvers<null>();
  gate = promise;
  const first = await suppression.beginSync({}, HANA);
  expect((await suppression.beginSync({ fromSes: true, toSes: true }, HANA)).id).toBe(first.id);
  await expect(suppression.beginSync({ dryRun: true }, HANA)).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('begun by Hana'),
  });
  resolve(null);
  expect(await over()).toMatchObject({ id: first.id, state: 'done' });
  expect((await suppression.beginSync({ dryRun: true }, HANA)).id).not.toBe(first.id);
  await over();
});

test('one that has its place and has not said yet what it is, is no sync of some other day', async () => {
  const { suppression } = stage.desk;
  const conflict = { kind: 'conflict', message: expect.stringContaining('ask again') };
  await server.redis.set(stage.client.keys.syncLease(), 'another');
  await expect(suppression.beginSync({}, HANA)).rejects.toMatchObject(conflict);
  await server.redis.del(stage.client.keys.syncLease());
  await suppression.beginSync({}, HANA);
  await over();
  await server.redis.set(stage.client.keys.syncLease(), 'another');
  await expect(suppression.beginSync({}, HANA)).rejects.toMatchObject(conflict);
});

test('it is stopped by somebody, and what it did stays', async () => {
  const heard = Promise.withResolvers<null>();
  class Overheard extends SyncBook {
    override async note(run: SyncRun) {
      const answer = await super.note(run);
      if (answer === 'stop') heard.resolve(null);
      return answer;
    }
  }
  const client = { ...stage.client, syncs: new Overheard(server.redis, stage.client.keys) };
  const { suppression } = deskStage(
    server,
    {},
    { clock, client, background, openAccountList: async () => list },
  ).desk;
  const { promise, resolve } = Promise.withResolvers<null>();
  gate = promise;
  await suppression.beginSync({}, HANA);
  await reached;
  const stopped = suppression.stopSync(HANA);
  await heard.promise;
  // What was heard has its effect before the next turn.
  await systemClock.sleep(1);
  resolve(null);
  await stopped;
  expect(await over()).toMatchObject({ state: 'stopped', fromSes: { added: 1 }, toSes: { added: 1 } });
  expect(onSes).toHaveLength(2);
  expect(await suppression.stopSync(HANA)).toMatchObject({ state: 'stopped' });
});

test('it ends with its server, and what it did stays', async () => {
  const { promise, resolve } = Promise.withResolvers<null>();
  gate = promise;
  await stage.desk.suppression.beginSync({ toSes: true }, HANA);
  await reached;
  const closed = background.close();
  resolve(null);
  await closed;
  expect(await stage.desk.suppression.sync()).toMatchObject({ state: 'stopped', toSes: { added: 1 } });
  expect(onSes).toHaveLength(2);
});

test('a server that stops does not wait until SES lets it in again', async () => {
  const closed = Promise.withResolvers<null>();
  const throttled = {
    ...list,
    put: async () => {
      onReached();
      await closed.promise;
      throw new Error('SES throttles');
    },
    close: () => closed.resolve(null),
  };
  // Closed once where it is only asked whether it can be opened.
  const opened = [list, throttled];
  const openAccountList = async () => opened.shift() ?? list;
  const { suppression } = deskStage(server, {}, { clock, background, openAccountList }).desk;
  await suppression.beginSync({ toSes: true }, HANA);
  await reached;
  await background.close();
  expect(await suppression.sync()).toMatchObject({ state: 'stopped', toSes: { added: 0 } });
});

test('one whose process is gone is told as lost, and another can begin', async () => {
  const { suppression } = stage.desk;
  const { promise, resolve } = Promise.withResolvers<null>();
  gate = promise;
  await suppression.beginSync({}, HANA);
  // As where the process did not renew it.
  const elsewhere = deskStage(server, {}, { clock, openAccountList: async () => list });
  const stale = await stage.client.syncs.look();
  resolve(null);
  await over();
  if (!stale) throw new Error('no run');
  await server.redis.set(stage.client.keys.syncRun(), JSON.stringify(stale));
  expect(await suppression.sync()).toMatchObject({ state: 'lost' });
  gate = Promise.resolve();
  await elsewhere.desk.suppression.beginSync({}, HANA);
  expect(await over()).toMatchObject({ state: 'done' });
});

test('that SES does not let us in is told with the run', async () => {
  const denied = async () => {
    throw new Error('connect to 10.0.0.7');
  };
  const away = { ...list, pages: () => ({ [Symbol.asyncIterator]: () => ({ next: denied }) }) };
  const other = deskStage(server, {}, { clock, openAccountList: async () => away });
  await other.desk.suppression.beginSync({}, HANA);
  const run = await over();
  expect(run).toMatchObject({ state: 'failed', why: expect.stringContaining('fault of the server') });
  expect(JSON.stringify(run)).not.toContain('10.0.0.7');
});

test('that SES takes none of the addresses is told with the run, in the words of SES', async () => {
  const refusing: typeof list = {
    ...list,
    put: async () => ({ kind: 'refused', why: 'the account may not' }),
  };
  const openAccountList = async () => refusing;
  const { suppression } = deskStage(server, {}, { clock, background, openAccountList }).desk;
  const many = Array.from({ length: 10 }, (_, index) => `refused${index}@example.com`);
  await suppression.add({ kind: 'everywhere', reason: 'bounced' }, many, HANA);
  await suppression.beginSync({ toSes: true }, HANA);
  expect(await over()).toMatchObject({
    state: 'failed',
    why: expect.stringContaining('the account may not'),
    toSes: { refused: 10 },
  });
});

test('two who begin the same at the same moment are told of one run', async () => {
  const other = connectRedis(server.url);
  const client = { ...stage.client, syncs: new SyncBook(other, stage.client.keys) };
  const elsewhere = deskStage(server, {}, { clock, client, background, openAccountList: async () => list });
  try {
    for (let times = 0; times < 20; times += 1) {
      const { promise, resolve } = Promise.withResolvers<null>();
      gate = promise;
      onSes = [];
      const [here, there] = await Promise.all(
        [stage, elsewhere].map(({ desk }) => desk.suppression.beginSync({ toSes: true }, HANA)),
      );
      expect(here?.id).toBe(there?.id);
      resolve(null);
      await over();
    }
  } finally {
    other.disconnect();
  }
});
