import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { settings } from '../../src/config/schema.ts';
import { NEEDED_EVENT_TYPES } from '../../src/identity/event-types.ts';
import { type HclBlock, type HclFile, hclReader } from '../support/hcl.ts';

const ROOT = fileURLToPath(new URL('../../ops/', import.meta.url));
const paths = globSync('terraform/**/*.{tf,tftest.hcl}', { cwd: ROOT }).toSorted();
const folders = [...new Set(paths.map((path) => dirname(path)))];
const files = new Map<string, HclFile>();

beforeAll(async () => {
  const read = await hclReader();
  for (const path of paths) files.set(path, read(join(ROOT, path)));
});

test('all modules are looked at', () => {
  expect(folders).toEqual(['aws', 'example', 'google', 'policies'].map((name) => `terraform/${name}`));
});

test.each(paths)('%s is written in the language of Terraform', (path) => {
  expect(files.get(path)?.mistakes).toEqual([]);
  expect(files.get(path)?.blocks.length).toBeGreaterThan(0);
});

test.each(folders)('every variable of %s is used, and every one that is used is there', (folder) => {
  const declared = named(folder, 'variable');
  const used = references(folder).flatMap(([root, name = '']) => (root === 'var' ? [name] : []));
  expect([...new Set(used)].toSorted()).toEqual(declared.toSorted());
});

test.each(folders)('everything that %s refers to is there', (folder) => {
  const locals = blocks(folder).flatMap((block) =>
    block.type === 'locals' ? [...block.attributes.keys()] : [],
  );
  const resources = blocks(folder)
    .filter(({ type }) => type === 'resource')
    .map(placeOf);
  const data = blocks(folder)
    .filter(({ type }) => type === 'data')
    .map(placeOf);
  const lost = references(folder).filter(([root = '', name = '', field = '']) => {
    if (root === 'local') return !locals.includes(name);
    if (root === 'data') return !data.includes(`${name}.${field}`);
    if (root === 'module') return !named(sourceOf(folder, name), 'output').includes(field);
    return /^(aws|google)_/.test(root) && !resources.includes(`${root}.${name}`);
  });
  expect(lost).toEqual([]);
});

test.each(folders)(
  'the modules that %s calls get what they need, and nothing that they do not know',
  (folder) => {
    for (const { labels, attributes } of blocks(folder).filter(({ type }) => type === 'module')) {
      const inner = sourceOf(folder, labels[0] ?? '');
      const given = [...attributes.keys()].filter((name) => name !== 'source');
      const needed = blocks(inner).filter(
        (block) => block.type === 'variable' && !block.attributes.has('default'),
      );
      expect(named(inner, 'variable')).toEqual(expect.arrayContaining(given));
      expect(given).toEqual(expect.arrayContaining(needed.flatMap((block) => block.labels)));
    }
  },
);

test.each(folders)('everything that can be set in %s, and that comes out of it, is described', (folder) => {
  const silent = blocks(folder).filter(
    (block) => /^(variable|output)$/.test(block.type) && !block.attributes.has('description'),
  );
  expect(silent).toEqual([]);
});

test('what comes out as environment are settings of Sluice', () => {
  const known = [...Object.keys(settings.shape), 'GOOGLE_CLOUD_PROJECT'];
  for (const folder of ['terraform/aws', 'terraform/google']) {
    const output = blocks(folder).find(
      ({ type, labels }) => type === 'output' && labels[0] === 'environment',
    );
    const names = [...(output?.attributes.get('value') ?? '').matchAll(/^\s+(\w+)\s+=/gm)].map(
      ([, name]) => name,
    );
    expect(names.length).toBeGreaterThan(2);
    expect(known).toEqual(expect.arrayContaining(names));
  }
});

test('SES publishes the events that Sluice lives by', () => {
  const needed = blocks('terraform/aws')
    .find((block) => block.attributes.has('needed'))
    ?.attributes.get('needed');
  expect(JSON.parse(needed ?? '')).toEqual([...NEEDED_EVENT_TYPES]);
});

test('the event destination has the name that `sluice setup` looks for', () => {
  const place = 'aws_sesv2_configuration_set_event_destination.sluice';
  const destination = blocks('terraform/aws').find((block) => placeOf(block) === place);
  const source = readFileSync(join(ROOT, '../src/send/configuration-set.ts'), 'utf8');
  expect(source).toContain(
    `const DESTINATION = '${destination?.attributes.get('event_destination_name')?.replaceAll('"', '')}'`,
  );
});

test('every placeholder of a policy is filled in', () => {
  const filled = blocks('terraform/policies').flatMap(({ attributes }) => [
    ...(attributes.get('names') ?? '').matchAll(/^\s+(\w+)\s+=/gm),
  ]);
  for (const path of globSync('aws/*.json', { cwd: ROOT })) {
    const wanted = [...readFileSync(join(ROOT, path), 'utf8').matchAll(/\$\{(\w+)\}/g)].map(
      ([, name]) => name,
    );
    expect(filled.map(([, name]) => name)).toEqual(expect.arrayContaining(wanted));
  }
});

function blocks(folder: string): HclBlock[] {
  return [...files].flatMap(([path, file]) =>
    dirname(path) === folder && path.endsWith('.tf') ? file.blocks : [],
  );
}

/** Without those of tests, which name variables as they set them. */
function references(folder: string): (readonly string[])[] {
  return [...files].flatMap(([path, file]) =>
    dirname(path) === folder && path.endsWith('.tf') ? file.references : [],
  );
}

function named(folder: string, kind: string): string[] {
  return blocks(folder).flatMap(({ type, labels }) => (type === kind ? labels : []));
}

function placeOf({ labels }: HclBlock): string {
  return labels.join('.');
}

/** The folder of a module that is called. */
function sourceOf(folder: string, name: string): string {
  const call = blocks(folder).find(({ type, labels }) => type === 'module' && labels[0] === name);
  return normalize(join(folder, call?.attributes.get('source')?.replaceAll('"', '') ?? ''));
}
