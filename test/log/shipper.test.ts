import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { GROUP } from '../../src/log/consumer.ts';
import type { LogRow } from '../../src/log/event.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { deadLetters, Outbox } from '../../src/log/outbox.ts';
import { queryLog } from '../../src/log/query.ts';
import { Shipper, type ShipperParts } from '../../src/log/shipper.ts';
import { type LogSink, NONE_REFUSED } from '../../src/log/sink.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';
import { batch, idsIn, memoryLog, useFolder } from './support.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
const newFolder = useFolder();
const claimIdleMs = 300;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function newShipper(sinks: readonly LogSink[], more: Partial<ShipperParts> = {}) {
  const log = memoryLog();
  const consumer = randomUUID();
  const parts = {
    redis: server.redis,
    keys,
    sinks,
    clock: systemClock,
    logger: log,
    random: () => 0,
    consumer,
    claimIdleMs,
  };
  const shipper = new Shipper({ ...parts, ...more });
  stops.push(() => shipper.stop());
  return { shipper, log, consumer };
}

function filesIn(dir: string): FilesSink {
  const sink = new FilesSink({ dir, writer: randomUUID(), clock: systemClock });
  stops.push(() => sink.close());
  return sink;
}

/** A sink that keeps rows in memory, and does before each write what the test wants. */
function memorySink(before: (attempt: number) => Promise<void> = async () => {}, name = 'memory') {
  const rows: LogRow[] = [];
  const sizes: number[] = [];
  let attempts = 0;
  const sink: LogSink = {
    name,
    write: async (given) => {
      attempts += 1;
      sizes.push(given.length);
      await before(attempts);
      rows.push(...given);
      return NONE_REFUSED;
    },
    close: async () => {},
  };
  return { sink, rows, sizes, attempts: () => attempts };
}

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

const outbox = () => new Outbox(server.redis, keys);
const pending = async () => Number((await server.redis.xpending(keys.outbox(), GROUP))[0]);
const consumers = async () => {
  const list = await server.redis.xinfo('CONSUMERS', keys.outbox(), GROUP);
  return Array.isArray(list) ? list.length : 0;
};
const seqs = (rows: readonly LogRow[]) => rows.map((row) => row.seq);

describe('the shipper', () => {
  test('brings what was there before it and what comes after to every sink, and leaves nothing in Redis', async () => {
    const [dir, memory] = [newFolder(), memorySink()];
    await outbox().append(batch(1, 120));
    await newShipper([filesIn(dir), memory.sink]).shipper.start();
    await outbox().append(batch(121, 80));
    expect(await outbox().drained(systemClock)).toBe(true);
    expect(new Set(await idsIn(dir)).size).toBe(200);
    expect(seqs(memory.rows)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(await pending()).toBe(0);
    expect(await server.redis.xlen(keys.outbox())).toBe(0);
  });

  test('says that rows are shipped only when every sink has them', async () => {
    const slow = gate();
    const [quick, late] = [memorySink(), memorySink(() => slow.passed)];
    await outbox().append(batch(1, 3));
    const place = await outbox().position();
    await newShipper([quick.sink, late.sink]).shipper.start();
    await eventually(() => expect(quick.rows).toHaveLength(3));
    expect(await outbox().shippedPast(place)).toBe(false);
    slow.open();
    await eventually(async () => expect(await outbox().shippedPast(place)).toBe(true));
    expect(late.rows).toHaveLength(3);
  });

  test('keeps no more than some thousand rows in hand, however long the backlog', async () => {
    const memory = memorySink();
    await outbox().append(batch(1, 30_000));
    await newShipper([memory.sink]).shipper.start();
    await outbox().drained(systemClock);
    expect(new Set(seqs(memory.rows)).size).toBe(30_000);
    expect(Math.max(...memory.sizes)).toBeLessThanOrEqual(10_000);
  });

  test('may be started and stopped in any order, and works again after a stop', async () => {
    const memory = memorySink();
    const { shipper } = newShipper([memory.sink]);
    await shipper.stop();
    await shipper.start();
    await shipper.start();
    const stopped = shipper.stop();
    await shipper.start();
    await Promise.all([stopped, shipper.stop(), shipper.stop()]);
    await outbox().append(batch(1, 3));
    expect(memory.rows).toEqual([]);
    await shipper.start();
    await outbox().drained(systemClock);
    expect(memory.rows).toHaveLength(3);
  });

  test('refuses to ship to nowhere', () => {
    expect(() => newShipper([])).toThrow('a shipper needs a sink');
  });

  test('leaves no name behind in the group when it stops', async () => {
    const { shipper } = newShipper([memorySink().sink]);
    await shipper.start();
    await outbox().append(batch(1, 3));
    await outbox().drained(systemClock);
    expect(await consumers()).toBe(1);
    await shipper.stop();
    expect(await consumers()).toBe(0);
  });
});

describe('a sink that fails', () => {
  test('gets every row in the end, and the others do not get them again', async () => {
    const healthy = memorySink();
    const broken = memorySink(async (attempt) => {
      if (attempt <= 3) throw new Error('table is down, row {"recipient":"reader1@example.co.jp"} refused');
    }, 'warehouse');
    await outbox().append(batch(1, 3));
    const { shipper, log } = newShipper([healthy.sink, broken.sink]);
    await shipper.start();
    await outbox().drained(systemClock);
    expect(seqs(broken.rows)).toEqual([1, 2, 3]);
    expect(seqs(healthy.rows)).toEqual([1, 2, 3]);
    const said = log.lines.join('\n');
    expect(said).toContain('writing to warehouse failed, and is tried again');
    expect(said).toContain('table is down');
    expect(said).toContain('writing to warehouse works again');
    expect(said).not.toContain('reader1');
    expect(said).not.toContain('example.co.jp');
  });

  test('makes a backlog, not a loss: what it never took is still in Redis after a stop, and the next shipper takes it at once', async () => {
    const broken = memorySink(() => Promise.reject(new Error('down')));
    await outbox().append(batch(1, 3));
    const { shipper } = newShipper([broken.sink], { claimIdleMs: 3_600_000 });
    await shipper.start();
    await eventually(() => expect(broken.attempts()).toBeGreaterThan(1));
    await outbox().append(batch(4, 3));
    await shipper.stop();
    expect(await outbox().backlog()).toMatchObject({ entries: 2, dead: 0 });
    const next = memorySink();
    await newShipper([next.sink], { claimIdleMs: 3_600_000 }).shipper.start();
    await outbox().drained(systemClock);
    expect(seqs(next.rows).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('a sink that hangs', () => {
  test('keeps its batch: no other shipper takes it while the holder lives', async () => {
    const slow = gate();
    const [hanging, other] = [memorySink(() => slow.passed), memorySink()];
    await outbox().append(batch(1, 3));
    // A busy machine may keep the holder from saying that it lives for as long as the others need to be sure that it does not.
    const patient = { claimIdleMs: 1_500 };
    await newShipper([hanging.sink], patient).shipper.start();
    await eventually(() => expect(hanging.attempts()).toBe(1));
    await newShipper([other.sink], patient).shipper.start();
    await outbox().append(batch(4, 3));
    await eventually(() => expect(other.rows).toHaveLength(3));
    // Long enough for the other one to have looked for entries of the dead more than once.
    await systemClock.sleep(patient.claimIdleMs * 2);
    expect(seqs(other.rows)).toEqual([4, 5, 6]);
    slow.open();
    await outbox().drained(systemClock);
    expect(seqs(hanging.rows)).toEqual([1, 2, 3]);
  });

  test('is waited for by stop, so that the batch in hand is written once', async () => {
    const slow = gate();
    const hanging = memorySink(() => slow.passed);
    await outbox().append(batch(1, 3));
    const { shipper } = newShipper([hanging.sink]);
    await shipper.start();
    await eventually(() => expect(hanging.attempts()).toBe(1));
    let stopped = false;
    const stopping = shipper.stop().then(() => (stopped = true));
    await systemClock.sleep(50);
    expect(stopped).toBe(false);
    slow.open();
    await stopping;
    expect(hanging.rows).toHaveLength(3);
    expect(await outbox().backlog()).toMatchObject({ entries: 0 });
  });
});

describe('entries of a consumer that died', () => {
  test('are shipped by another one after a short while', async () => {
    await outbox().append(batch(1, 150));
    await server.redis.xgroup('CREATE', keys.outbox(), GROUP, '0');
    await server.redis.xreadgroup('GROUP', GROUP, 'dead', 'COUNT', 2, 'STREAMS', keys.outbox(), '>');
    const memory = memorySink();
    await newShipper([memory.sink]).shipper.start();
    await outbox().drained(systemClock);
    expect(new Set(seqs(memory.rows)).size).toBe(150);
  });

  test('are never lost with its name', async () => {
    await outbox().append(batch(1, 1));
    await server.redis.xgroup('CREATE', keys.outbox(), GROUP, '0');
    await server.redis.xreadgroup('GROUP', GROUP, 'dead', 'COUNT', 2, 'STREAMS', keys.outbox(), '>');
    await outbox().append(batch(2, 1));
    const memory = memorySink();
    const { shipper } = newShipper([memory.sink], { claimIdleMs: 3_600_000 });
    await shipper.start();
    await eventually(() => expect(seqs(memory.rows)).toEqual([2]));
    await shipper.stop();
    expect(await consumers()).toBe(1);
    expect(await pending()).toBe(1);
  });
});

describe('a Redis that forgets', () => {
  test.each([
    ['everything', () => server.redis.flushall()],
    ['the outbox', () => server.redis.del(keys.outbox())],
    ['the group', () => server.redis.xgroup('DESTROY', keys.outbox(), GROUP)],
    ['scripts', () => server.redis.script('FLUSH')],
  ])('%s: what comes afterwards is shipped', async (_, forget) => {
    const memory = memorySink();
    await newShipper([memory.sink]).shipper.start();
    await outbox().append(batch(1, 3));
    await outbox().drained(systemClock);
    await forget();
    await outbox().append(batch(4, 3));
    await eventually(() => expect(seqs(memory.rows)).toEqual([1, 2, 3, 4, 5, 6]));
    expect(await outbox().drained(systemClock)).toBe(true);
  });

  test('its group while a batch is in hand: nothing is lost, and nothing stays behind', async () => {
    const slow = gate();
    const memory = memorySink((attempt) => (attempt === 1 ? slow.passed : Promise.resolve()));
    await outbox().append(batch(1, 3));
    await newShipper([memory.sink]).shipper.start();
    await eventually(() => expect(memory.attempts()).toBe(1));
    await outbox().append(batch(4, 3));
    await server.redis.xgroup('DESTROY', keys.outbox(), GROUP);
    slow.open();
    await outbox().drained(systemClock);
    expect(new Set(seqs(memory.rows))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  test('its connections: rows go on when they are back', async () => {
    const memory = memorySink();
    await newShipper([memory.sink]).shipper.start();
    await outbox().append(batch(1, 3));
    await outbox().drained(systemClock);
    await server.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await outbox().append(batch(4, 3));
    await eventually(() => expect(new Set(seqs(memory.rows)).size).toBe(6));
  });
});

describe('an entry that can not be read', () => {
  test('is set aside whole, with the reason, and holds up nothing', async () => {
    const memory = memorySink();
    await outbox().append(batch(1, 1));
    const bytes = Buffer.from([0xff, 0x00, 0x61]);
    const id = await server.redis.xadd(keys.outbox(), '*', 'b', bytes);
    await server.redis.xadd(keys.outbox(), '*', 'other', 'field');
    await server.redis.xadd(
      keys.outbox(),
      '*',
      'b',
      '{"common":{},"events":[{"recipient":"reader9@example.co.jp"}]}',
    );
    await outbox().append(batch(2, 1));
    const { shipper, log } = newShipper([memory.sink]);
    await shipper.start();
    await outbox().drained(systemClock);
    expect(seqs(memory.rows)).toEqual([1, 2]);
    const dead = await server.redis.xrangeBuffer(deadLetters(keys), '-', '+');
    expect(dead.map(([, fields]) => fields.map(String).slice(1, 5))).toEqual([
      [id, 'reason', 'the block is neither JSON nor zstd', 'b'],
      [expect.any(String), 'reason', 'the entry has no block', 'other'],
      [expect.any(String), 'reason', 'events[0] has no event_type', 'b'],
    ]);
    expect(dead[0]?.[1][5]).toEqual(bytes);
    expect(await outbox().backlog()).toMatchObject({ entries: 0, dead: 3 });
    expect(log.lines.join()).not.toContain('reader9');
  });

  test('that holds no events is simply gone', async () => {
    await server.redis.xadd(keys.outbox(), '*', 'b', '{"common":{},"events":{}}');
    const memory = memorySink();
    await newShipper([memory.sink]).shipper.start();
    await outbox().drained(systemClock);
    expect(memory.attempts()).toBe(0);
    expect(await outbox().backlog()).toMatchObject({ entries: 0, dead: 0 });
  });
});

describe('two shippers at once', () => {
  test('bring every row into the files at least once, and into deliveries exactly once', async () => {
    const dir = newFolder();
    const starts = [newShipper([filesIn(dir)]), newShipper([filesIn(dir)])];
    for (const { shipper } of starts) await shipper.start();
    for (let from = 1; from <= 20_000; from += 1000) await outbox().append(batch(from, 1000));
    // The same rows once more, as a re-sent command would write them.
    await outbox().append(batch(1, 1000));
    await outbox().drained(systemClock);
    const { rows } = await queryLog(
      dir,
      'SELECT count(*) AS n, min(seq) AS low, max(seq) AS high FROM deliveries',
    );
    expect(rows).toEqual([{ n: 20_000, low: 1, high: 20_000 }]);
    expect((await idsIn(dir)).length).toBeGreaterThanOrEqual(21_000);
  });
});
