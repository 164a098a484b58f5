import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/eventually.ts';

const SETUP = fileURLToPath(new URL('../../scripts/setup-chromium.mjs', import.meta.url));
const WORKS = 'echo "Chromium 150.0.7871.46 built on Debian"';
const PASSED_OVER = 'the tests of the console are passed over.';

let bin = '';
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'sluice-setup-'));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

/** A program of the machine that the setup believes to be on: PATH has nothing but these. */
function program(name: string, script: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** An apt-get that notes what it is asked for; `onInstall` is its part of a shell script. Whoever is not root has sudo without a password. */
function packages(onInstall: string): void {
  program(
    'apt-get',
    `[ "$1" = --version ] && exit 0\necho "$1" >> ${bin}/asked\n[ "$1" = install ] || exit 0\n${onInstall}`,
  );
  program('sudo', '[ "$1" = -n ] || exit 1; shift; [ "$1" = true ] || exec "$@"');
}

const APPEARS = `printf '#!/bin/sh\\n${WORKS.replaceAll('"', '\\"')}\\n' > "$0-chromium"; /bin/chmod 755 "$0-chromium"; /bin/mv "$0-chromium" "\${0%/*}/chromium"`;
const asked = () => readFileSync(join(bin, 'asked'), 'utf8').trim().split('\n');

function setUp(environment: Record<string, string> = {}) {
  const run = spawnSync(process.execPath, [SETUP], {
    env: { PATH: bin, ...environment },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return { status: run.status, said: run.stderr, data: run.stdout };
}

test.each(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])(
  'where %s works, nothing is done and nothing is said',
  (name) => {
    program(name, WORKS);
    packages('exit 0');
    expect(setUp()).toEqual({ status: 0, said: '', data: '' });
  },
);

test('a missing Chromium is installed by the package manager, and that is said in a line', () => {
  packages(APPEARS);
  const { status, said } = setUp();
  expect(said).toMatch(
    /^setup: no Chromium on this machine; installing it \((sudo -n )?apt-get install [^\n]*chromium\)\n$/,
  );
  expect(status).toBe(0);
  expect(asked()).toEqual(['install']);
});

test('lists of packages that are missing are fetched, and it is tried once more', () => {
  packages(`[ -e ${bin}/tried ] || { : > ${bin}/tried; exit 100; }\n${APPEARS}`);
  const { status, said } = setUp();
  expect(said).not.toContain('could not');
  expect(status).toBe(0);
  expect(asked()).toEqual(['install', 'update', 'install']);
});

test.each([
  [{}, PASSED_OVER],
  [{ CI: 'true' }, 'the tests of the console will fail.'],
])(
  'where it can not be installed, that is said with what to do, and the other tests go on: %o',
  (environment, then) => {
    packages('exit 100');
    const { status, said } = setUp(environment);
    expect(status).toBe(0);
    expect(said).toContain(`setup: Chromium could not be installed: ${then}`);
    expect(said).toContain('sudo apt-get install chromium');
  },
);

test('a script in its place that only tells to install a snap is none', () => {
  program('chromium-browser', 'echo "Command requires the chromium snap to be installed."; exit 1');
  expect(setUp()).toMatchObject({
    status: 0,
    said: expect.stringContaining(`setup: no Chromium on this machine: ${PASSED_OVER}`),
  });
});

test('nobody is asked for a password', () => {
  packages(APPEARS);
  program('sudo', `echo asked > ${bin}/password; exit 1`);
  // Root needs no sudo.
  if (process.getuid?.() === 0) return expect(setUp().said).toContain('(apt-get install');
  return expect(setUp().said).toContain('setup: no Chromium on this machine: ');
});

test('one that CHROMIUM names and that does not work is a mistake, and no other is taken in its place', () => {
  program('chromium', WORKS);
  packages(APPEARS);
  const { said } = setUp({ CHROMIUM: '/nowhere/chromium' });
  expect(said).toContain(
    `setup: CHROMIUM is /nowhere/chromium, which is no Chromium that runs: ${PASSED_OVER}`,
  );
  const told = program('mine', WORKS);
  expect(setUp({ CHROMIUM: told }).said).toBe('');
});
