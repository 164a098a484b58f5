import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { frameWords } from '../../src/server/console/words/frame.ts';
import { codeSpans, readDoc, tableRows } from '../support/markdown.ts';

const source = readFileSync(
  fileURLToPath(new URL('../../src/server/console/page.ts', import.meta.url)),
  'utf8',
);

test('every page that the console leads to is told of under its name and path', () => {
  const [, sections = ''] = /const SECTIONS: [^{]*\{([^}]*)\}/.exec(source) ?? [];
  const paths = new Map([...sections.matchAll(/(\w+): '([^']+)'/g)].map(([, name, path]) => [name, path]));
  const named = tableRows(readDoc('docs/console.md'), 'page').map((row) => [
    row['page'],
    codeSpans(row['at'] ?? '').join(),
  ]);
  const wanted = Object.entries(frameWords.en.sections).map(([name, title]) => [title, paths.get(name)]);
  expect(wanted.length).toBeGreaterThan(5);
  expect(named).toEqual(expect.arrayContaining(wanted));
});
