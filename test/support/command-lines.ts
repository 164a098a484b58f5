import type { Command } from 'commander';

/**
 * Holds a line of a shell that runs sluice against the commands that there are. What surrounds it (variables, pipes,
 * npx) is left out.
 * @returns what is wrong, or null
 */
export function commandLineProblem(program: Command, line: string): string | null {
  const words = wordsOf(line);
  let command = program;
  let position = 0;
  while (position < words.length) {
    const inner = command.commands.find((each) => each.name() === words[position]);
    if (!inner) break;
    command = inner;
    position += 1;
  }
  const takesWord = command.commands.length === 0 || command.registeredArguments.length > 0;
  if (!takesWord && !(words[position] ?? '-').startsWith('-')) {
    return `${command.name()} has no command "${words[position]}"`;
  }
  return usageProblem(command, words.slice(position));
}

/** The command lines of a text that run sluice, each from `sluice` to the end of its part of a pipe. */
export function commandLines(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) =>
      partsOf(line).flatMap((part) => {
        const match =
          /^\s*(?:[A-Z_]\w*=\S*\s+)*(?:exec |source <\(|docker compose exec \w+ )?(?:npx )?(sluice\s.*)$/.exec(
            part,
          );
        return match?.[1] === undefined ? [] : [match[1]];
      }),
    );
}

/** At `|`, `&`, `;`, `#`, `>` and `)` outside of quotes. */
function partsOf(line: string): string[] {
  return line.match(/(?:"(?:\\.|[^"])*"|'[^']*'|[^"'|&;#>)])+/g) ?? [];
}

function wordsOf(line: string): string[] {
  const words = line.match(/(?:"(?:\\.|[^"])*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll(/["']/g, ''));
}

function usageProblem(command: Command, words: readonly string[]): string | null {
  const given: string[] = [];
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  for (let index = 0; index < words.length; index += 1) {
    const [flag = '', value] = (words[index] ?? '').split(/=(.*)/s);
    if (!flag.startsWith('-') || flag === '-') {
      given.push(words[index] ?? '');
      continue;
    }
    const option = options.find(({ short, long }) => short === flag || long === flag);
    if (!option) return `${command.name()} has no option ${flag}`;
    if (!option.required) continue;
    const taken = value ?? words[(index += 1)];
    if (taken === undefined) return `${flag} of ${command.name()} takes a value`;
    if (option.argChoices && !option.argChoices.includes(taken))
      return `${flag} is not one of its choices: ${taken}`;
  }
  const least = command.registeredArguments.filter(({ required }) => required).length;
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length;
  // A variadic option takes what follows it, so its command's own arguments can't be counted.
  if (options.some(({ variadic, long }) => variadic && words.includes(long ?? ''))) return null;
  const isHelp = words.includes('--help') || words.includes('--version');
  if (given.length > most || (given.length < least && !isHelp && command.commands.length === 0)) {
    return `${command.name()} takes ${least} to ${most} arguments, and here are ${given.length}`;
  }
  return null;
}
