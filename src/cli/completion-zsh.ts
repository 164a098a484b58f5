import {
  type CompletedArgument,
  type CompletedCommand,
  type CompletedOption,
  type Value,
  withInner,
} from './completion-tree.ts';

/** A completion script for zsh: one function a command, each handing over to the one below it. */
export function zshCompletion(program: CompletedCommand): string {
  const name = functionOf(program);
  return `#compdef ${program.path.join(' ')}
# Completes ${program.path.join(' ')} in zsh: source <(${program.path.join(' ')} completion zsh)
${withInner(program).map(commandFunction).join('\n')}
# As a file in a folder of $fpath it is called; sourced, it makes itself known.
if [[ \${funcstack[1]} == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program.path.join(' ')}
fi
`;
}

function commandFunction(command: CompletedCommand): string {
  const options = command.options.map(optionSpec);
  return command.commands.length > 0 ? groupFunction(command, options) : leafFunction(command, options);
}

function leafFunction(command: CompletedCommand, options: readonly string[]): string {
  const specs = [...options, ...command.args.map(argumentSpec)];
  return `${functionOf(command)}() {
  _arguments -s -S ${specs.map((spec) => `\\\n    ${spec}`).join(' ')}
}`;
}

function groupFunction(command: CompletedCommand, options: readonly string[]): string {
  const names = command.commands.map(({ path, summary }) =>
    quoted(`${colonsEscaped(path.at(-1) ?? '')}:${summary}`),
  );
  const branches = command.commands.map((inner) => `        ${inner.path.at(-1)}) ${functionOf(inner)} ;;`);
  return `${functionOf(command)}() {
  local context state line
  local -a commands
  commands=(${names.map((each) => `\n    ${each}`).join('')}
  )
  _arguments -C -S ${options.map((spec) => `\\\n    ${spec}`).join(' ')} \\
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $line[1] in
${branches.join('\n')}
      esac
      ;;
  esac
}`;
}

function optionSpec({ flags, description, value }: CompletedOption): string {
  const [only = ''] = flags;
  const text = `[${bracketsEscaped(description)}]${value ? `:value:${action(value)}` : ''}`;
  // A long option with a value takes it after a blank or "=".
  const named = (flag: string) => (value && flag.startsWith('--') ? `${flag}=` : flag);
  if (flags.length === 1) return quoted(`${named(only)}${text}`);
  return `${quoted(`(${flags.join(' ')})`)}{${flags.map(named).join(',')}}${quoted(text)}`;
}

function argumentSpec({ name, value, isVariadic }: CompletedArgument): string {
  return quoted(`${isVariadic ? '*' : ''}:${colonsEscaped(name)}:${action(value)}`);
}

function action(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'text':
      // No words. A message instead would count as something to choose, and keep options from completing.
      return '()';
  }
}

function functionOf(command: CompletedCommand): string {
  return `_${command.path.join('_').replaceAll('-', '_')}`;
}

function bracketsEscaped(text: string): string {
  return text.replaceAll(/[[\]\\]/g, '\\$&');
}

function colonsEscaped(text: string): string {
  return text.replaceAll(/[:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
