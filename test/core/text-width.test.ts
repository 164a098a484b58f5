import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { truncate, visible, width, wrapped } from '../../src/core/text-width.ts';

test.each([
  ['news', 4],
  ['', 0],
  ['秋の新作', 8],
  ['サンプルストア', 14],
  ['ｶﾀｶﾅ', 4],
  ['ｶﾞﾊﾟ', 4],
  ['が', 2],
  ['か\u3099', 2],
  ['안녕', 4],
  ['각', 2],
  ['Ａ１！', 6],
  ['\u3000', 2],
  ['①…Ω×', 4],
  ['García Müller', 13],
  ['e\u0301', 1],
  ['👍', 2],
  ['👍🏽', 2],
  ['👨‍👩‍👧', 2],
  ['🇯🇵', 2],
  ['1️⃣', 2],
  ['☺️', 2],
  ['☺', 1],
  ['\u200b', 0],
  ['ไทย', 3],
  ['𠮷野家', 6],
])('%j takes %i columns', (text, columns) => {
  expect(width(text)).toBe(columns);
});

test.each([
  ['株式会社サンプル', 16, '株式会社サンプル'],
  ['株式会社サンプル', 15, '株式会社サンプ…'],
  ['株式会社サンプル', 8, '株式会…'],
  ['株式会社サンプル', 7, '株式会…'],
  ['autumn', 4, 'aut…'],
  ['autumn', 1, '…'],
  ['autumn', 0, ''],
  ['👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 5, '👨‍👩‍👧👨‍👩‍👧…'],
])('%j in %i columns is %j', (text, columns, expected) => {
  expect(truncate(text, columns)).toBe(expected);
});

const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });

test('whatever is cut fits, and what fits is not cut', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 50 }), (text, columns) => {
      const cut = truncate(text, columns);
      expect(width(cut)).toBeLessThanOrEqual(columns);
      if (width(text) <= columns) expect(cut).toBe(text);
    }),
  );
});

test('text from outside cannot steer the terminal, break a line, or turn the direction', () => {
  expect(visible('a\nb\tc')).toBe('a␊b␉c');
  expect(visible('\u001b[2J\u001b]0;title\u0007')).toBe('␛[2J␛]0;title␇');
  expect(visible('moc.\u202eelpmaxe')).toBe('moc.\ufffdelpmaxe');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const shown = visible(text);
      expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u);
      expect(stripVTControlCharacters(shown)).toBe(shown);
    }),
  );
});

test('a text is broken at blanks, its lines indented as far as the first begins', () => {
  expect(wrapped('  - ', 'one two three', 11)).toEqual(['  - one two', '    three']);
  expect(wrapped('', 'fits', 4)).toEqual(['fits']);
  expect(wrapped('> ', '件名が 長い', 8)).toEqual(['> 件名が', '  長い']);
  expect(wrapped('  ', 'https://example.com/long short', 10)).toEqual([
    '  https://example.com/long',
    '  short',
  ]);
});

test('lines of a text hold its words, all of them, and are no wider than they may be', () => {
  const words = fc.array(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((word) => !/\s/.test(word)),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(words, fc.integer({ min: 30, max: 80 }), (list, columns) => {
      const lines = wrapped('  ', list.join(' '), columns);
      expect(lines.map((line) => line.slice(2)).join(' ')).toBe(list.join(' '));
      expect(lines.filter((line) => width(line) > columns)).toEqual([]);
    }),
  );
});
