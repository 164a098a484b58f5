// Sees to it that there is a Chromium for the tests of the console. Silent where there is one. Without one they are passed over, and in CI they
// fail: all other tests run in any case, so this never ends with an error.
import { spawnSync } from 'node:child_process';
import { findChromium } from './chromium.mjs';

const HELP = `Install Chromium or Chrome, or name one in CHROMIUM:

  Debian           sudo apt-get update && sudo apt-get install chromium
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
  let tried = run(command);
  if (!tried.done) {
    // Lists of packages may be missing (containers have none) or too old.
    run(command.with(command.indexOf('install'), 'update').slice(0, command.indexOf('install') + 1));
    tried = run(command);
  }
  if (findChromium() !== null) return;
  if (!tried.done) console.error(tried.said);
  missing('setup: Chromium could not be installed');
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
  if (!run(['apt-get', '--version']).done) return null;
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
  return run(['sudo', '-n', 'true']).done ? ['sudo', '-n', ...install] : null;
}

/**
 * @param {readonly string[]} command
 * @returns {{ done: boolean, said: string }} `said` ends with why it failed
 */
function run([program = '', ...args]) {
  // No standard input: nothing here may wait for an answer.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env,
  });
  const said = error ? error.message : `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n');
  return { done: status === 0, said };
}
