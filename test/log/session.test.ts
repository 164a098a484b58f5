import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { LogRow } from '../../src/log/event.ts';
import { FilesSink } from '../../src/log/files-sink.ts';
import { LogSession, type LogSource } from '../../src/log/session.ts';
import { batch, rowsOf, useFolder } from './support.ts';

const newFolder = useFolder();
let dir = '';
let temporary = '';

beforeEach(async () => {
  dir = newFolder();
  temporary = mkdtempSync(join(tmpdir(), 'sluice [tmp] '));
  vi.stubEnv('TMPDIR', temporary);
  const sink = new FilesSink({ dir, writer: 'w', clock: systemClock });
  await sink.write(rowsOf(batch(1, 2, { event_time: Date.UTC(2026, 10, 26, 23, 59) })));
  await sink.write(rowsOf(batch(3, 2)));
  await sink.close();
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true, force: true });
});

async function* waiting(...parts: readonly LogRow[][]) {
  yield* parts;
}

async function seqs(source: Omit<LogSource, 'dir'>, view = 'deliveries'): Promise<unknown[]> {
  const log = await LogSession.open({ dir, ...source });
  try {
    return (await log.ask(`SELECT seq FROM ${view} ORDER BY seq`)).map(({ seq }) => seq);
  } finally {
    await log.close();
  }
}

test('a session has the rows that are still waiting, each event once in deliveries', async () => {
  expect(await seqs({})).toEqual([1, 2, 3, 4]);
  const rows = waiting(rowsOf(batch(4, 2)), rowsOf(batch(6, 1)));
  expect(await seqs({ waiting: rows })).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await seqs({ waiting: waiting(rowsOf(batch(4, 2))) }, 'events')).toEqual([1, 2, 3, 4, 4, 5]);
  expect(await seqs({ waiting: waiting() })).toEqual([1, 2, 3, 4]);
  dir = newFolder();
  expect(await seqs({ waiting: waiting(rowsOf(batch(4, 2))) })).toEqual([4, 5]);
});

test('a session leaves out the days before the one that it begins with', async () => {
  expect(await seqs({ sinceMs: Date.UTC(2026, 10, 26, 23) })).toEqual([1, 2, 3, 4]);
  expect(await seqs({ sinceMs: Date.UTC(2026, 10, 27, 23) })).toEqual([3, 4]);
  expect(await seqs({ sinceMs: Date.UTC(2026, 10, 28) })).toEqual([]);
});

test('a session reads nothing but the log', async () => {
  const secret = join(temporary, 'secret.txt');
  await writeFile(secret, 'x');
  const log = await LogSession.open({ dir, waiting: waiting(rowsOf(batch(5, 1))) });
  await expect(log.ask('SELECT * FROM read_text($file)', { file: secret })).rejects.toThrow(/Permission/);
  await log.close();
});

test('a session leaves nothing behind, also where it can not begin', async () => {
  await seqs({ waiting: waiting(rowsOf(batch(4, 2))) });
  await writeFile(join(dir, 'file'), '');
  await expect(LogSession.open({ dir: join(dir, 'file') })).rejects.toThrow(/folder can't be read/);
  async function* broken(): AsyncGenerator<LogRow[]> {
    yield rowsOf(batch(1, 1));
    throw new Error('Redis is away');
  }
  await expect(LogSession.open({ dir, waiting: broken() })).rejects.toThrow('Redis is away');
  expect(readdirSync(temporary)).toEqual([]);
});
