import { expect, test } from 'vitest';
import { csvLine, plainCell } from '../../src/core/csv.ts';

test.each(['=cmd|" /C calc"!A0', '+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1'])(
  '%j is no formula in the cell of a spreadsheet',
  (text) => {
    expect(plainCell(text)).toBe(`'${text}`);
  },
);

test('other texts stand as they are', () => {
  for (const text of ['', 'Autumn = sale', '会員の皆さま', '1-2', "'=x"]) expect(plainCell(text)).toBe(text);
  expect(csvLine(['a"b', ' c', 'd,e', '会員'])).toBe('"a""b"," c","d,e",会員\r\n');
});
