import { Argument, Command } from 'commander';
import { bashCompletion } from './completion-bash.ts';
import { readCommands } from './completion-tree.ts';
import { zshCompletion } from './completion-zsh.ts';
import { print } from './output.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion } as const;

/** @param program asked when the script is wanted: by then it has all commands */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .summary('print a script that completes commands in a shell')
    .description('Prints a script that completes commands, options and their values with the Tab key.')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      `
The script is made from the commands of this version. Put the line into the
start-up file of the shell (~/.bashrc, or ~/.zshrc after compinit), and it is
made anew with every shell.

Examples:
  source <(sluice completion bash)
  source <(sluice completion zsh)
  sluice completion zsh > ~/.zsh/functions/_sluice`,
    )
    .action((shell: keyof typeof SHELLS) => print(SHELLS[shell](readCommands(program)).trimEnd()));
}
