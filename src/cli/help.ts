import { styleText } from 'node:util';
import type { Command } from 'commander';

/** Longer lines are hard to read, however wide the terminal. */
const HELP_COLUMNS_MAX = 100;
/** Where there is no terminal. */
const HELP_COLUMNS_ELSEWHERE = 80;

/** How all commands show their help: one width, headings in bold on a terminal, and mistakes that are thrown. */
export function uniformHelp(program: Command): Command {
  program.addHelpText('after', FOOTER);
  for (const command of withInner(program)) {
    const before = { ...command.configureOutput() };
    const columns = () => Math.min(before.getOutHelpWidth?.() ?? HELP_COLUMNS_ELSEWHERE, HELP_COLUMNS_MAX);
    command
      .showHelpAfterError('(--help shows how it is used)')
      .exitOverride()
      .configureOutput({
        getOutHelpWidth: columns,
        writeOut: (text) => {
          const help = reflowed(text, columns());
          process.stdout.write(before.getOutHasColors?.() ? withBoldHeadings(help) : help);
        },
      });
  }
  return program;
}

const FOOTER = `
Every command has a --help of its own. Data goes to standard output, all else to standard error; --json gives data for
programs. Settings come from the environment; docs/settings.md describes them.

Exit codes: 0 done; 1 it failed, or the campaign ended as failed or cancelled; 2 the input was wrong, and nothing was
done.

Examples:
  sluice demo
  sluice send campaign.json --wait
  sluice status --json`;

/** Commands add texts of any width. Lines that begin at the left are prose; what is indented stays as it is. */
function reflowed(help: string, columns: number): string {
  return help.replaceAll(/^\S.*(\n\S.*)*$/gm, (paragraph) => wrapped(paragraph.split(/\s+/), columns));
}

function wrapped(words: readonly string[], columns: number): string {
  let text = '';
  let room = columns;
  for (const word of words) {
    const fits = word.length < room || text === '';
    if (text !== '') text += fits ? ' ' : '\n';
    text += word;
    room = fits ? room - word.length - 1 : columns - word.length - 1;
  }
  return text;
}

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
