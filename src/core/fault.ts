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
  /** Where all of it was found, for programs; null where the problems say it themselves. */
  readonly place: string | null;
  /** What the command line says behind it, such as `; sluice status lists them`: who asks in another way can't follow it. */
  readonly hint: string;

  constructor(problems: readonly string[], options: InputFaultOptions = {}) {
    super('INPUT', problems.join('\n'), options);
    this.name = 'InputFault';
    this.problems = problems;
    this.kind = options.kind ?? 'wrong';
    this.place = options.place ?? null;
    this.hint = options.hint ?? '';
  }

  /** The same problems, each with the name of what they were found in. */
  of(name: string): InputFault {
    return this.said((problem) => `${name}: ${problem}`);
  }

  /** The same in other words. */
  said(inOtherWords: (problem: string) => string, place = this.place): InputFault {
    const { kind, hint } = this;
    return new InputFault(this.problems.map(inOtherWords), { cause: this, kind, hint, place });
  }
}

interface InputFaultOptions {
  readonly cause?: unknown;
  readonly kind?: InputKind;
  readonly place?: string | null;
  readonly hint?: string;
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
