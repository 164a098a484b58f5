import { InputFault, messageOf } from '../core/fault.ts';
import { truncate } from '../core/text-width.ts';

/** Data goes to standard output; everything else to standard error, so that a pipe gets only data. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON value. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Exit codes of `interface.md`: 1, it failed; 2, the input was wrong and nothing was done. */
export const EXIT_FAILED = 1;
export const EXIT_INPUT = 2;

/** Says what went wrong, and gives the exit code for it. */
export function complain(thrown: unknown): number {
  if (thrown instanceof InputFault) {
    for (const problem of thrown.problems) note(`sluice: ${problem}${thrown.hint}`);
    return EXIT_INPUT;
  }
  note(`sluice: ${messageOf(thrown)}`);
  return EXIT_FAILED;
}

/** 128 and the number of SIGPIPE: what a shell reports for every program whose reader went away. */
const EXIT_NO_READER = 141;

/**
 * What becomes of a process whose output has nowhere to go. Data that nobody reads any more (`| head`) ends the command
 * without a word; a disk that is full is a failure. Notes that nobody reads keep no work from being done.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_NO_READER);
    process.exit(complain(error));
  });
  process.stderr.on('error', () => {});
}

/** One line that is written over itself on a terminal; elsewhere a plain line whenever something changed and time has passed. */
export class LiveLine {
  readonly #isTerminal: boolean;
  readonly #plainEveryMs: number;
  #last = '';
  #lastAt = 0;

  constructor(isTerminal = process.stderr.isTTY, plainEveryMs = 5_000) {
    this.#isTerminal = isTerminal;
    this.#plainEveryMs = plainEveryMs;
  }

  show(text: string): void {
    if (text === this.#last) return;
    if (this.#isTerminal) {
      const columns = process.stderr.columns ?? 80;
      process.stderr.write(`\r\u001b[2K${truncate(text, columns - 1)}`);
      this.#last = text;
      return;
    }
    if (Date.now() - this.#lastAt < this.#plainEveryMs) return;
    this.#lastAt = Date.now();
    this.#last = text;
    note(text);
  }

  /** What comes next stands on a line of its own. */
  end(): void {
    if (this.#isTerminal && this.#last !== '') process.stderr.write('\r\u001b[2K');
    this.#last = '';
  }
}
