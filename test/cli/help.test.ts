import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { commandLineProblem, commandLines } from '../support/command-lines.ts';

const program = await buildProgram();
const commands = withInner(program, []);
const leaves = commands.filter(({ command }) => command.commands.length === 0);

interface Placed {
  readonly command: Command;
  readonly path: readonly string[];
}

function withInner(command: Command, path: readonly string[]): Placed[] {
  return [
    { command, path },
    ...command.commands.flatMap((inner) => withInner(inner, [...path, inner.name()])),
  ];
}

const titled = (placed: readonly Placed[]) =>
  placed.map(({ command, path }) => [path.join(' ') || 'sluice', command] as const);

test('there are as many commands as one would think', () => {
  expect(leaves.length).toBeGreaterThan(12);
});

test.each(titled(commands))('%s says in a line and in a sentence what it does', (title, command) => {
  if (title !== 'sluice') expect(command.summary()).toMatch(/^[a-z].*[^.]$/);
  expect(command.description()).toMatch(/^[A-Z].*\.$/s);
});

test.each(titled(leaves))(
  'the help of %s ends with examples, and its prose fits 80 columns',
  (_title, command) => {
    const help = helpOf(command);
    expect(help).toMatch(/\nExamples?:\n( {2}\S.*\n)+$/);
    // An example is to be copied, so it is not broken; 100 columns are still one line in most windows.
    const isTooLong = (line: string) => line.length > (line.startsWith('  sluice ') ? 100 : 80);
    expect(help.split('\n').filter(isTooLong)).toEqual([]);
  },
);

test.each(titled(commands))('the examples of %s are command lines that it takes', (_title, command) => {
  const help = helpOf(command);
  const lines = commandLines(help.slice(help.search(/\nExamples?:/)));
  if (command.commands.length === 0) expect(lines.length).toBeGreaterThan(0);
  expect(lines.flatMap((line) => commandLineProblem(program, line) ?? [])).toEqual([]);
});

describe('this test sees', () => {
  test.each([
    ['sluice sned x.json', /no command "sned"/],
    ['sluice send x.json --wiat', /no option --wiat/],
    ['sluice check', /takes 1 to 1 arguments/],
    ['sluice suppression add a@example.com --reason tired', /not one of its choices/],
    ['sluice status one two', /takes 0 to 1 arguments/],
  ])('%s', (line, problem) => {
    expect(commandLineProblem(program, line)).toMatch(problem);
  });

  test('command lines in pipes, behind variables, and over two lines', () => {
    const text = `jq .id a.json | sluice send - --json\nA=1 npx sluice status | head\nsluice send \\\n  b.json # so`;
    expect(commandLines(text).map((line) => line.trim())).toEqual([
      'sluice send - --json',
      'sluice status',
      'sluice send b.json',
    ]);
  });
});

describe('colours of the help', () => {
  const heading = '\u001b[1mUsage:\u001b[22m';

  test('are for terminals only', async () => {
    expect((await sluice(['--help'], {})).stdout).toMatch(/^Usage: sluice/);
  });

  test('can be forced', async () => {
    expect((await sluiceHere(['send', '--help'], { FORCE_COLOR: '1' })).stdout).toContain(heading);
  });

  test('never come with NO_COLOR', async () => {
    expect((await sluiceHere(['send', '--help'], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).toMatch(
      /^Usage: sluice/,
    );
  });
});

/** As a user gets it, in 80 columns. */
function helpOf(command: Command): string {
  let text = '';
  const { writeOut } = command.configureOutput();
  const { write } = process.stdout;
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    expect(writeOut).toBeDefined();
    command.outputHelp();
  } finally {
    process.stdout.write = write;
  }
  return text;
}
