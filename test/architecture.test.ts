import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { readSources, type SourceFile, specifiersIn } from './support/imports.ts';

/** From the top down. Folders on one step do not import each other. */
const STEPS: readonly (readonly string[])[] = [
  ['main', 'index', 'client'],
  ['cli'],
  ['server'],
  ['desk'],
  ['queue'],
  ['send', 'feedback', 'dmarc'],
  ['guard', 'audience', 'identity', 'suppression', 'log'],
  ['bigquery'],
  ['config'],
  ['core'],
];

/** Beside the steps: an SES that stands in for the real one must not know what it is tested with. */
const SANDBOX = 'sandbox';

/** Fewer can't be all of them; then this test reads the wrong files, or reads them wrongly. */
const IMPORTS_MIN = 300;

/** Whoever can't wait for an import names the function as it is always named, so that what it is called with is seen. */
const REQUIRE =
  /^import \{ createRequire \} from 'node:module';|\bconst require = createRequire\(import\.meta\.url\);/gm;

const sources = readSources('src/**/*.ts');

/** What a test may wait by: helpers that know no time of their own. */
const HASTE = /\bvi\.waitFor\(|\.poll\([^;]*?\btimeout:|^\}, \d{1,2}_\d{3}\);$/m;

test('no test waits for less than all do, so that a busy machine fails none', () => {
  const hasty = readSources('test/**/*.ts').filter(
    ({ path, source }) => path !== 'test/support/eventually.ts' && HASTE.test(source),
  );
  expect(paths(hasty)).toEqual([]);
});

describe('imports', () => {
  test('go down only, and not between folders on one step', () => {
    const judged = sources.flatMap((file) =>
      file.imports.filter((path) => path.startsWith('src/')).map((path) => [file.path, path]),
    );
    const wrong = judged.filter(([from = '', to = '']) => !mayImport(from, to));
    expect(wrong).toEqual([]);
    expect(judged.length).toBeGreaterThan(IMPORTS_MIN);
  });

  test('stay in src', () => {
    const leaving = importsThat((path) => /^(\.\.|test|bench|scripts|bin|dist)\//.test(path));
    expect(leaving).toEqual([]);
  });

  test('are literal, so that none is overlooked', () => {
    const dynamic = sources.filter(({ source }) =>
      /(?<!\.)\bimport\s*\(\s*[^'"`\s]|\brequire\([^'"`]|\bcreateRequire\b/.test(source.replace(REQUIRE, '')),
    );
    expect(paths(dynamic)).toEqual([]);
  });

  test('of the sandbox are in cli/wire.ts and in tests only', () => {
    const outside = [...sources, ...readSources('bench/**/*.ts')].filter(
      (file) =>
        !file.path.startsWith('src/sandbox/') && file.imports.some((path) => path.startsWith('src/sandbox/')),
    );
    expect(paths(outside)).toEqual(['src/cli/wire.ts']);
  });

  test('of pino are in core/logger.ts: the rest knows our own narrow Logger', () => {
    expect(paths(sources.filter(({ imports }) => imports.some((path) => /^pino(-|$)/.test(path))))).toEqual([
      'src/core/logger.ts',
    ]);
  });

  test('in every folder have a step in this order', () => {
    const known = [...STEPS.flat(), SANDBOX];
    expect(sources.map(({ path }) => folderOf(path)).filter((folder) => !known.includes(folder))).toEqual([]);
  });
});

/** With what they load in their turn; what is imported as a type, or when it is first called, is not. */
function loadedBy(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const source = sources.find((file) => file.path === path)?.source.replaceAll(/^import type [^;]*;/gm, '');
  const atOnce = /^(?:import|export)\b[^;]*?\bfrom '(?<specifier>[^']+)'/gm;
  for (const { groups } of source?.matchAll(atOnce) ?? []) {
    const specifier = groups?.['specifier'] ?? '';
    loadedBy(specifier.startsWith('.') ? join(dirname(path), specifier) : specifier, seen);
  }
  return seen;
}

describe('a command that is run a hundred times an hour', () => {
  test.each(['status', 'steer', 'guard', 'project'])(
    '%s starts without the queue, the templates and the lists',
    (command) => {
      const loaded = loadedBy(`src/cli/${command}.ts`);
      expect(loaded).toContain('ioredis');
      const heavy = [
        'bullmq',
        'handlebars',
        'html-to-text',
        'htmlparser2',
        'csv-parse',
        'pino-pretty',
        'fastify',
      ];
      expect(heavy.filter((name) => loaded.has(name))).toEqual([]);
    },
  );
});

describe('what comes from outside comes in as an argument', () => {
  test('only config/load.ts reads the environment', () => {
    expect(
      paths(
        sources.filter(({ source }) =>
          /\bprocess\s*(\?\.|\.|\[)\s*['"]?env\b|\benv\b[^;]*from 'node:process'/.test(source),
        ),
      ),
    ).toEqual(['src/config/load.ts']);
  });

  test('only core, cli and the sandbox look at the clock or throw dice', () => {
    const looking = sources.filter(
      ({ path, source }) =>
        !/^src\/(core|cli|sandbox)\//.test(path) &&
        /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(/.test(source),
    );
    expect(paths(looking)).toEqual([]);
  });

  test('only core/redis.ts makes connections to Redis', () => {
    const connecting = sources.filter(({ source }) => /\bnew (Redis|Cluster)\(/.test(source));
    expect(paths(connecting)).toEqual(['src/core/redis.ts']);
  });
});

describe('this test sees', () => {
  test.each([
    ["import { a } from './a.ts';", ['./a.ts']],
    ["import type { A } from '../log/a.ts';", ['../log/a.ts']],
    ["import a, * as b from './a.ts';", ['./a.ts']],
    ["import {\n  a,\n  type B,\n} from './a.ts';\nimport b from 'b';", ['./a.ts', 'b']],
    ['import { a } from "./a.ts"', ['./a.ts']],
    ["import './effect.ts';", ['./effect.ts']],
    ["export * from './a.ts';\nexport { type B, c as d } from './b.ts';", ['./a.ts', './b.ts']],
    ["const a = await import('./a.ts');", ['./a.ts']],
    ["let a: import('./a.ts').A;", ['./a.ts']],
    ["const a = require('./a.cjs');", ['./a.cjs']],
    ["import data from './a.json' with { type: 'json' };", ['./a.json']],
  ])('%j', (source, expected) => {
    expect(specifiersIn(source)).toEqual(expected);
  });

  test.each([
    ["// import { a } from './a.ts';"],
    ["/**\n * import { a } from './a.ts';\n */"],
    ["export const from = 'a';"],
    ["export function a(from: string) {\n  return 'b';\n}"],
    ["const url = new URL('./claim.lua', import.meta.url);"],
  ])('no import in %j', (source) => {
    expect(specifiersIn(source)).toEqual([]);
  });

  test.each([
    ['src/send/a.ts', 'src/suppression/b.ts', true],
    ['src/send/a.ts', 'src/send/b.ts', true],
    ['src/main.ts', 'src/cli/a.ts', true],
    ['src/cli/wire.ts', 'src/sandbox/server.ts', true],
    ['src/sandbox/a.ts', 'src/core/b.ts', true],
    ['src/core/a.ts', 'src/config/b.ts', false],
    ['src/suppression/a.ts', 'src/log/b.ts', false],
    ['src/send/a.ts', 'src/feedback/b.ts', false],
    ['src/dmarc/a.ts', 'src/identity/b.ts', true],
    ['src/dmarc/a.ts', 'src/send/b.ts', false],
    ['src/send/a.ts', 'src/queue/b.ts', false],
    ['src/queue/a.ts', 'src/index.ts', false],
    ['src/sandbox/a.ts', 'src/config/b.ts', false],
    ['src/nowhere/a.ts', 'src/core/b.ts', false],
  ])('whether %s may import %s: %s', (from, to, expected) => {
    expect(mayImport(from, to)).toBe(expected);
  });
});

function mayImport(from: string, to: string): boolean {
  const [fromFolder, toFolder] = [folderOf(from), folderOf(to)];
  if (fromFolder === toFolder) return true;
  if (fromFolder === SANDBOX) return toFolder === 'core';
  // Who may import the sandbox is a matter of files, with a test of its own.
  if (toFolder === SANDBOX) return fromFolder === 'cli';
  const [fromStep, toStep] = [stepOf(fromFolder), stepOf(toFolder)];
  return fromStep >= 0 && toStep > fromStep;
}

function stepOf(folder: string): number {
  return STEPS.findIndex((step) => step.includes(folder));
}

/** `src/log/row.ts` is in `log`; `src/main.ts` stands for itself. */
function folderOf(path: string): string {
  return /^src\/([\w-]+)/.exec(path)?.[1] ?? path;
}

function importsThat(match: (path: string) => boolean): string[] {
  return sources.flatMap((file) => file.imports.filter(match).map((path) => `${file.path} imports ${path}`));
}

function paths(files: readonly SourceFile[]): string[] {
  return files.map(({ path }) => path);
}
