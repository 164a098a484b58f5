import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import type { FakeSesOptions, FakeSesStats } from './fake-ses.ts';
import { HTML } from './mail.ts';
import { cpuSecondsOf, gather, Measured, runSluice, sluice, startScript } from './process.ts';

export interface Receipt {
  readonly state: string;
  readonly counts: Readonly<Record<string, unknown>>;
}

/** What a baseline measures of itself. */
export interface Loop {
  readonly perSecond: number;
  readonly cpuPer100k: number;
}

const POLL_MS = 20;

/** A Redis of its own with every write on disk, a stand-in for SES, and worker processes. Gone with `close`. */
export class Stage {
  readonly folder: string;
  readonly redis: Redis;
  readonly redisId: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly ses: Measured;
  readonly sesUrl: string;
  readonly #closeRedis: () => Promise<void>;
  readonly #workers: Measured[] = [];

  static async open(
    fake: FakeSesOptions = {},
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const server = await startRedisServer(join(folder));
    const redis = connectRedis(server.url);
    const redisId = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
    const ses = await startScript('support/fake-ses.ts', [JSON.stringify(fake)]);
    const sesUrl = `http://127.0.0.1:${ses.line}`;
    const environment = {
      REDIS_URL: server.url,
      SLUICE_SES: 'sandbox',
      AWS_ENDPOINT_URL_SESV2: sesUrl,
      SLUICE_PUBLIC_URL: 'https://mail.example.com',
      SLUICE_SECRET: 'a secret of more than thirty-two characters',
      SLUICE_LOG_DIR: join(folder, 'log'),
      LOG_LEVEL: 'error',
      ...(fake.events
        ? { SLUICE_SQS_URL: `${sesUrl}/000000000000/events`, AWS_ENDPOINT_URL_SQS: sesUrl }
        : {}),
      ...settings,
    };
    const close = async () => {
      redis.disconnect();
      await server.close();
    };
    return new Stage(folder, redis, redisId, environment, ses, sesUrl, close);
  }

  private constructor(
    folder: string,
    redis: Redis,
    redisId: number,
    environment: Readonly<Record<string, string>>,
    ses: Measured,
    sesUrl: string,
    closeRedis: () => Promise<void>,
  ) {
    this.folder = folder;
    this.redis = redis;
    this.redisId = redisId;
    this.environment = environment;
    this.ses = ses;
    this.sesUrl = sesUrl;
    this.#closeRedis = closeRedis;
  }

  /** Starts a worker process, and resolves when it is at work. */
  async worker(args: readonly string[] = [], flags: readonly string[] = []): Promise<Measured> {
    const known = await this.redis.zcard('{sluice}:workers');
    const child = sluice(['worker', ...args], this.environment, flags);
    const said = gather(child.stderr);
    child.stdout?.resume();
    const worker = new Measured(child);
    this.#workers.push(worker);
    while ((await this.redis.zcard('{sluice}:workers')) <= known) {
      if (child.exitCode !== null) throw new Error(`a worker ended: ${said()}`);
      await sleep(POLL_MS);
    }
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.stop()));
  }

  /** Writes the campaign's file; enqueue it with `send`. */
  campaign(id: string, audience: object, change: object = {}): string {
    const path = join(this.folder, `${id}.json`);
    writeFileSync(path, JSON.stringify({ ...mailOf(id), audience, ...change }));
    return path;
  }

  async send(path: string): Promise<void> {
    await runSluice(['send', path], this.environment);
  }

  async cancel(id: string): Promise<void> {
    await runSluice(['cancel', id], this.environment);
  }

  /** The campaign's hash says when all of it is settled; asking for it costs next to nothing. */
  async finished(id: string): Promise<{ readonly startedAt: number; readonly finishedAt: number }> {
    for (;;) {
      const [startedAt, finishedAt, held] = await this.redis.hmget(
        `{sluice}:campaign:${id}`,
        'startedAt',
        'finishedAt',
        'held',
      );
      if (finishedAt) return { startedAt: Number(startedAt), finishedAt: Number(finishedAt) };
      if (held && !held.includes('LOG_BACKLOG')) throw new Error(`${id} is held: ${held}`);
      await sleep(POLL_MS);
    }
  }

  async receipt(id: string): Promise<Receipt> {
    const receipt: Receipt = JSON.parse(await runSluice(['status', id, '--json'], this.environment));
    return receipt;
  }

  async stats(): Promise<FakeSesStats> {
    const answer = await fetch(`${this.sesUrl}/stats`);
    const stats: FakeSesStats = JSON.parse(await answer.text());
    return stats;
  }

  async resetStats(): Promise<void> {
    await (await fetch(`${this.sesUrl}/reset`)).text();
  }

  redisCpuSeconds(): number {
    return cpuSecondsOf(this.redisId);
  }

  /** Commands so far, those inside scripts too. */
  async redisCommands(): Promise<number> {
    const info = await this.redis.info('commandstats');
    return [...info.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
  }

  async redisMegabytes(): Promise<number> {
    return Number(/used_memory:(\d+)/.exec(await this.redis.info('memory'))?.[1]) / 1024 / 1024;
  }

  /** Commands and entries of the outbox are gone from Redis when the log has everything. */
  /** Runs a script of bench/support to its end, and gives what it printed. */
  async loop(script: string, ...args: readonly string[]): Promise<Loop> {
    const loop = await startScript(`support/${script}`, args);
    const result: Loop = JSON.parse(loop.line);
    await loop.stop();
    return result;
  }

  /** So many addresses that nobody has, on both lists in turn, as an old installation has them. */
  async suppress(entries: number): Promise<void> {
    const path = join(this.folder, 'suppressed.csv');
    const row = (i: number) => `gone${i}@example${i % 97}.net\n`;
    writeFileSync(path, 'email\n');
    for (let from = 0; from < entries; from += 10_000)
      appendFileSync(
        path,
        Array.from({ length: Math.min(10_000, entries - from) }, (_, i) => row(from + i)).join(''),
      );
    await runSluice(['suppression', 'import', path, '--reason', 'bounced'], this.environment);
  }

  async shipped(): Promise<void> {
    while ((await this.redis.xlen('{sluice}:outbox')) > 0) await sleep(POLL_MS);
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.ses.stop();
    await this.#closeRedis();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function mailOf(id: string): object {
  return {
    id,
    sender: { from: 'Example News <news@example.com>' },
    content: { subject: 'Hello {{name}}', html: HTML, text: 'Hello {{name}} {{unsubscribeUrl}}' },
  };
}
