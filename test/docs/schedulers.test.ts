import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeBlocks, readDoc } from '../support/markdown.ts';
import { TOKEN, useSluiceServer } from '../support/sluice-server.ts';

const run = promisify(execFile);
const server = useSluiceServer();
const [, http = ''] = /## HTTP\n([\s\S]*?)\n## /.exec(readDoc('docs/schedulers.md')) ?? [];
const [send = '', upload = ''] = codeBlocks(http, 'sh');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-page-'));
  writeFileSync(join(folder, 'people.csv'), 'email,name\nanna@example.com,Anna\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the commands of the page for schedulers send a campaign by HTTP and upload a list, again and again', async () => {
  expect(await answer(send)).toMatchObject({ id: 'order-4711', kind: 'accepted' });
  expect(await answer(send)).toMatchObject({ kind: 'known' });
  const list = await answer(`${send}\n${upload}`);
  expect(list).toMatchObject({ name: 'people-2026-11.csv', kind: 'csv', isNew: true });
});

test('the routes that it names are those of the API', async () => {
  const described: unknown = await (
    await fetch(`${server.base}/v1/openapi.json`, { headers: { authorization: `Bearer ${TOKEN}` } })
  ).json();
  const text = JSON.stringify(described);
  const named = [...http.matchAll(/`(?:GET|POST) (\/v1\/[^`?]*)`/g)].map(([, path = '']) =>
    path.replace('ADDRESS', '{address}').replace('ID', '{id}'),
  );
  expect(named.length).toBeGreaterThan(4);
  for (const path of named) expect(text).toContain(`"${path}"`);
});

/** What the last command answers. */
async function answer(commands: string): Promise<unknown> {
  const script = `set -e\n${commands.replaceAll('http://localhost:3000', server.base)}`;
  const { stdout } = await run('bash', ['-c', script], {
    cwd: folder,
    env: { ...process.env, SLUICE_API_TOKEN: TOKEN },
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{"')));
}
