import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sluice } from '../support/cli.ts';
import { useRedis } from '../support/redis.ts';

const BIN = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url));
const server = useRedis();

const campaign = {
  id: 'watched',
  sender: { from: 'news@example.co.jp' },
  content: { subject: 'News', text: 'News {{unsubscribeUrl}}' },
  audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
};

test('Ctrl-C in `send --wait` says that the campaign goes on, and leaves it alone', async () => {
  const env = { PATH: process.env['PATH'] ?? '', REDIS_URL: server.url };
  const child = spawn(process.execPath, [BIN, 'send', '-', '--wait'], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdin.end(JSON.stringify(campaign));
  await expect.poll(() => said).toContain('queued');
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect(said).toContain('watched goes on; `sluice status watched --watch` follows it');
  expect(code).toBe(130);
  const status = await sluice(['status', 'watched', '--json'], { REDIS_URL: server.url });
  expect(JSON.parse(status.stdout)).toMatchObject({ state: 'queued' });
});
