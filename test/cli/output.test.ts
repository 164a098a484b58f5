import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/eventually.ts';

const BIN = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url));
const ENV = { PATH: process.env['PATH'] ?? '', SLUICE_LOG_DIR: '/nowhere' };
/** More than any pipe holds. */
const MUCH = 'SELECT range AS n FROM range(200000)';

describe('a reader that goes away', () => {
  test.each([[['log', 'query', MUCH]], [['log', 'query', MUCH, '--json']]])(
    'ends %j quietly',
    async (args) => {
      const child = spawn(process.execPath, [BIN, ...args], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
      const said: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
      child.stdout.once('data', () => child.stdout.destroy());
      const [code] = await once(child, 'close');
      expect(Buffer.concat(said).toString()).toBe('');
      expect(code).toBe(141);
    },
  );

  test('of notes only keeps a command from nothing', async () => {
    const child = spawn(process.execPath, [BIN, 'log', 'query', 'SELEC 1'], {
      env: ENV,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.destroy();
    const [code] = await once(child, 'close');
    expect(code).toBe(2);
  });
});

test.skipIf(process.platform !== 'linux')('output that cannot be written is a failure', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', '"$@" > /dev/full', 'sh', process.execPath, BIN, '--help'],
    {
      env: ENV,
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    },
  );
  expect(stderr).toMatch(/^sluice: .*no space left on device/);
  expect(status).toBe(1);
});
