import { expect, test } from 'vitest';
import { nestsDeeper } from '../../src/server/json-body.ts';

const nested = (levels: number) => `${'{"a":['.repeat(levels / 2)}${']}'.repeat(levels / 2)}`;

test('levels are counted as JSON has them', () => {
  expect(nestsDeeper(nested(100), 100)).toBe(false);
  expect(nestsDeeper(nested(102), 100)).toBe(true);
  // Beside each other they are none below each other.
  expect(nestsDeeper(`[${'[],'.repeat(1_000)}{}]`, 2)).toBe(false);
});

test.each(['[[[', '\\"[[[', '\\\\\\"]]]{{{', '{"a":[[['])(
  'what stands in the text %j is no level',
  (text) => {
    expect(nestsDeeper(JSON.stringify([text, text]), 1)).toBe(false);
  },
);

test('a text of many megabytes is looked through, whatever it is of', () => {
  expect(nestsDeeper(JSON.stringify({ html: '\\"'.repeat(5_000_000) }), 1)).toBe(false);
  expect(nestsDeeper('"'.repeat(10_000_001), 1)).toBe(false);
});
