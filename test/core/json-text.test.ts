import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText, nestedJsonText } from '../../src/core/json-text.ts';

const text = fc.oneof(
  fc.string({ maxLength: 100 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constantFrom(
    '"',
    '\\',
    '\u2028',
    '\u0000',
    '\u007f',
    '\ud800',
    '氏名',
    '😀',
    '{{s0}}',
    '名'.repeat(200),
  ),
);

test('a text is read as what it was', () => {
  fc.assert(
    fc.property(text, (some) => {
      expect(JSON.parse(jsonText(some))).toBe(some);
    }),
  );
});

test('a text in a text of JSON is read as what it was', () => {
  fc.assert(
    fc.property(text, (some) => {
      const outer: string = JSON.parse(`"[\\"${nestedJsonText(some)}\\"]"`);
      expect(JSON.parse(outer)).toEqual([some]);
    }),
  );
});

test('a short text of any kind is ASCII', () => {
  expect(nestedJsonText('氏名 "1"')).toMatch(/^[ -~]*$/);
});
