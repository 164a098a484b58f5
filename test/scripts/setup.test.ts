import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/eventually.ts';

const SETUP = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));
const REDIS_7 = 'echo "Redis server v=7.0.15 sha=00000000:0 malloc=libc bits=64 build=0"';

let bin = '';
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'sluice-setup-'));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

/** A program of the machine that the setup believes to be on: PATH has nothing but these. */
function program(name: string, script: string) {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** What installs: `redis-server` appears when the script is run, whether as root or by sudo. */
function installer(script: string) {
  program('apt-get', 'exit 0');
  program('sudo', '[ "$1" = -n ] || exit 1; shift; [ "$1" = true ] || exec "$@"');
  program('sh', `case "$1" in *install-redis.sh) ;; *) exit 9 ;; esac\n${script}`);
}

function setUp(environment: Record<string, string> = {}, ...args: string[]) {
  const run = spawnSync(process.execPath, [SETUP, ...args], {
    env: { PATH: bin, ...environment },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return { status: run.status, said: run.stderr, data: run.stdout };
}

test.each([
  ['redis-server', 'v=7.0.15'],
  ['redis-server', 'v=6.2.0'],
  ['redis-server', 'v=10.0.0'],
  ['valkey-server', 'v=8.0.1'],
])('where %s %s is installed, nothing is done and nothing is said', (name, version) => {
  program(name, `echo "Server ${version} sha=00000000:0"`);
  installer('touch installed');
  expect(setUp()).toEqual({ status: 0, said: '', data: '' });
});

test('a missing Redis is installed by the package manager, and that is said in a line', () => {
  installer(
    `printf '#!/bin/sh\\n${REDIS_7.replaceAll('"', '\\"')}\\n' > ${bin}/redis-server; /bin/chmod 755 ${bin}/redis-server`,
  );
  const { status, said } = setUp();
  expect(said).toMatch(
    /^setup: no Redis on this machine; installing it \((sudo )?apt-get install redis-server\)\n/,
  );
  expect(said).toContain('redis-server 7.0.15 is installed');
  expect(status).toBe(0);
  expect(existsSync(join(bin, 'redis-server'))).toBe(true);
});

test('an installation that fails ends with what the package manager said, and with what to do', () => {
  installer('echo "E: Unable to locate package redis-server" >&2; exit 100');
  const { status, said } = setUp();
  expect(status).toBe(1);
  expect(said).toContain('E: Unable to locate package redis-server');
  expect(said).toContain('brew install redis');
});

test('without a package manager, it says what to install', () => {
  const { status, said, data } = setUp();
  expect(status).toBe(1);
  expect(said).toContain('apt-get install redis-server');
  expect(data).toBe('');
});

test('Homebrew is used where there is no apt-get', () => {
  program(
    'brew',
    `[ "$1" = install ] || exit 0; printf '#!/bin/sh\\n${REDIS_7.replaceAll('"', '\\"')}\\n' > ${bin}/redis-server; /bin/chmod 755 ${bin}/redis-server`,
  );
  expect(setUp()).toMatchObject({ status: 0, said: expect.stringContaining('(brew install redis)') });
});

test('a Redis that is too old is refused with its version, before anything runs on it', () => {
  program('redis-server', 'echo "Redis server v=6.0.16 sha=00000000:0"');
  const { status, said } = setUp();
  expect(status).toBe(1);
  expect(said).toContain('The redis-server on PATH is 6.0.16.');
});

test('the demo needs no server of its own where REDIS_URL names one, and the tests do', () => {
  expect(setUp({ REDIS_URL: 'redis://a' }, '--unless-redis-url').status).toBe(0);
  expect(setUp({ REDIS_URL: ' ' }, '--unless-redis-url').status).toBe(1);
  expect(setUp({ REDIS_URL: 'redis://a' }).status).toBe(1);
});
