import { styleText } from 'node:util';
import type { Command } from 'commander';

/** Longer lines are hard to read, however wide the terminal. */
const HELP_COLUMNS_MAX = 100;

/** How all commands show their help: one width, headings in bold on a terminal, and mistakes that are thrown. */
export function uniformHelp(program: Command): Command {
  program.addHelpText('after', FOOTER);
  for (const command of withInner(program)) {
    const { getOutHelpWidth, getOutHasColors } = command.configureOutput();
    command
      .showHelpAfterError('(--help shows how it is used)')
      .exitOverride()
      .configureOutput({
        getOutHelpWidth: () => Math.min(getOutHelpWidth?.() ?? HELP_COLUMNS_MAX, HELP_COLUMNS_MAX),
        writeOut: (text) => {
          process.stdout.write(getOutHasColors?.() ? withBoldHeadings(text) : text);
        },
      });
  }
  return program;
}

const FOOTER = `
Every command has a --help of its own. Data goes to standard output, all else
to standard error; --json gives data that programs can read.

Exit codes: 0 done; 1 it failed, or the campaign ended as failed or cancelled;
2 the input was wrong, and nothing was done.

Settings come from the environment (REDIS_URL, SLUICE_…); docs/settings.md
describes them.

Examples:
  sluice demo
  sluice send campaign.json --wait
  sluice status --json`;

/** The command itself and all below it. */
function withInner(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withInner)];
}

/** "Usage:", "Options:", and those of the texts that commands add. */
function withBoldHeadings(help: string): string {
  return help.replaceAll(/^[A-Z][a-z]+( [a-z]+)?:/gm, (heading) =>
    styleText('bold', heading, { validateStream: false }),
  );
}
