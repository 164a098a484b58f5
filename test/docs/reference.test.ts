import { expect, test } from 'vitest';
import { referencePages } from '../../scripts/reference/pages.ts';
import { readDoc, tableRows } from '../support/markdown.ts';

test('the reference is as the code has it; `npm run docs` writes it', async () => {
  for (const [path, page] of await referencePages()) expect(readDoc(path), path).toBe(page);
});

test('every field of a campaign says what it means', () => {
  const rows = tableRows(readDoc('docs/reference/campaign.md'), 'field');
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter((row) => row['means'] === '' || row['may be'] === '')).toEqual([]);
});
