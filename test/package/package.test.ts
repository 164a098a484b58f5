import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { codeBlocks, readDoc } from '../support/markdown.ts';
import { useRedis } from '../support/redis.ts';

/*
 * The package as others get it: packed, installed in an empty project elsewhere, and used from there. Packages come from
 * npm's cache where it has them, and from the registry where it has not.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const Manifest = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });
const manifest = Manifest.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
const Packed = z.array(
  z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string() })) }),
);

const server = useRedis();
let folder = '';
let app = '';
let packed: z.infer<typeof Packed>[number] = { filename: '', size: 0, files: [] };
/** What the compiler says of the TypeScript programs, a line for each mistake: it reads all libraries, so it runs once for all of them. */
let mistakes: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-package-'));
  app = join(folder, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
  const { stdout } = await done('npm', ['pack', '--json', '--pack-destination', folder], ROOT);
  const [first] = Packed.parse(JSON.parse(stdout.slice(stdout.indexOf('['))));
  if (first) packed = first;
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await done('npm', ['install', ...quiet, join(folder, packed.filename)], app);
  for (const [name, program] of Object.entries(typed)) writeFileSync(join(app, name), program);
  mistakes = await mistakesIn(...Object.keys(typed));
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it holds what is read at run time, and neither sources nor tests', () => {
  const paths = packed.files.map(({ path }) => path);
  const beside = globSync('src/**/*.{lua,css,js,svg}', { cwd: ROOT }).map((path) =>
    path.replace(/^src/, 'dist'),
  );
  expect(beside).toEqual(
    expect.arrayContaining(['dist/send/claim.lua', 'dist/server/console/assets/console.css']),
  );
  expect(paths).toEqual(
    expect.arrayContaining([
      ...beside,
      'bin/sluice.js',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/client/index.js',
      'dist/client/index.d.ts',
      'dist/main.js',
      'dist/campaign.schema.json',
      'samples/newsletter.html',
      'docs/settings.md',
      'ops/aws/worker.json',
      'ops/grafana/sluice.json',
      'ops/prometheus/alerts.yml',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
    ]),
  );
  const others = paths.filter(
    (path) => !/^(bin|dist|docs|ops|samples)\/|^[A-Z]+(\.md)?$|^package\.json$/.test(path),
  );
  expect(others).toEqual([]);
  expect(paths.filter((path) => /(?<!\.d)\.ts$/.test(path))).toEqual([]);
  expect(paths.filter((path) => path.endsWith('.png'))).toEqual([]);
  expect(packed.size).toBeLessThan(1_200_000);
});

const CAMPAIGN = `{
  id: process.argv[2] ?? '',
  sender: { from: 'news@example.co.jp' },
  content: { subject: 'Hi {{name}}', text: 'Hi {{name}} {{unsubscribeUrl}}' },
  audience: { kind: 'inline', recipients: [{ email: 'anna@example.com', data: { name: 'Anna' } }] },
}`;

const programs = [
  ...codeBlocks(readDoc('docs/schedulers.md'), 'ts'),
  ...codeBlocks(readDoc('docs/http.md'), 'ts'),
];

const typed: Readonly<Record<string, string>> = {
  'typed.ts': `import { type CampaignInput, type Enqueued, enqueueCampaign } from 'sluice';
const campaign: CampaignInput = ${CAMPAIGN};
const enqueued: Enqueued = await enqueueCampaign(campaign, { redis: process.env['REDIS_URL'] ?? '' });
console.log(enqueued.kind);`,
  'wrong.ts': `import { type CampaignInput, enqueueCampaign } from 'sluice';
const campaign: CampaignInput = { ...${CAMPAIGN}, category: 'spam' };
const { kind } = await enqueueCampaign(campaign, { redis: 6379 });
console.log(kind === 'sent');`,
  ...Object.fromEntries(programs.map((program, index) => [`shown-${index}.ts`, program])),
};

test('a TypeScript program that uses it is checked with its types, and enqueues', async () => {
  expect(mistakes.filter((line) => !/^(wrong|shown-\d+)\.ts\(/.test(line))).toEqual([]);
  expect((await done(process.execPath, ['typed.ts', 'from-typescript'], app)).stdout).toBe('accepted\n');
  expect(await waiting()).toContain('from-typescript');
});

test('the programs in the pages for schedulers are right by its types', () => {
  expect(programs.length).toBeGreaterThan(3);
  expect(mistakes.filter((line) => line.startsWith('shown-'))).toEqual([]);
});

test('its types see mistakes', () => {
  expect(mistakes.filter((line) => line.startsWith('wrong.ts('))).toHaveLength(3);
});

test('a plain JavaScript program enqueues, the same campaign once', async () => {
  writeFileSync(
    join(app, 'plain.js'),
    `import { enqueueCampaign } from 'sluice';
const campaign = ${CAMPAIGN};
for (let time = 1; time <= 2; time += 1) {
  const { id, kind } = await enqueueCampaign(campaign, { redis: process.env.REDIS_URL });
  console.log(id, kind);
}`,
  );
  const { stdout } = await done(process.execPath, ['plain.js', 'from-javascript'], app);
  expect(stdout).toBe('from-javascript accepted\nfrom-javascript known\n');
  expect(await waiting()).toEqual(['from-javascript']);
});

test('a mistake is an InputFault that names every problem', async () => {
  writeFileSync(
    join(app, 'mistaken.js'),
    `import { enqueueCampaign, InputFault } from 'sluice';
const campaign = { ...${CAMPAIGN}, content: { subject: 'Hi {{name', text: 'x' }, colour: 'red' };
await enqueueCampaign(campaign, { redis: process.env.REDIS_URL }).catch((thrown) => {
  console.log(thrown instanceof InputFault, thrown.code, thrown.problems.join());
});`,
  );
  const { stdout } = await done(process.execPath, ['mistaken.js', 'wrong'], app);
  expect(stdout).toMatch(/^true INPUT colour: is not a field of a campaign/);
  expect(await waiting()).toEqual([]);
});

test('a program that enqueues loads none of what only a worker needs', async () => {
  writeFileSync(
    join(app, 'loaded.js'),
    `import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
const { enqueueCampaign } = await import('sluice');
await enqueueCampaign(${CAMPAIGN}, { redis: process.env.REDIS_URL });
console.log(JSON.stringify(urls));`,
  );
  const { stdout } = await done(process.execPath, ['loaded.js', 'from-loaded'], app);
  const packages = z
    .array(z.string())
    .parse(JSON.parse(stdout))
    .flatMap((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const ours = Object.keys(manifest.dependencies).filter((name) => packages.includes(name));
  expect(ours).toEqual(['bullmq', 'handlebars', 'html-to-text', 'htmlparser2', 'ioredis', 'zod']);
  expect(
    packages.filter((name) => /^@(aws-sdk|smithy|duckdb|google-cloud|opentelemetry)\//.test(name)),
  ).toEqual([]);
});

test('the client loads nothing but itself', async () => {
  writeFileSync(
    join(app, 'client.js'),
    `import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
const { SluiceClient } = await import('sluice/client');
console.log(JSON.stringify([typeof SluiceClient, ...urls]));`,
  );
  const { stdout } = await done(process.execPath, ['client.js'], app);
  const [type, ...urls] = z.array(z.string()).parse(JSON.parse(stdout));
  expect(type).toBe('function');
  expect(urls.length).toBeGreaterThan(5);
  expect(urls.filter((url) => !url.includes('/sluice/dist/client/'))).toEqual([]);
});

test('the JSON Schema of a campaign can be imported', async () => {
  writeFileSync(
    join(app, 'schema.js'),
    `import schema from 'sluice/campaign.schema.json' with { type: 'json' };
import { campaignJsonSchema } from 'sluice';
import { deepStrictEqual } from 'node:assert';
deepStrictEqual(schema, JSON.parse(JSON.stringify(campaignJsonSchema())));
console.log(schema.$defs.campaign.title);`,
  );
  expect((await done(process.execPath, ['schema.js'], app)).stdout).toBe('Sluice campaign\n');
});

test('its command runs: version, status, completion', async () => {
  expect((await done('npx', ['sluice', '--version'], app)).stdout).toBe(`${manifest.version}\n`);
  const { stdout } = await done('npx', ['sluice', 'status', '--json'], app);
  expect(JSON.parse(stdout)).toEqual([]);
  expect((await done('npx', ['sluice', 'completion', 'bash'], app)).stdout).toContain(
    'complete -F _sluice sluice',
  );
});

test('its server has the console, the page of the API, and the board of the queues, with all that they load', async () => {
  const { base, end } = await up();
  try {
    for (const path of ['/', '/new-campaign', '/queues', '/v1/docs']) {
      const page = await fetch(base + path);
      expect(page.status, path).toBe(200);
      const files = filesOf(await page.text(), page.url);
      expect(files.length, path).toBeGreaterThan(1);
      for (const file of files) expect((await fetch(file)).status, file).toBe(200);
    }
    const described: unknown = await (await fetch(`${base}/v1/openapi.json`)).json();
    expect(described).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
    expect(await (await fetch(`${base}/metrics`)).text()).toContain('sluice_workers{role="send"} 1');
  } finally {
    await end();
  }
});

/** `sluice up` of the installed package. */
async function up(): Promise<{ base: string; end: () => Promise<void> }> {
  const env = { ...outerEnvironment(), REDIS_URL: server.url, SLUICE_PORT: '0' };
  const bin = join(app, 'node_modules/sluice/bin/sluice.js');
  const child = spawn(process.execPath, [bin, 'up'], { cwd: app, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  const base = new Promise<string>((found, failed) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, url] = /The console is at (http:\S+)\.\n/.exec(said) ?? [];
      if (url !== undefined) found(url);
    });
    void ended.then(() => failed(new Error(`sluice up ended: ${said}`)));
  });
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { base: await base, end };
}

/** What a page loads: scripts, styles, icons. */
function filesOf(html: string, url: string): string[] {
  const [, base = url] = /<base href="([^"]+)"/.exec(html) ?? [];
  const found = [...html.matchAll(/<(?:script|link|img)\b[^>]*?\s(?:src|href)="([^"]+)"/g)];
  return found.map(([, path = '']) => new URL(path, new URL(base, url)).href);
}

async function waiting(): Promise<(string | undefined)[]> {
  const queue = new Queue('campaigns', { connection: server.redis, prefix: '{sluice}' });
  const jobs = await queue.getJobs(['waiting', 'prioritized']);
  await queue.close();
  return jobs.map(({ id }) => id);
}

/** All of it, libraries included; `@types/node` is the one thing that a TypeScript project of Node's has anyway. */
async function mistakesIn(...files: readonly string[]): Promise<string[]> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ];
  const node = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const { stdout } = await run(process.execPath, [compiler, ...strict, ...node, ...files], app);
  // What belongs to a mistake follows it, indented.
  return stdout.split('\n').filter((line) => /^\S/.test(line));
}

async function done(command: string, args: readonly string[], cwd: string): ReturnType<typeof run> {
  const finished = await run(command, args, cwd);
  if (finished.code !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${finished.stdout}${finished.stderr}`);
  return finished;
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const env = { ...outerEnvironment(), PATH, REDIS_URL: server.url };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}

/** The machine's own (npm may need a proxy, certificates, a registry), without what is meant for this very process. */
function outerEnvironment(): NodeJS.ProcessEnv {
  const ours =
    /^(SLUICE_|AWS_|LOG_LEVEL|NODE_ENV|NODE_OPTIONS|VITEST|FORCE_COLOR|npm_(package|lifecycle|command)|npm_config_local_prefix)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
