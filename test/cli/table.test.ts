import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receiptTable } from '../../src/cli/receipt-text.ts';
import { fitsTable, textRecords, textTable } from '../../src/cli/table.ts';
import { width } from '../../src/core/text-width.ts';
import { type Receipt, receiptOf } from '../../src/queue/receipt.ts';

const lines = (table: string) => table.split('\n');
const plain = (_style: unknown, text: string) => text;

test('Japanese and Latin cells stand in the same columns', () => {
  const table = textTable(
    ['name', 'state'],
    [
      ['秋の新作', 'running'],
      ['Autumn', 'held'],
    ],
  );
  expect(lines(table)).toEqual(['name      state', '秋の新作  running', 'Autumn    held']);
});

test('figures are aligned to the right and never cut', () => {
  const table = textTable(
    ['reason', 'n'],
    [
      ['a long reason that needs much room', '12,345,678'],
      ['short', '7'],
    ],
    { columnsMax: 24 },
  );
  expect(lines(table)).toEqual([
    'reason                 n',
    'a long reas…  12,345,678',
    'short                  7',
  ]);
});

test('the widest columns are cut first, with an ellipsis', () => {
  const table = textTable(['a', 'b'], [['短い', '株式会社サンプル第二事業部']], { columnsMax: 20 });
  expect(lines(table)[1]).toBe('短い  株式会社サン…');
  expect(lines(table).every((line) => width(line) <= 20)).toBe(true);
});

test('a table fits whatever the cells hold, as long as its columns can be cut enough', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 28, max: 120 }),
      (rows, columnsMax) => {
        const options = { columnsMax };
        const columns = ['one', 'two', 'three'];
        fc.pre(fitsTable(columns, rows, options));
        const table = textTable(columns, rows, options);
        expect(lines(table)).toHaveLength(rows.length + 1);
        for (const line of lines(table)) expect(width(line)).toBeLessThanOrEqual(columnsMax);
      },
    ),
  );
});

test('rows that no table can hold are written one field a line', () => {
  const columns = ['event_id', 'reason'];
  expect(
    textRecords(columns, [
      ['spring/12/accepted', ''],
      ['spring/13/skipped', 'bounced\nhard'],
    ]),
  ).toBe(
    [
      'event_id  spring/12/accepted',
      'reason',
      '',
      'event_id  spring/13/skipped',
      'reason    bounced␊hard',
    ].join('\n'),
  );
});

describe('the list of campaigns', () => {
  const receipt = (id: string, name = ''): Receipt =>
    receiptOf({ id, name, phase: 'running', planned: '1234567', accepted: '1000000', createdAt: '0' }, 0);

  test('fits 80 columns with a Japanese name', () => {
    const table = receiptTable(
      [receipt('autumn', '秋の新作が届きました。会員のみなさまへ大切なお知らせ')],
      80,
      plain,
    );
    expect(lines(table)[1]).toContain('秋の新');
    expect(lines(table)[1]).toContain('…');
    for (const line of lines(table)) expect(width(line)).toBeLessThanOrEqual(80);
  });

  test('drops the name, then the time, before it would cut an id', () => {
    const id = '2026-11-27-early-access-for-members';
    const table = receiptTable([receipt(id, 'Early access')], 80, plain);
    expect(lines(table)[0]).not.toContain('name');
    expect(lines(table)[0]).not.toContain('created');
    expect(lines(table)[1]).toContain(id);
    for (const line of lines(table)) expect(width(line)).toBeLessThanOrEqual(80);
  });

  test('never cuts an id, since other commands take it', () => {
    const id = 'x'.repeat(64);
    expect(receiptTable([receipt(id)], 80, plain)).toContain(id);
  });
});
