import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { destination as fileDescriptor, type Logger as PinoInstance, pino } from 'pino';
import { maskLine } from './mask.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What goes into a line beside its message. An Error under any name is written with its code and its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The log of the process, for those who run it. It holds no addresses and no secrets. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log; every line also holds these fields. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Coloured lines for a terminal, instead of JSON. */
  readonly pretty: boolean;
  /** Where lines go; standard error where it is missing, since standard output belongs to data. */
  readonly output?: Output;
}

/** The process's logger: a line of JSON each, written before the call returns, so that a crash loses none. */
export function createLogger(options: LoggerOptions): Logger {
  const output = options.output ?? fileDescriptor(2);
  const log = pino(
    {
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: maskLine },
    },
    options.pretty ? prettified(output) : output,
  );
  return new PinoLogger(log);
}

interface Output {
  write(line: string): unknown;
}

function prettified(output: Output): Output {
  const require = createRequire(import.meta.url);
  // Thirty modules that a log of JSON does not need; a line that is written at once has no time to wait for an import.
  const { isColorSupported, prettyFactory }: typeof import('pino-pretty') = require('pino-pretty');
  const prettify = prettyFactory({
    colorize: isColorSupported,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  });
  return { write: (line) => output.write(prettify(line)) };
}

class PinoLogger implements Logger {
  readonly #pino: PinoInstance;

  constructor(log: PinoInstance) {
    this.#pino = log;
  }

  debug(message: string, fields: LogFields = {}): void {
    if (this.#pino.isLevelEnabled('debug')) this.#pino.debug(withPlainErrors(fields), message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(withPlainErrors(fields), message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(withPlainErrors(fields), message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(withPlainErrors(fields), message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#pino.child(withPlainErrors(fields)));
  }
}

function withPlainErrors(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? plainError(value) : value]),
  );
}

/** Causes of causes; more than these say nothing new, and a circle must end. */
const CAUSES_MAX = 5;
/** Some thirty frames; messages that quote a whole request are cut here as well. */
const TEXT_CHARACTERS_MAX = 4_000;

/**
 * What a reader needs of an error. Its other fields stay out: an AWS error carries the whole answer, and one of
 * ioredis the command with all its arguments.
 */
function plainError(error: Error, causesMax: number = CAUSES_MAX): Record<string, unknown> {
  const { name, cause } = error;
  const stack = error.stack?.slice(0, TEXT_CHARACTERS_MAX);
  return {
    type: name,
    ...('code' in error ? { code: error.code } : {}),
    message: error.message.slice(0, TEXT_CHARACTERS_MAX),
    ...(stack ? { stack } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, CAUSES_MAX).map(String) } : {}),
    ...(cause === undefined || causesMax === 0
      ? {}
      : {
          cause:
            cause instanceof Error
              ? plainError(cause, causesMax - 1)
              : inspect(cause).slice(0, TEXT_CHARACTERS_MAX),
        }),
  };
}
