import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';

/* No Docker here: what can be said of the image without building it. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const instructions = readFileSync(`${ROOT}Dockerfile`, 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return { name, rest: rest.replaceAll(/\s+/g, ' ') };
  });
const of = (name: string) => instructions.filter((each) => each.name === name).map(({ rest }) => rest);

/** Sources that come from the context, not from another stage. */
const copied = of('COPY')
  .filter((rest) => !rest.startsWith('--from='))
  .flatMap((rest) => rest.split(' ').slice(0, -1));

test('all that it copies is there', () => {
  expect(copied.length).toBeGreaterThan(5);
  expect(copied.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});

test('the build context holds exactly what it copies', () => {
  const [first, ...kept] = readFileSync(`${ROOT}.dockerignore`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(first).toBe('*');
  expect(kept.map((line) => line.replace(/^!/, '')).toSorted()).toEqual([...new Set(copied)].toSorted());
});

test('all stages that it copies from are there', () => {
  const stages = of('FROM').flatMap((rest) => / AS (\w+)$/.exec(rest)?.[1] ?? []);
  const from = of('COPY').flatMap((rest) => /^--from=(\w+)/.exec(rest)?.[1] ?? []);
  expect(from.length).toBeGreaterThan(0);
  expect(from.filter((stage) => !stages.includes(stage))).toEqual([]);
});

test('its Node is the one that the project is tested with', () => {
  const Manifest = z.object({ devDependencies: z.object({ node: z.string() }) });
  const manifest = Manifest.parse(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')));
  const [major] = manifest.devDependencies.node.split('.');
  for (const image of of('FROM')) expect(image).toMatch(new RegExp(`^node:${major}-.*slim`));
});

test('it runs as nobody special, with production packages only', () => {
  expect(of('USER')).toEqual(['node']);
  expect(of('RUN').filter((rest) => rest.startsWith('npm ci --omit=dev'))).toHaveLength(1);
});

test('signals reach the program: both are in exec form', () => {
  for (const name of ['ENTRYPOINT', 'CMD']) {
    const [form = ''] = of(name);
    expect(z.array(z.string()).parse(JSON.parse(form))).not.toContain('sh');
  }
});

test('the package holds what the image takes beside dist', () => {
  const { files } = z
    .object({ files: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')));
  expect(files).toContain('bin');
  expect(files).toContain('samples/newsletter.html');
});
