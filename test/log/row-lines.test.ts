import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRow } from '../../src/log/event.ts';
import { RowLines } from '../../src/log/row-lines.ts';
import { TextBytes } from '../../src/log/text-bytes.ts';

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 12 }));
const maybe = fc.option(fc.oneof(fc.constant('same'), text));
const row: fc.Arbitrary<LogRow> = fc.record({
  event_id: text,
  event_type: fc.constantFrom('accepted', 'skipped'),
  event_time: fc.constantFrom('2026-11-27T12:00:00.000Z', '2026-11-27T12:00:00.001Z'),
  logged_at: fc.constantFrom('2026-11-27T13:00:00.000Z', '2026-11-27T13:00:00.001Z'),
  project: maybe,
  campaign_id: maybe,
  recipient: maybe,
  recipient_domain: maybe,
  sender: maybe,
  seq: fc.option(fc.nat()),
  ses_message_id: maybe,
  reason: maybe,
  smtp_status: maybe,
  diagnostic: maybe,
  url: maybe,
  user_agent: maybe,
  override: fc.boolean(),
  test: fc.boolean(),
  tags: fc.option(fc.dictionary(text, text)),
  detail: fc.option(fc.dictionary(text, fc.jsonValue())),
});

test('rows in any order are the lines that JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const lines = new RowLines();
      for (const one of rows) expect(lines.line(one)).toBe(`${JSON.stringify(one)}\n`);
    }),
  );
});

test('a row that differs in one column only is not taken for the one before it', () => {
  fc.assert(
    fc.property(row, row, (one, other) => {
      for (const name of Object.keys(one)) {
        const lines = new RowLines();
        const changed = { ...one, [name]: Reflect.get(other, name) };
        lines.line(one);
        expect(lines.line(changed)).toBe(`${JSON.stringify(changed)}\n`);
      }
    }),
  );
});

test('a text of many pieces is its bytes, again and again', () => {
  const bytes = new TextBytes();
  for (const pieces of [
    [],
    ['a'],
    Array.from({ length: 3_000 }, (_, n) => `氏名 ${n} 😀 ${'x'.repeat(n % 400)}\n`),
  ]) {
    for (const piece of pieces) bytes.add(piece);
    expect(bytes.take().equals(Buffer.from(pieces.join('')))).toBe(true);
  }
});
