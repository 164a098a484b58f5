/**
 * Something that should not have happened. What may be expected is a value, never a Fault.
 * The code is stable, so that callers, tests and log searches can hold on to it.
 */
export class Fault extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
  }
}

/** `missing`: there is no such thing; `conflict`: it can't be done to the thing as it stands; `wrong`: everything else. */
export type InputKind = 'wrong' | 'missing' | 'conflict';

/**
 * The user gave something wrong, and nothing was done. `problems` has one plain line for each thing,
 * with the place where it was found. The command line ends with exit code 2; HTTP answers by the kind.
 */
export class InputFault extends Fault {
  readonly problems: readonly string[];
  readonly kind: InputKind;

  constructor(problems: readonly string[], options: { cause?: unknown; kind?: InputKind } = {}) {
    super('INPUT', problems.join('\n'), options);
    this.name = 'InputFault';
    this.problems = problems;
    this.kind = options.kind ?? 'wrong';
  }

  /** The same problems, each with the name of what they were found in. */
  of(name: string): InputFault {
    return new InputFault(
      this.problems.map((problem) => `${name}: ${problem}`),
      { cause: this, kind: this.kind },
    );
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Whether the system gave this code, such as ENOENT. */
export function isErrorCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
