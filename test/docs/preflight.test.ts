import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CONTENT_CODES } from '../../src/queue/content-code.ts';
import { codeSpans, readDoc, tableRows } from '../support/markdown.ts';

const doc = readDoc('docs/preflight.md');
const rows = tableRows(doc, 'code').map((row) => ({
  code: codeSpans(row['code'] ?? '').join(),
  level: row['level'],
}));

/** Codes of a union in a source file. */
function codesIn(path: string): string[] {
  const source = readFileSync(fileURLToPath(new URL(`../../src/desk/${path}`, import.meta.url)), 'utf8');
  const union = /readonly code:([^;]+);/.exec(source)?.[1] ?? '';
  return [...union.matchAll(/'(\w+)'/g)].map(([, code = '']) => code);
}

test('every finding about the content is explained with its level, and no other', () => {
  const written = Object.entries(CONTENT_CODES).map(([code, { level }]) => ({ code, level }));
  const byCode = (a: { readonly code: string }, b: { readonly code: string }) => (a.code < b.code ? -1 : 1);
  expect(rows.filter(({ level }) => level !== undefined).toSorted(byCode)).toEqual(written.toSorted(byCode));
});

test('every reason for which a campaign would not be sent is explained, and no other', () => {
  const codes = codesIn('check-blockers.ts');
  expect(codes.length).toBeGreaterThan(3);
  expect(rows.flatMap(({ code, level }) => (level === undefined ? [code] : [])).toSorted()).toEqual(
    codes.toSorted(),
  );
});
