import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { COMMAND_MS_MAX, PATIENCE_MS } from './eventually.ts';

const BIN = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** Runs a command to its end, as somebody at a shell would. */
export async function sluice(
  args: readonly string[],
  environment: Environment,
  input = '',
): Promise<Finished> {
  const child = start(args, environment);
  const stdout = gather(child.stdout);
  const stderr = gather(child.stderr);
  child.stdin?.end(input);
  const [code] = await endOf(child, COMMAND_MS_MAX);
  return { code: typeof code === 'number' ? code : null, stdout: stdout(), stderr: stderr() };
}

/** A command that stays, until `stop` ends it by its own process id. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #said: () => string;

  /** @param folder where it runs, if not here */
  constructor(args: readonly string[], environment: Environment, folder?: string) {
    this.#child = start(args, environment, folder);
    const stdout = gather(this.#child.stdout);
    const stderr = gather(this.#child.stderr);
    this.#said = () => stdout() + stderr();
  }

  get said(): string {
    return this.#said();
  }

  /** Resolves with the first match in what it has said; rejects when it ends first. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.said);
      if (match) return match;
      if (!isAlive(this.#child))
        throw new Error(`it ended with ${this.#child.exitCode ?? this.#child.signalCode}: ${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code, when it has ended by itself. */
  async ended(): Promise<number | null> {
    if (isAlive(this.#child)) await endOf(this.#child, COMMAND_MS_MAX);
    return this.#child.exitCode;
  }

  /** Its exit code, after SIGTERM. */
  async stop(): Promise<number | null> {
    if (isAlive(this.#child)) {
      this.#child.kill('SIGTERM');
      await endOf(this.#child, PATIENCE_MS);
    }
    return this.#child.exitCode;
  }
}

/** Those that were started and have not ended: with the tests' own process they end as well, whatever became of their test. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** What `close` tells. Who has not ended in time is killed, and ends by that. */
async function endOf(child: ChildProcess, msMax: number): Promise<unknown[]> {
  const alarm = setTimeout(() => child.kill('SIGKILL'), msMax);
  try {
    return await once(child, 'close');
  } finally {
    clearTimeout(alarm);
  }
}

function start(args: readonly string[], environment: Environment, folder?: string): ChildProcess {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(folder === undefined ? {} : { cwd: folder }),
    // Nothing of the machine's own settings: a test must not depend on whose shell runs it.
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

function gather(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
