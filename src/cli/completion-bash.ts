import { type CompletedCommand, type Value, withInner } from './completion-tree.ts';

/**
 * A completion script for bash 3.2 (what macOS has) and newer. Which words the user has typed so far decides the command;
 * all else is in tables by command.
 */
export function bashCompletion(program: CompletedCommand): string {
  const name = program.path.join(' ');
  const all = withInner(program);
  return `# Completes ${name} in bash: source <(${name} completion bash)
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=${name} word
  COMPREPLY=()
  # Bash splits --option=value into three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$command $word" in
${all.flatMap(commandBranches).join('\n')}
    esac
  done
  case "$command $before" in
${all.flatMap(optionBranches).join('\n')}
  esac
  case "$command:$current" in
${all.map(flagBranch).join('\n')}
${all.map(argumentBranch).join('\n')}
  esac
}
complete -F _${name} ${name}
`;
}

/** Where a word is the name of a command below the one that was found so far. */
function commandBranches(command: CompletedCommand): string[] {
  return command.commands.map((inner) => {
    const path = quoted(inner.path.join(' '));
    return `      ${path}) command=${path} ;;`;
  });
}

function optionBranches(command: CompletedCommand): string[] {
  return command.options.flatMap(({ flags, value }) => {
    if (!value) return [];
    const patterns = flags.map((flag) => quoted(`${command.path.join(' ')} ${flag}`)).join(' | ');
    return [`    ${patterns}) ${replyWith(value)}; return ;;`];
  });
}

function flagBranch(command: CompletedCommand): string {
  const flags = command.options.flatMap((option) => option.flags);
  return `    ${quoted(command.path.join(' '))}:-*) ${replyWith({ kind: 'words', words: flags })} ;;`;
}

/** Which argument it is makes no difference: no command has two of different kinds. */
function argumentBranch(command: CompletedCommand): string {
  const [first] = command.args;
  const value: Value = first?.value ?? {
    kind: 'words',
    words: command.commands.map(({ path }) => path.at(-1) ?? ''),
  };
  return `    ${quoted(command.path.join(' '))}:*) ${replyWith(value)} ;;`;
}

function replyWith(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `COMPREPLY=($(compgen -W ${quoted(value.words.join(' '))} -- "$current"))`;
    case 'file':
      return `{ compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$current")); }`;
    case 'folder':
      return `{ compopt -o dirnames 2>/dev/null || COMPREPLY=($(compgen -d -- "$current")); }`;
    case 'text':
      return ':';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
