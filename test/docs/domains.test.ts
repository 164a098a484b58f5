import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeBlocks, readDoc } from '../support/markdown.ts';
import { useRedis } from '../support/redis.ts';

const BIN = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url));
const server = useRedis();
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-walk-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a fresh domain is taken from nothing to green and to a campaign that is sent, by the commands of docs/domains.md', async () => {
  const [, walk = ''] = /## Try it\n([\s\S]*)$/.exec(readDoc('docs/domains.md')) ?? [];
  const [commands = ''] = codeBlocks(walk, 'sh');
  writeFileSync(join(folder, 'campaign.json'), JSON.stringify(CAMPAIGN));
  writeFileSync(join(folder, 'sluice'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(join(folder, 'sluice'), 0o755);
  const port = await freePort();
  const script = `set -e\ntrap 'kill $(jobs -p); wait' EXIT\n${commands.replaceAll('4579', String(port))}`;
  const { code, said } = await bash(script);
  expect(code, said).toBe(0);
  expect(said).toMatch(/the records are missing/);
  expect(said).toMatch(/refused/);
  expect(said).toMatch(/news\.example\.com: ready to send/);
  expect(said).toMatch(/accepted by SES +2/);
  expect(readFileSync(join(folder, 'example.zone'), 'utf8')).toMatch(/_domainkey\.news\.example\.com\./);
});

const CAMPAIGN = {
  id: 'first',
  sender: { from: 'News <hello@news.example.com>' },
  content: {
    subject: 'はじめまして',
    html: '<p>{{name}} さん</p><p><a href="{{unsubscribeUrl}}">配信停止</a></p>',
  },
  audience: {
    kind: 'inline',
    recipients: [
      { email: 'a@example.net', data: { name: '花' } },
      { email: 'b@example.net', data: { name: '空' } },
    ],
  },
};

async function bash(script: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      REDIS_URL: server.url,
      LOG_LEVEL: 'warn',
    },
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, said: Buffer.concat(chunks).toString('utf8') };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
