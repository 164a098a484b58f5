import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonBytes } from '../../src/core/json-bytes.ts';

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('"', '\\', '\u2028', '\u0000', '\ud800', '氏名', '😀', '{{s0}}'),
);

test('texts and texts within texts are read as what they were', () => {
  const json = new JsonBytes();
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
      json.raw('[');
      for (const [index, [plain, nested]] of pairs.entries()) {
        json.raw(index > 0 ? ',' : '');
        json.text(plain);
        json.raw(',"[\\"');
        json.nested(nested);
        json.raw('\\"]"');
      }
      json.raw(']');
      const read: string[] = JSON.parse(json.takeBehind(Buffer.alloc(0)).toString());
      expect(read).toEqual(pairs.flatMap(([plain, nested]) => [plain, JSON.stringify([nested])]));
    }),
  );
});

test('what is longer than its memory is whole, and in a buffer of its own', () => {
  const json = new JsonBytes();
  const long = '名'.repeat(100_000);
  json.text(long);
  const first = json.takeBehind(Buffer.from(' '));
  json.text('x'.repeat(200_000));
  const second = json.takeBehind(Buffer.alloc(0));
  expect(JSON.parse(first.toString())).toBe(long);
  expect(second.length).toBe(200_002);
});
