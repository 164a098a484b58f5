import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { commandLineProblem, commandLines } from '../support/command-lines.ts';
import { codeBlocks, codeSpans, readDoc } from '../support/markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const docs = [
  'README.md',
  'CONTRIBUTING.md',
  'ops/terraform/README.md',
  ...globSync('docs/**/*.md', { cwd: ROOT }),
];

// Every command is loaded once, which takes a while on a busy machine.
beforeAll(async () => {
  await buildProgram();
});

test('all pages are looked at', () => {
  expect(docs.length).toBeGreaterThan(5);
});

test.each(docs)('the commands in %s are commands that there are', async (path) => {
  const doc = readDoc(path);
  const shown = codeBlocks(doc, 'sh', 'shell', 'bash').flatMap(commandLines);
  const problems: (string | null)[] = [];
  for (const line of shown) problems.push(commandLineProblem(await buildProgram(), line));
  expect(problems.filter((problem) => problem !== null)).toEqual([]);
});

test.each(docs)('the commands that %s names in its text are commands that there are', async (path) => {
  const program = await buildProgram();
  const prose = readDoc(path).replaceAll(/^```[\s\S]*?^```$/gm, '');
  const named = codeSpans(prose).flatMap(
    (code) => /^(?:npx )?sluice ((?:[a-z-]+ ?)+)/.exec(code)?.[1]?.trim() ?? [],
  );
  const unknown = named.filter((words) => {
    const [name, inner] = words.split(' ');
    const command = program.commands.find((each) => each.name() === name);
    return (
      !command ||
      (command.commands.length > 0 &&
        inner !== undefined &&
        !command.commands.some((each) => each.name() === inner))
    );
  });
  expect(unknown).toEqual([]);
});

test.each(docs)('the links of %s to files of this project lead somewhere', (path) => {
  const links = [...readDoc(path).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  const files = links.filter((target) => !/^[a-z]+:/.test(target));
  expect(files.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
});

/** As GitHub makes it of a heading. */
function anchorsOf(path: string): string[] {
  const prose = readDoc(path).replaceAll(/^```[\s\S]*?^```$/gm, '');
  const seen = new Map<string, number>();
  return [...prose.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

test.each(docs)('the links of %s into pages lead to a heading', (path) => {
  const links = [...readDoc(path).matchAll(/\]\(([^)#:]*\.md)?#([^)]+)\)/g)];
  const lost = links.filter(([, file, anchor = '']) => {
    const page = file === undefined ? path : join(dirname(path), file);
    return existsSync(join(ROOT, page)) && !anchorsOf(page).includes(anchor);
  });
  expect(lost.map(([link]) => link)).toEqual([]);
});
