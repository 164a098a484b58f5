// Sees to it that there is a Redis for the demo, for `sluice up` and for the tests, which start servers of their own.
// Silent where there is one. Runs on any Node that still gets updates: it comes before the project's own is sure.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HELP = `Sluice starts a Redis of its own for the demo, \`sluice up\` and the tests, and found no redis-server or
valkey-server on PATH that is 6.2 or newer. Install one, and run this again:

  Debian, Ubuntu   sudo apt-get update && sudo apt-get install redis-server   (Debian 12, Ubuntu 22.04 or newer)
  Fedora, RHEL     sudo dnf install valkey
  Alpine           sudo apk add redis
  Arch             sudo pacman -S valkey
  macOS            brew install redis
  Windows          use WSL, and one of the above

The commands of sluice (but not the tests) also do with any Redis that REDIS_URL names.`;

process.exitCode = setUp() ? 0 : 1;

/** @returns {boolean} whether there is a server that is new enough, or none is needed */
function setUp() {
  if (process.argv.includes('--unless-redis-url') && process.env['REDIS_URL']?.trim()) return true;
  const found = findServer();
  if (found) return isFit(found);
  const way = findInstaller();
  if (!way) return fail('');
  console.error(`setup: no Redis on this machine; installing it (${way.name})`);
  const { status, error, output } = run(way.command);
  if (error || status !== 0) {
    return fail(`The installation failed${error ? `: ${error.message}` : ''}\n${tail(output.join(''))}\n\n`);
  }
  const installed = findServer();
  if (!installed || !isFit(installed)) return installed ? false : fail('');
  console.error(
    `setup: ${installed.binary} ${installed.version} is installed, and does not run as a service`,
  );
  return true;
}

/**
 * The server that Sluice would start: the same names, in the same order.
 * @returns {{ binary: string, version: string } | null}
 */
function findServer() {
  for (const binary of ['redis-server', 'valkey-server']) {
    const { status, output } = run([binary, '--version']);
    // "Redis server v=7.0.15 sha=…", "Valkey server v=8.0.1 sha=…"
    if (status === 0)
      return { binary, version: /\bv=(\d[\w.]*)/.exec(output.join(''))?.[1] ?? 'of unknown version' };
  }
  return null;
}

/** @param {{ binary: string, version: string }} server */
function isFit({ binary, version }) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 6 || (major === 6 && minor >= 2)) return true;
  return fail(`The ${binary} on PATH is ${version}.\n\n`);
}

/**
 * How a package can be installed here without asking anybody.
 * @returns {{ name: string, command: readonly string[] } | null}
 */
function findInstaller() {
  const script = ['sh', fileURLToPath(new URL('install-redis.sh', import.meta.url))];
  if (works(['apt-get', '--version'])) {
    const name = 'apt-get install redis-server';
    if (process.getuid?.() === 0) return { name, command: script };
    if (works(['sudo', '-n', 'true'])) return { name: `sudo ${name}`, command: ['sudo', '-n', ...script] };
  }
  if (works(['brew', '--version']))
    return { name: 'brew install redis', command: ['brew', 'install', 'redis'] };
  return null;
}

/** @param {readonly string[]} command */
function works(command) {
  return run(command).status === 0;
}

/** @param {readonly string[]} command */
function run([program = '', ...args]) {
  const { status, error, output } = spawnSync(program, args, {
    // No standard input: nothing here may wait for an answer.
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, error, output: output ?? [] };
}

/** @param {string} text */
function tail(text) {
  return text.trim().split('\n').slice(-15).join('\n');
}

/** @param {string} reason */
function fail(reason) {
  console.error(`${reason}${HELP}`);
  return false;
}
