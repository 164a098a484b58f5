import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectRedis, inspectServer } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();

/** A folder that is gone when the test is over. */
function scratch(...below: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, ...below);
}

test('the embedded Redis is fit: new enough, evicts nothing, keeps an append-only file', async () => {
  const review = await inspectServer(server.redis);
  expect(review.refusals).toEqual([]);
  expect(review.warnings).toEqual([]);
});

test('it can be reached by its socket only, and only by its owner', async () => {
  expect(await server.redis.config('GET', 'port')).toEqual(['port', '0']);
  expect(await server.redis.config('GET', 'unixsocketperm')).toEqual(['unixsocketperm', '700']);
});

test('it has every write on disk before it acknowledges it, and finds it after a kill', async () => {
  const folder = scratch();
  const first = await startRedisServer(folder);
  const redis = connectRedis(first.url);
  redis.on('error', () => {});
  expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
  await redis.set('kept', 'yes');
  process.kill(first.pid, 'SIGKILL');
  await first.close();

  const second = await startRedisServer(folder);
  expect(await redis.get('kept')).toBe('yes');
  redis.disconnect();
  await second.close();
});

test('its pid is known also where the shell complains before it says it', async () => {
  const bin = scratch('bin');
  mkdirSync(bin, { recursive: true });
  const shell = '#!/bin/sh\necho "ld.so: libnothing.so: ignored." >&2\nsleep 0.2\nexec /bin/sh "$@"\n';
  writeFileSync(join(bin, 'sh'), shell, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${bin}${delimiter}${path}`;
  onTestFinished(() => {
    process.env['PATH'] = path;
  });
  const started = await startRedisServer(scratch());
  expect(() => process.kill(started.pid, 0)).not.toThrow();
  await started.close();
});

test('a folder whose Redis already runs is refused, and that Redis is left alone', async () => {
  const folder = scratch();
  const first = await startRedisServer(folder);
  await expect(startRedisServer(folder)).rejects.toMatchObject({
    code: 'REDIS_START',
    message: expect.stringContaining('another process'),
  });
  const redis = connectRedis(first.url);
  expect(await redis.ping()).toBe('PONG');
  redis.disconnect();
  await first.close();
});

test('a server that does not start is reported with what it said', async () => {
  await expect(startRedisServer(scratch(), ['--maxmemory-policy', 'whatever'])).rejects.toMatchObject({
    code: 'REDIS_START',
    message: expect.stringContaining('maxmemory-policy'),
  });
});

test('folders with paths too long for a socket each have a server of their own', async () => {
  const servers = await Promise.all(
    [scratch('x'.repeat(120), 'redis'), scratch('x'.repeat(120), 'redis')].map((folder) =>
      startRedisServer(folder),
    ),
  );
  expect(new Set(servers.map(({ url }) => url)).size).toBe(2);
  for (const { url, close } of servers) {
    const redis = connectRedis(url);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
    await close();
  }
});

describe('it ends with the process that started it', () => {
  const program = `
    import { startRedisServer } from '${new URL('../../src/core/redis-server.ts', import.meta.url).href}';
    const { pid } = await startRedisServer(process.argv[1]);
    console.log(pid);
    if (process.argv[2] === 'stays') setInterval(() => {}, 1000);`;

  /** A child process that has started a server. */
  async function startChild(way: string) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, scratch(), way], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await eventually(() => expect(said).toMatch(/^\d+\n$/));
    return { child, pid: Number(said) };
  }

  const isGone = (pid: number) => eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));

  test('when that is killed', async () => {
    const { child, pid } = await startChild('stays');
    expect(() => process.kill(pid, 0)).not.toThrow();
    child.kill('SIGKILL');
    await isGone(pid);
  });

  test('when that has nothing left to do, without being closed', async () => {
    const { pid } = await startChild('leaves');
    await isGone(pid);
  });
});
