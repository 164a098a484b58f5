import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { queryLog } from '../../src/log/query.ts';
import { useRedis } from '../support/redis.ts';
import { batch, useFolder } from './support.ts';

const server = useRedis();
const newFolder = useFolder();
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
});

function ship(dir: string, writer: string, ...death: string[]): ChildProcess {
  const script = join(import.meta.dirname, 'child', 'ship.ts');
  const child = spawn(process.execPath, [script, server.url, dir, writer, ...death], { stdio: 'ignore' });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a shipper that is killed again and again loses no row, and deliveries has each one once', async () => {
  const dir = newFolder();
  const outbox = new Outbox(server.redis, new Keys('{sluice}'));
  const rows = 60_000;
  const size = 500;
  for (let from = 1; from <= rows; from += size) await outbox.append(batch(from, size));
  const full = (await outbox.backlog()).entries;
  // Some thousand rows are written at a time: the first two die with their first, the others when some are in the log and out of Redis.
  const deaths: [rows: number, moment: string][] = [
    [1, 'after'],
    [1, 'during'],
    [12_000, 'after'],
    [12_000, 'during'],
  ];
  for (const [index, [written, moment]] of deaths.entries())
    await once(ship(dir, `life-${index}`, String(written), moment), 'exit');
  // Otherwise it was never killed at work.
  expect((await outbox.backlog()).entries).toBeGreaterThan(0);
  expect((await outbox.backlog()).entries).toBeLessThan(full);
  ship(dir, 'last-life');
  expect(await outbox.drained(systemClock)).toBe(true);
  const sql = 'SELECT count(*) AS n, count(DISTINCT seq) AS seqs, max(seq) AS high FROM deliveries';
  expect((await queryLog(dir, sql)).rows).toEqual([{ n: rows, seqs: rows, high: rows }]);
});
