import type { Argument, Command, Option } from 'commander';

/** What a shell has to know of a command to complete it. */
export interface CompletedCommand {
  /** From the program's name on. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly args: readonly CompletedArgument[];
  readonly commands: readonly CompletedCommand[];
}

export interface CompletedOption {
  /** `-V` and `--version`, whichever there are. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Null where it takes none. */
  readonly value: Value | null;
}

export interface CompletedArgument {
  readonly name: string;
  readonly value: Value;
  readonly isVariadic: boolean;
}

/** What may stand in a place: one of some words, a file, or what only the user knows. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'text' };

/** Reads the tree of commands, hidden ones left out. */
export function readCommands(command: Command, above: readonly string[] = []): CompletedCommand {
  const path = [...above, command.name()];
  const help = command.createHelp();
  return {
    path,
    summary: command.summary() || command.description(),
    options: help.visibleOptions(command).map(readOption),
    args: command.registeredArguments.map(readArgument),
    commands: command.commands
      .filter((inner) => help.visibleCommands(command).includes(inner))
      .map((inner) => readCommands(inner, path)),
  };
}

/** The command itself and all below it. */
export function withInner(command: CompletedCommand): CompletedCommand[] {
  return [command, ...command.commands.flatMap(withInner)];
}

function readOption(option: Option): CompletedOption {
  const takesValue = option.required || option.optional;
  // Commander writes the value's name into the flags only: `--timeout <seconds>`.
  const name = /[<[]([\w-]+)/.exec(option.flags)?.[1] ?? '';
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    description: option.description,
    value: takesValue ? valueOf(name, option.argChoices) : null,
  };
}

function readArgument(argument: Argument): CompletedArgument {
  return {
    name: argument.name(),
    value: valueOf(argument.name(), argument.argChoices),
    isVariadic: argument.variadic,
  };
}

/** Names are all that says which values are files: `<file>`, `--from <dir>`. */
function valueOf(name: string, choices: readonly string[] | undefined): Value {
  if (choices) return { kind: 'words', words: choices };
  if (/^(file|path)$/i.test(name)) return { kind: 'file' };
  if (/^(dir|folder)$/i.test(name)) return { kind: 'folder' };
  return { kind: 'text' };
}
