import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mac } from '../../src/send/mac.ts';

test('the fast HMAC-SHA-256 is the one that everybody has', () => {
  const bytes = (constraints: fc.IntArrayConstraints) =>
    fc.uint8Array(constraints).map((array) => Buffer.from(array));
  const messages = fc.array(bytes({ maxLength: 200 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(bytes({ maxLength: 64 }), messages, (key, all) => {
      const mac = new Mac(key, 16, 200);
      for (const message of all) {
        const expected = createHmac('sha256', key).update(message).digest().subarray(0, 16);
        mac.message.set(message);
        expect(mac.tag(message.length)).toBe(expected.toString('latin1'));
      }
    }),
  );
});
