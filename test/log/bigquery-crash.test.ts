import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectBigQuery } from '../../src/bigquery/connect.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { OutboxConsumer, type SetAside } from '../../src/log/consumer.ts';
import { readRows } from '../../src/log/entry-rows.ts';
import { deadLetters, Outbox } from '../../src/log/outbox.ts';
import { Shipper } from '../../src/log/shipper.ts';
import { accessOf, storageSink } from '../support/bigquery/log-place.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';
import { batch, memoryLog } from './support.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
const children: ChildProcess[] = [];
let fake: FakeBigQuery;

beforeEach(async () => {
  fake = await startFakeBigQuery();
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await fake.close();
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** How often each event is in the table at least, and in the view; and how many there are. */
async function counted() {
  const ask = async (from: string) => {
    const sql = `SELECT COUNT(*) AS n, COUNT(DISTINCT seq) AS people, MAX(seq) AS high FROM \`fake-project.mail.${from}\``;
    const [rows] = await connectBigQuery(accessOf(fake), false).query({
      query: sql,
      location: 'asia-northeast1',
    });
    return rows[0];
  };
  return { events: await ask('events'), deliveries: await ask('deliveries') };
}

test('a shipper that dies at any step leaves each event in the table at least once, and in the view exactly once', async () => {
  const outbox = new Outbox(server.redis, keys);
  const lives = 300;
  const size = 10;
  for (let from = 1; from <= lives * size; from += size) await outbox.append(batch(from, size));
  const sink = storageSink(fake, memoryLog());
  const blocking = server.redis.duplicate();
  let deaths = 0;
  try {
    for (let life = 0; (await outbox.backlog()).entries > 0; life += 1) {
      const consumer = new OutboxConsumer({
        redis: server.redis,
        blocking,
        keys,
        name: `life-${life}`,
        claimIdleMs: 0,
        readEntries: 3,
      });
      // 0: with entries in hand, 1: with their rows written, 2: with a part of them removed, 3: not at all.
      const dies = Math.floor(Math.random() * 4);
      const claimed = await consumer.claim();
      const entries = claimed.length > 0 ? claimed : await consumer.read(1);
      deaths += dies < 3 ? 1 : 0;
      if (dies === 0) continue;
      const { rows, readable } = readRows(entries, Date.now());
      if (rows.length > 0) await sink.write(rows);
      if (dies === 1 || readable.length === 0) continue;
      await consumer.acknowledge(dies === 2 ? readable.slice(0, 1) : readable);
    }
  } finally {
    blocking.disconnect();
    await sink.close();
  }
  expect(deaths).toBeGreaterThan(100);
  const { events, deliveries } = await counted();
  expect(events).toMatchObject({ people: lives * size, high: lives * size });
  expect(events.n).toBeGreaterThan(lives * size);
  expect(deliveries).toEqual({ n: lives * size, people: lives * size, high: lives * size });
});

test('a process that is killed while it ships loses no row', async () => {
  const outbox = new Outbox(server.redis, keys);
  const rows = 20_000;
  const size = 500;
  for (let from = 1; from <= rows; from += size) await outbox.append(batch(from, size));
  const ship = (name: string) => {
    const script = join(import.meta.dirname, 'child', 'ship-bigquery.ts');
    const args = [script, server.url, fake.restUrl, fake.storageHost, name];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  const full = (await outbox.backlog()).entries;
  // In the middle of a request of ten thousand rows: of its first, and of its second, when those of the first are in the table and out of Redis.
  for (const [index, arrived] of [200, 12_000].entries()) {
    const child = ship(`life-${index}`);
    let left = arrived;
    fake.faults.poison = () => {
      left -= 1;
      if (left === 0) child.kill('SIGKILL');
      return null;
    };
    await once(child, 'exit');
  }
  fake.faults.poison = null;
  // Otherwise it was never killed at work.
  const { entries } = await outbox.backlog();
  expect(entries).toBeGreaterThan(0);
  expect(entries).toBeLessThan(full);
  ship('last-life');
  expect(await outbox.drained(systemClock)).toBe(true);
  const { events, deliveries } = await counted();
  expect(events).toMatchObject({ people: rows, high: rows });
  expect(deliveries).toEqual({ n: rows, people: rows, high: rows });
});

test('BigQuery away makes a backlog and loses nothing, and a row that it will never take is set aside once', async () => {
  const outbox = new Outbox(server.redis, keys);
  const log = memoryLog();
  const sink = storageSink(fake, log);
  const shipper = new Shipper({
    redis: server.redis,
    keys,
    sinks: [sink],
    clock: systemClock,
    logger: log,
    random: () => 0,
    consumer: 'one',
    claimIdleMs: 500,
  });
  await shipper.start();
  try {
    await outbox.append(batch(1, 50));
    expect(await outbox.drained(systemClock)).toBe(true);
    fake.faults.down(true);
    for (let from = 51; from <= 2000; from += 50) await outbox.append(batch(from, 50));
    await eventually(() => expect(log.lines.join('\n')).toContain('writing to bigquery failed'));
    expect((await outbox.backlog()).entries).toBe(39);
    fake.faults.poison = (row) => (Number(row['seq']) === 777 ? 'no such luck' : null);
    fake.faults.down(false);
    expect(await outbox.drained(systemClock)).toBe(true);
    const { deliveries } = await counted();
    expect(deliveries).toEqual({ n: 1999, people: 1999, high: 2000 });
    const dead = await server.redis.xrange(deadLetters(keys), '-', '+');
    expect(dead).toHaveLength(1);
    expect(dead[0]?.[1]).toEqual(expect.arrayContaining(['sink', 'bigquery', 'no such luck']));
    expect((await outbox.backlog()).dead).toBe(1);
    expect(log.lines.join('\n')).toContain('bigquery will not take some rows');
    expect(log.lines.join('\n')).not.toContain('@');
  } finally {
    await shipper.stop();
    await sink.close();
  }
});

test('rows that were refused are set aside once, also by two who had the same entries', async () => {
  await new Outbox(server.redis, keys).append(batch(1, 3));
  const blocking = server.redis.duplicate();
  const consumer = (name: string) =>
    new OutboxConsumer({ redis: server.redis, blocking, keys, name, claimIdleMs: 0, readEntries: 10 });
  const entries = await consumer('one').read(10);
  await consumer('two').claim();
  const { rows, readable } = readRows(entries, 0);
  const refused: SetAside[] = rows.slice(0, 1).map((row) => ({ row, sink: 'bigquery', reason: 'why' }));
  await consumer('two').acknowledge(readable, refused);
  await consumer('one').acknowledge(readable, refused);
  expect(await server.redis.xlen(deadLetters(keys))).toBe(1);
  blocking.disconnect();
});
