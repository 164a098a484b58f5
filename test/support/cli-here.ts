import { Readable, Writable } from 'node:stream';
import { Fault } from '../../src/core/fault.ts';
import { inTime } from '../../src/core/in-time.ts';
import type { Finished } from './cli.ts';
import { COMMAND_MS_MAX } from './eventually.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).href;

let before: Promise<unknown> = Promise.resolve();
let runs = 0;

/**
 * Runs a command to its end in this process, in a twentieth of the time that a process of its own takes to start. It is the whole program, with
 * arguments, environment and streams of its own; one command at a time. What is about the process itself (signals, what keeps it alive, its process log,
 * a campaign by standard input) needs `sluice`.
 */
export function sluiceHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): Promise<Finished> {
  const run = before.then(() => runMain(args, environment, input));
  before = run.catch(() => {});
  return run;
}

async function runMain(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input: string,
): Promise<Finished> {
  const [stdout, stderr] = [new Gathered(), new Gathered()];
  const { argv, env, exitCode } = process;
  const restore = [
    replace('stdin', Readable.from(input === '' ? [] : [Buffer.from(input)])),
    replace('stdout', stdout),
    replace('stderr', stderr),
  ];
  process.argv = [process.execPath, 'sluice', ...args];
  process.env = { PATH: env['PATH'], HOME: env['HOME'], ...environment };
  process.exitCode = undefined;
  runs += 1;
  try {
    const late = () => new Fault('TEST_HANGS', `sluice ${args[0]} does not end: ${stderr.text}`);
    await inTime(import(`${MAIN}?run=${runs}`), COMMAND_MS_MAX, late);
    return { code: endedWith(), stdout: stdout.text, stderr: stderr.text };
  } finally {
    for (const back of restore) back();
    process.argv = argv;
    process.env = env;
    process.exitCode = exitCode;
  }
}

function endedWith(): number {
  return Number(process.exitCode ?? 0);
}

class Gathered extends Writable {
  readonly #chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}

/** @returns puts back what was there */
function replace(name: 'stdin' | 'stdout' | 'stderr', stream: Readable | Writable): () => void {
  const was = Object.getOwnPropertyDescriptor(process, name) ?? {};
  Object.defineProperty(process, name, { ...was, get: () => stream });
  return () => void Object.defineProperty(process, name, was);
}
