import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/schema.ts';
import { codeSpans, readDoc, tableRows } from '../support/markdown.ts';

const doc = readDoc('docs/settings.md');
const rows = tableRows(doc, 'variable').map((row) => ({
  name: codeSpans(row['variable'] ?? '').join(),
  mayBe: row['may be'] ?? '',
  byDefault: codeSpans(row['default'] ?? '').join(),
}));

/** What the program says of a value that is certainly wrong; null where any text will do. */
function messageOf(name: string): string | null {
  const issues = settings.safeParse({ [name]: '\u0001\u0001' }).error?.issues ?? [];
  return issues.find(({ path }) => path[0] === name)?.message ?? null;
}

const known = Object.keys(settings.shape).map((name) => ({ name, message: messageOf(name) }));

test('every setting that there is has its row, and no other', () => {
  expect(rows.map(({ name }) => name).toSorted()).toEqual(known.map(({ name }) => name).toSorted());
});

test.each(known)('what $name may be is said in the words of the program', ({ name, message }) => {
  const row = rows.find((each) => each.name === name);
  expect(`it may be ${row?.mayBe}`).toBe(message ?? 'it may be the path of a folder');
});

test.each(known)('the default of $name is that of the program', ({ name }) => {
  const row = rows.find((each) => each.name === name);
  const value: unknown = Object.entries(settings.parse({})).find(([key]) => key === name)?.[1];
  const isNone = value === undefined || (Array.isArray(value) && value.length === 0);
  if (row?.byDefault.startsWith('./')) expect(resolve(row.byDefault)).toBe(value);
  else if (Array.isArray(value)) expect(row?.byDefault).toBe(value.join(','));
  else expect(row?.byDefault).toBe(isNone ? '' : typeof value === 'string' ? value : JSON.stringify(value));
});
