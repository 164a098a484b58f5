import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** A process that is measured from outside, and ended by its own id. */
export class Measured {
  readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
  }

  get id(): number {
    return this.child.pid ?? 0;
  }

  /** Seconds of processor time so far, all of its threads. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.id);
  }

  /** The most memory it ever held, in megabytes. */
  peakMegabytes(): number {
    return peakMegabytesOf(this.id);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}

/** @throws where the system has no /proc: the figures of processes come from there */
export function cpuSecondsOf(id: number): number {
  const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function peakMegabytesOf(id: number): number {
  const status = readFileSync(`/proc/${id}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** A script of bench/ as a process that prints a first line when it is ready. */
export async function startScript(
  script: string,
  args: readonly string[],
): Promise<Measured & { readonly line: string }> {
  const child = fork(`${ROOT}/bench/${script}`, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const line = await firstLine(child);
  return Object.assign(new Measured(child), { line });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) return '';
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('a process of the benchmark ended before it was ready');
}

/** The product's own command, as a user would start it. */
export function sluice(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): ChildProcess {
  return spawn(process.execPath, [...flags, `${ROOT}/bin/sluice.js`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: env['PATH'] ?? '', HOME: env['HOME'] ?? '', ...environment },
  });
}

/** Runs it to its end. @throws where it did not end well, with what it said */
export async function runSluice(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const child = sluice(args, environment);
  const [out, err] = [gather(child.stdout), gather(child.stderr)];
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}: ${err()}`);
  return out();
}

export function gather(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
