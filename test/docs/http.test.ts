import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { SluiceClient } from '../../src/client/index.ts';
import { campaignSchema } from '../../src/queue/campaign.ts';
import { reportXml } from '../dmarc/reports.ts';
import { codeBlocks, codeSpans, readDoc, tableRows } from '../support/markdown.ts';
import { openApi } from '../support/openapi.ts';
import { TOKEN, useSluiceServer } from '../support/sluice-server.ts';

const run = promisify(execFile);
const doc = readDoc('docs/http.md');
const server = useSluiceServer();
const [campaign = ''] = codeBlocks(doc, 'json');
/** What is to be typed, each with the answer that stands below it, where one does. */
const shown = [
  ...doc.matchAll(/^```sh\n([\s\S]*?)^```\n+(?:[^\n#]+:\n\n)?(?:```json\n([\s\S]*?)^```)?/gm),
].map(([, command = '', answer]) => ({ command, answer }));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-http-'));
  writeFileSync(join(folder, 'campaign.json'), campaign);
  writeFileSync(join(folder, 'people.csv'), 'email,name\nanna@example.com,Anna\n');
  writeFileSync(join(folder, 'report.xml.gz'), gzipSync(reportXml({ begin: Date.UTC(2025, 8, 10) })));
  writeFileSync(join(folder, 'bounced.csv'), 'email\ncarl@example.com\nno address\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of which the page shows how it is paused. */
async function scheduleWinter(): Promise<void> {
  const client = new SluiceClient({ url: server.base, token: TOKEN });
  const winter = { ...campaignSchema.parse(JSON.parse(campaign)), id: '2026-12-winter' };
  await client.campaigns.send({ ...winter, sendAt: '2999-12-01T09:00:00+09:00' });
}

test('what the page shows is done as it says, from the first command to the last', async () => {
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter(({ answer }) => answer !== undefined).length).toBeGreaterThan(5);
  await scheduleWinter();
  for (const { command, answer } of shown) {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', command], {
      cwd: folder,
      env: { PATH: process.env['PATH'], SLUICE_URL: server.base, SLUICE_API_TOKEN: TOKEN },
    });
    if (answer !== undefined) expect(JSON.parse(stdout), command).toMatchObject(JSON.parse(answer));
    else if (command.includes('/events')) expect(stdout).toMatch(/^event: end$/m);
    else expect(stdout, command).not.toContain('"errors"');
  }
});

test('its program does what it says', async () => {
  const [program = ''] = codeBlocks(doc, 'ts');
  const path = join(folder, 'program.ts');
  const client = new URL('../../src/client/index.ts', import.meta.url).href;
  writeFileSync(path, program.replace("'sluice/client'", `'${client}'`));
  const env = { PATH: process.env['PATH'], SLUICE_URL: server.base, SLUICE_API_TOKEN: TOKEN };
  const { stdout, stderr } = await run(process.execPath, [path], { env });
  expect([stdout.trim().split('\n').at(-1), stderr]).toEqual(['finished 1', '']);
});

test('its table has every status that the API says it answers, and 500', async () => {
  const told = tableRows(doc, 'status').flatMap((row) => (row['status'] ?? '').split(', '));
  const { paths } = await openApi();
  const answered = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ responses }) => Object.keys(responses))
    .filter((status) => !status.startsWith('2'));
  expect([...new Set(answered)].filter((status) => !told.includes(status))).toEqual([]);
  expect(told).toContain('500');
});

test('the routes that it names are routes that there are', async () => {
  const routes = Object.keys((await openApi()).paths);
  const named = codeSpans(doc.replaceAll(/^```[\s\S]*?^```$/gm, '')).flatMap(
    (code) => /(\/v1\/[^\s?]+)/.exec(code)?.[1] ?? [],
  );
  const known = [...routes, '/v1/openapi.json', '/v1/docs'];
  expect(
    z
      .array(z.string())
      .min(3)
      .parse(named)
      .filter((path) => !known.includes(path)),
  ).toEqual([]);
});
