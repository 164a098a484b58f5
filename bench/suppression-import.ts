/*
 * Measures an import and an export of a million rows against a private Redis that has every write on disk:
 *
 *   node bench/suppression-import.ts
 *
 * Prints seconds, the peak of this process's memory, and what Redis keeps for an entry.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { parse } from 'csv-parse';
import { z } from 'zod';
import { Keys } from '../src/core/keys.ts';
import { connectRedis } from '../src/core/redis.ts';
import { startRedisServer } from '../src/core/redis-server.ts';
import { exportSuppression } from '../src/suppression/export.ts';
import { type ImportSource, importSuppression } from '../src/suppression/import.ts';
import type { ImportRow } from '../src/suppression/import-row.ts';
import { SuppressionStore } from '../src/suppression/store.ts';
import type { Target } from '../src/suppression/target.ts';

const ROWS = 1_000_000;
const CHUNK_ROWS = 500;
const DOMAINS = ['docomo.ne.jp', 'Gmail.com', 'example.co.jp', 'xn--r8jz45g.jp', 'outlook.jp'];
const Cells = z.record(z.string(), z.string());
const BOUNCED: Target = { kind: 'everywhere', reason: 'bounced' };
const NEWS: Target = { kind: 'sender', sender: 'news@example.co.jp' };
const STAMP = { at: Date.UTC(2026, 10, 27), source: 'import', detail: null };

// Left alone, V8 lets the young generation grow to 134 MB, of which an import needs next to nothing.
setFlagsFromString('--semi-space-growth-factor=1');

const [, script = '', written] = process.argv;
if (written) await generate(written);
else await measure();

/** About 70 bytes a row, an address in a hundred wrong; by a process of its own, so as not to count in the memory. */
async function generate(path: string): Promise<void> {
  function* lines(): Iterable<string> {
    yield 'name,email,plan,points\r\n';
    for (let i = 0; i < ROWS; i += 1) {
      const email = i % 100 === 0 ? `wrong ${i}` : `taro.suzuki.${i}@${DOMAINS[i % DOMAINS.length]}`;
      yield `"鈴木, ""太郎"" ${i}",${email},premium,${i * 7}\r\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-measure-'));
  const server = await startRedisServer(folder);
  const redis = connectRedis(server.url);
  const store = new SuppressionStore(redis, new Keys('{sluice}'));
  try {
    const list = join(folder, 'list.csv');
    spawnSync(process.execPath, [script, list], { stdio: 'inherit' });
    say(`list: ${ROWS} rows, ${megabytes(statSync(list).size)}`);

    const idle = await usedBytes();
    for (const round of ['import', 'the same again']) {
      await timed(round, () =>
        importSuppression(fileOf(list), BOUNCED, store, { ...STAMP, detail: 'bounced-2026-11.csv' }),
      );
    }
    say(
      `Redis: ${Math.round(((await usedBytes()) - idle) / (await store.count()).everywhere)} bytes an entry`,
    );
    await timed('import for a sender', () => importSuppression(fileOf(list), NEWS, store, STAMP));

    const exported = join(folder, 'export.csv');
    await timed('export', () =>
      exportSuppression(store.list({ reason: 'bounced' }), createWriteStream(exported)),
    );
    say(`export: ${megabytes(statSync(exported).size)}`);
    await redis.flushall();
    await timed('import of the export', () => importSuppression(fileOf(exported), 'columns', store, STAMP));
  } finally {
    redis.disconnect();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }

  async function usedBytes(): Promise<number> {
    return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  }
}

async function timed(what: string, work: () => Promise<object>): Promise<void> {
  const started = performance.now();
  const result = await work();
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const peak = megabytes(process.resourceUsage().maxRSS * 1_024);
  say(`${what}: ${seconds} s, peak ${peak} so far, ${JSON.stringify({ ...result, examples: undefined })}`);
}

function fileOf(path: string): ImportSource {
  return {
    async *rows() {
      let rows: ImportRow[] = [];
      let seq = 0;
      for await (const record of createReadStream(path).pipe(parse({ columns: true }))) {
        const data = Cells.parse(record);
        seq += 1;
        rows.push({ seq, email: data['email'] ?? '', data });
        if (rows.length < CHUNK_ROWS) continue;
        yield rows;
        rows = [];
      }
      yield rows;
    },
  };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
