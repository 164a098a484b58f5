import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bashCompletion } from '../../src/cli/completion-bash.ts';
import { readCommands } from '../../src/cli/completion-tree.ts';
import { zshCompletion } from '../../src/cli/completion-zsh.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { PATIENCE_MS } from '../support/eventually.ts';

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-completion-'));
  for (const shell of ['bash', 'zsh']) {
    const { code, stdout } = await sluiceHere(['completion', shell], {});
    expect(code).toBe(0);
    writeFileSync(join(folder, `sluice.${shell}`), stdout);
  }
  writeFileSync(join(folder, 'campaign.json'), '{}');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers for the last word, as its own completion calls a function. */
function bash(...words: string[]): string[] {
  const script = `source ./sluice.bash
    complete -p sluice >/dev/null || exit 3
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    compopt() { COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); }
    _sluice
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-uc', script, 'bash', ...words], {
    cwd: folder,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('bash completes', () => {
  test.each([
    ['commands', ['sluice', 'st'], ['status']],
    ['all commands', ['sluice', ''], expect.arrayContaining(['demo', 'send', 'suppression', 'completion'])],
    ['options of the program', ['sluice', '--v'], ['--version']],
    ['commands below a command', ['sluice', 'suppression', 'im'], ['import']],
    ['options', ['sluice', 'status', '--w'], ['--watch']],
    ['options of inner commands', ['sluice', 'suppression', 'import', '--col'], ['--column']],
    ['choices of an option', ['sluice', 'suppression', 'add', '--reason', 'bo'], ['bounced']],
    ['choices after "="', ['sluice', 'suppression', 'add', '--reason', '=', 'com'], ['complained']],
    [
      'all choices after "="',
      ['sluice', 'suppression', 'add', '--reason', '='],
      expect.arrayContaining(['blocked', 'bounced', 'complained']),
    ],
    ['choices of an argument', ['sluice', 'completion', ''], ['bash', 'zsh']],
    ['files', ['sluice', 'send', 'camp'], ['campaign.json']],
    ['options after a file', ['sluice', 'send', 'campaign.json', '--wa'], ['--wait']],
    ['nothing where only the user knows', ['sluice', 'status', 'x'], []],
    ['nothing for an option’s free text', ['sluice', 'pause', 'x', '--reason', 'st'], []],
    ['nothing for commands that are not there', ['sluice', 'suppression', 'send', '--wa'], []],
  ])('%s', (_title, words, expected) => {
    expect(bash(...words)).toEqual(expected);
  });
});

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

describe.skipIf(!hasZsh)('zsh completes', () => {
  /** Types into a zsh on a terminal of its own, Tab included, and reads what its line holds then. */
  const SESSION = `
    zmodload zsh/zpty
    zpty shell 'zsh -f -i'
    zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source ./sluice.zsh; show() { print -r -- "<<$BUFFER>>" }; zle -N show; bindkey "^Xs" show; print REA""DY'
    zpty -r shell said '*READY*'
    for typed in "$@"; do
      zpty -w -n shell "$typed"$'\\t\\C-Xs'
      zpty -r shell said '*<<*>>*'
      print -r -- \${\${said##*<<}%%>>*}
      zpty -w -n shell $'\\C-U'
    done
    zpty -d shell`;

  test('commands, options, choices and files', () => {
    const typed = [
      ['sluice supp', 'sluice suppression'],
      ['sluice --vers', 'sluice --version'],
      ['sluice suppression im', 'sluice suppression import'],
      ['sluice status --wa', 'sluice status --watch'],
      ['sluice suppression add --reason bo', 'sluice suppression add --reason bounced'],
      ['sluice suppression add --reason=com', 'sluice suppression add --reason=complained'],
      ['sluice completion z', 'sluice completion zsh'],
      ['sluice send camp', 'sluice send campaign.json'],
    ] as const;
    const { stdout, stderr } = spawnSync(
      'zsh',
      ['-f', '-c', SESSION, 'zsh', ...typed.map(([line]) => line)],
      {
        cwd: folder,
        encoding: 'utf8',
        timeout: PATIENCE_MS,
      },
    );
    expect(stderr).toBe('');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual(typed.map(([, line]) => line));
  });
});

describe('text that means something to a shell', () => {
  const odd = readCommands(
    new Command('sluice').addCommand(
      new Command('odd')
        .summary(`it's "odd": [so] $(touch broken) \`touch broken\` \\`)
        .addOption(new Option('-o, --option <it>', `what's [this]: $HOME`).choices(['a', 'b']))
        .addArgument(new Argument('<dir>', 'a folder')),
    ),
  );

  test('breaks neither script', () => {
    for (const [shell, script] of [
      ['bash', bashCompletion(odd)],
      ...(hasZsh ? [['zsh', zshCompletion(odd)]] : []),
    ] as const) {
      const { status, stderr } = spawnSync(shell ?? '', ['-n'], { input: script, encoding: 'utf8' });
      expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: '' });
    }
  });
});

test('a shell that is not known is a usage mistake', async () => {
  const { code, stderr } = await sluiceHere(['completion', 'tcsh'], {});
  expect(stderr).toMatch(/Allowed choices are bash, zsh/);
  expect(code).toBe(2);
});
