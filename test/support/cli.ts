import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

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
  const [code] = await once(child, 'close');
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
      if (this.#child.exitCode !== null)
        throw new Error(`it ended with ${this.#child.exitCode}: ${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code, when it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  /** Its exit code, after SIGTERM. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'close');
    }
    return this.#child.exitCode;
  }
}

function start(args: readonly string[], environment: Environment, folder?: string): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(folder === undefined ? {} : { cwd: folder }),
    // Nothing of the machine's own settings: a test must not depend on whose shell runs it.
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
}

function gather(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
