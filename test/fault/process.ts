import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type RedisServer, startRedisServer } from '../../src/core/redis-server.ts';

/** The checkout that is tried. */
export const TREE = fileURLToPath(new URL('../../', import.meta.url));

/** None outlives this process, however it ends. */
const victims = new Set<Victim>();
process.once('exit', () => {
  for (const victim of victims) victim.signal('SIGKILL');
});

/** A child that can be killed, stopped and started again; what it says goes to a file. */
export class Victim {
  readonly #command: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  readonly #logFile: string;
  #child: ChildProcess | null = null;
  #isStopped = false;

  constructor(command: readonly string[], environment: Readonly<Record<string, string>>, logFile: string) {
    this.#command = command;
    this.#environment = environment;
    this.#logFile = logFile;
    mkdirSync(dirname(logFile), { recursive: true });
    victims.add(this);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(): void {
    if (this.isAlive) return;
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    const child = spawn(process.execPath, this.#command, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...this.#environment },
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
    this.#child = child;
    this.#isStopped = false;
  }

  signal(signal: NodeJS.Signals): boolean {
    if (!this.isAlive) return false;
    this.#child?.kill(signal);
    if (signal === 'SIGSTOP') this.#isStopped = true;
    if (signal === 'SIGCONT') this.#isStopped = false;
    return true;
  }

  /** Resolves when it is gone; where it does not go, it is killed. */
  async gone(withinMs: number): Promise<void> {
    if (!this.isAlive || !this.#child) return;
    const patience = new AbortController();
    const child = this.#child;
    const end = once(child, 'exit');
    const late = sleep(withinMs, 'late', { signal: patience.signal }).catch(() => 'gone');
    if ((await Promise.race([end, late])) === 'late') child.kill('SIGKILL');
    patience.abort();
    await end;
  }
}

/** Runs a command to its end: its exit code, and what it said. */
export async function runCommand(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return { code: child.exitCode, said: Buffer.concat(chunks).toString('utf8') };
}

/** A Redis that is restarted on its own files, in whatever way. */
export class RestartableRedis {
  readonly #folder: string;
  #server: RedisServer | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  async start(): Promise<void> {
    this.#server = await startRedisServer(this.#folder);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const server = this.#server;
    if (!server) return;
    process.kill(server.pid, signal);
    await server.close();
  }
}

/** A child that says where it is in its first line, and ends when its standard input does. */
export async function startChild(
  file: string,
  options: object,
): Promise<{ readonly first: unknown; end(): void }> {
  const child = spawn(process.execPath, [join(TREE, 'test/fault/child', file), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    return { first: JSON.parse(line), end: () => void child.stdin.end() };
  }
  throw new Error(`${file} ended before it said where it is`);
}
