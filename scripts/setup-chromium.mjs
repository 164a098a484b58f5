// Sees to it that there is a Chromium for the tests of the console. Silent where there is one. Without one they are passed over, and in CI they
// fail: all other tests run in any case, so this never ends with an error.
import { spawnSync } from 'node:child_process';
import { findChromium } from './chromium.mjs';

const HELP = `Install Chromium or Chrome, or name one in CHROMIUM:

  Debian           sudo apt-get install chromium
  Fedora, Arch     sudo dnf install chromium, sudo pacman -S chromium
  macOS            brew install --cask google-chrome
  Ubuntu           sudo snap install chromium`;

setUp();

function setUp() {
  if (findChromium() !== null) return;
  const told = process.env['CHROMIUM']?.trim();
  if (told) return missing(`setup: CHROMIUM is ${told}, which is no Chromium that runs`);
  const command = installer();
  if (!command) return missing('setup: no Chromium on this machine');
  console.error(`setup: no Chromium on this machine; installing it (${command.join(' ')})`);
  if (!run(command)) {
    // Lists of packages may be missing (containers have none) or too old.
    run(command.with(command.indexOf('install'), 'update').slice(0, command.indexOf('install') + 1));
    run(command);
  }
  if (findChromium() === null) missing('setup: Chromium could not be installed');
}

/** @param {string} what */
function missing(what) {
  const then = process.env['CI']
    ? 'the tests of the console will fail'
    : 'the tests of the console are passed over';
  console.error(`${what}: ${then}.\n${HELP}`);
}

/** @returns {string[] | null} what installs Debian's package without asking anybody */
function installer() {
  if (!run(['apt-get', '--version'])) return null;
  const install = [
    'apt-get',
    'install',
    '--yes',
    '--no-install-recommends',
    '--option',
    'DPkg::Lock::Timeout=120',
    'chromium',
  ];
  if (process.getuid?.() === 0) return install;
  return run(['sudo', '-n', 'true']) ? ['sudo', '-n', ...install] : null;
}

/** @param {readonly string[]} command */
function run([program = '', ...args]) {
  // No standard input: nothing here may wait for an answer.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(program, args, { stdio: 'ignore', env }).status === 0;
}
