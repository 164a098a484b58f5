import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from './fault.ts';

export interface RedisServer {
  /** Path of its unix socket, as REDIS_URL takes it. */
  readonly url: string;
  readonly pid: number;
  /** Ends the server after it has saved; resolves when the process is gone. */
  close(): Promise<void>;
}

const START_MS_MAX = 15_000;
const LAST_WORDS_MS_MAX = 1_000;
/** sockaddr_un holds 104 bytes on macOS and 108 on Linux. */
const SOCKET_PATH_BYTES_MAX = 100;

/**
 * Starts a private Redis (or Valkey) with its data in `folder` and its socket beside it, and no TCP port.
 * Every write is on disk before it is acknowledged (`appendfsync always`).
 *
 * The server ends with this process, even by SIGKILL: a shell between the two waits for the end of the
 * pipe to us, and then terminates it.
 *
 * @throws Fault REDIS_BINARY when no server is installed, REDIS_START when it does not start
 */
export async function startRedisServer(
  folder: string,
  options: readonly string[] = [],
): Promise<RedisServer> {
  const binary = findRedisBinary();
  if (!binary) {
    throw new Fault(
      'REDIS_BINARY',
      'no redis-server or valkey-server on PATH: install one (apt-get install redis-server, or brew install redis), or set REDIS_URL',
    );
  }
  mkdirSync(folder, { recursive: true });
  const socket = socketPath(folder);
  if (await answers(socket)) {
    throw new Fault(
      'REDIS_START',
      `another process already runs its Redis in ${folder}: stop it first, or set REDIS_URL`,
    );
  }
  const server = [binary, '--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', folder];
  const durable = [
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
  ];
  // Standard input is the pipe to us: `read` returns when we are gone, and Redis ends on SIGTERM. It is read beside the
  // server (as descriptor 3, since a shell gives what runs beside it no input), so that a server that ends by itself,
  // by a wrong option or a broken file, ends the shell at once.
  const guardian = [
    'exec 3<&0; "$@" 3<&- & server=$!; echo $server',
    '{ read -r _ <&3; kill $server 2>/dev/null; } & reader=$!',
    'wait $server; kill $reader 2>/dev/null',
  ].join('\n');
  const child = spawn('sh', ['-c', guardian, 'sh', ...server, ...durable, ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Not in our group, so that Ctrl-C reaches us first and we end it when our work is done.
    detached: true,
  });
  let said = '';
  let pid = 0;
  const collect = (chunk: Buffer) => {
    said += chunk.toString();
    // By the shell, or where Redis was quicker by its first line; the loader may have complained before them.
    if (pid === 0) pid = Number(/^(\d+)[:\n]/m.exec(said)?.[1] ?? 0);
    said = said.slice(-4000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // Neither the child nor its pipes keep this process alive when it has nothing left to do.
  child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) if (pipe instanceof Socket) pipe.unref();

  const deadline = Date.now() + START_MS_MAX;
  const isNamed = () => pid > 0;
  while (!(await answers(socket)) || !isNamed()) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.stdin.end();
      // Its last words may still be in the pipe when it has ended.
      if (child.exitCode !== null) await Promise.race([closed, sleep(LAST_WORDS_MS_MAX)]);
      throw new Fault(
        'REDIS_START',
        `${binary} did not start in ${folder}: ${said.trim().split('\n').slice(-3).join(' / ')}`,
      );
    }
    await sleep(10);
  }
  return {
    url: socket,
    pid,
    close: async () => {
      // The child alone keeps no process alive; while its end is waited for it must.
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}

/** The first of redis-server and valkey-server that PATH has. */
export function findRedisBinary(): string | null {
  const found = ['redis-server', 'valkey-server'].find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  return found ?? null;
}

/** Beside the data where the path is short enough for a socket, else in the system's folder for such things. */
function socketPath(folder: string): string {
  const beside = join(folder, 'redis.sock');
  if (Buffer.byteLength(beside) <= SOCKET_PATH_BYTES_MAX) return beside;
  const short = createHash('sha256').update(folder).digest('base64url').slice(0, 22);
  return join(tmpdir(), `sluice-${short}.sock`);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => connection.write('PING\r\n'));
    // Errors that begin with "-LOADING" mean that it is still reading its file.
    connection.once('data', (answer) => {
      connection.destroy();
      resolve(answer.toString().startsWith('+PONG'));
    });
    connection.once('error', () => resolve(false));
    connection.once('close', () => resolve(false));
  });
}
