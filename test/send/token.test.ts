import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ADDRESS_BYTES_MAX,
  CAMPAIGN_BYTES_MAX,
  createSealer,
  SENDER_BYTES_MAX,
  TOKEN_CHARS_MAX,
} from '../../src/send/token.ts';

const OLD = 'the secret of last year, 32 characters';
const NEW = 'the secret of this year, 32 characters';

const batch = {
  sender: 'news@example.co.jp',
  campaign: '2026-11-early-access',
  recipients: [
    { seq: 1, address: 'ann@example.com' },
    { seq: 4_294_967_295, address: '"foo..bar"@docomo.ne.jp' },
    { seq: 0, address: '' },
  ],
};

describe('an unsubscribe token', () => {
  test('opens to what was sealed, whoever else is in the batch', () => {
    const sealer = createSealer([NEW]);
    const tokens = sealer.seal(batch);
    const { sender, campaign } = batch;
    expect(tokens.map((token) => sealer.open(token))).toEqual(
      batch.recipients.map(({ seq, address }) => ({ sender, campaign, seq, address })),
    );
    expect(sealer.seal({ ...batch, recipients: [] })).toEqual([]);
  });

  test('is sealed with the newest secret, and opens with any that is still known', () => {
    const [sealedBefore = ''] = createSealer([OLD]).seal(batch);
    const rotated = createSealer([NEW, OLD]);
    const [sealedAfter = ''] = rotated.seal(batch);
    expect(rotated.open(sealedBefore)?.address).toBe('ann@example.com');
    expect(rotated.open(sealedAfter)?.address).toBe('ann@example.com');
    expect(createSealer([NEW]).open(sealedAfter)?.address).toBe('ann@example.com');
    expect(createSealer([OLD]).open(sealedAfter)).toBeNull();
    expect(createSealer([NEW]).open(sealedBefore)).toBeNull();
  });

  test('shows nothing of what it says, and is another one each time', () => {
    const sealer = createSealer([NEW]);
    const seen = new Set<string>();
    for (let round = 0; round < 20; round++) {
      for (const token of sealer.seal(batch)) {
        const bytes = Buffer.from(token, 'base64url').toString('latin1');
        for (const word of ['ann', 'docomo', 'example', '2026', 'news']) expect(bytes).not.toContain(word);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        seen.add(token);
      }
    }
    expect(seen.size).toBe(60);
  });

  test('no two recipients of a batch are encrypted with the same part of the key stream', () => {
    const zeros = new Uint8Array(12);
    const recipients = Array.from({ length: 50 }, (_, seq) => ({
      seq,
      address: `${'x'.repeat(seq * 5)}@example.com`,
    }));
    const sealed = createSealer([NEW], () => zeros).seal({ ...batch, recipients });
    const used = new Set<number>();
    for (const token of sealed) {
      const raw = Buffer.from(token, 'base64url');
      const blocks = Math.ceil((raw.length - 17 - 16) / 16);
      for (let block = raw.readUInt16BE(15); block < raw.readUInt16BE(15) + blocks; block++) {
        expect(used.has(block)).toBe(false);
        used.add(block);
      }
    }
    expect(used.size).toBe(Math.max(...used) + 1);
  });

  test('a batch too large for one nonce takes another, before a count is used again', () => {
    let nonce = 0;
    const sealer = createSealer([NEW], (bytes) => new Uint8Array(bytes).fill(nonce++));
    const recipients = Array.from({ length: 7_000 }, (_, seq) => ({
      seq,
      address: `${'x'.repeat(64)}@${'y'.repeat(60)}.example.com`,
    }));
    const tokens = sealer.seal({ ...batch, recipients });
    const places = new Set(tokens.map((token) => Buffer.from(token, 'base64url').toString('hex', 3, 17)));
    expect(nonce).toBe(2);
    expect(places.size).toBe(7_000);
    expect(tokens.map((token) => sealer.open(token)?.seq)).toEqual(recipients.map(({ seq }) => seq));
  });

  test('carries the HMAC-SHA-256 of RFC 2104 by a key of RFC 5869, cut to 128 bits', () => {
    const [token = ''] = createSealer([NEW]).seal(batch);
    const raw = Buffer.from(token, 'base64url');
    const key = Buffer.from(hkdfSync('sha256', NEW, '', 'sluice unsubscribe token 1 authentication', 32));
    const tag = createHmac('sha256', key).update(raw.subarray(0, -16)).digest().subarray(0, 16);
    expect(raw.subarray(-16).equals(tag)).toBe(true);
  });

  test('with the longest fields there are 133 characters of the header for the public URL', () => {
    const longest = {
      sender: 's'.repeat(SENDER_BYTES_MAX),
      campaign: 'c'.repeat(CAMPAIGN_BYTES_MAX),
      recipients: [{ seq: 10_000_000, address: 'a'.repeat(ADDRESS_BYTES_MAX) }],
    };
    const [token = ''] = createSealer([NEW]).seal(longest);
    expect(token).toHaveLength(TOKEN_CHARS_MAX);
    expect(870 - `<${'u'.repeat(133)}/u/${token}>`.length).toBe(0);
  });

  test.each([
    ['sender', { ...batch, sender: 'é'.repeat(65) }],
    ['campaign', { ...batch, campaign: 'c'.repeat(65) }],
    ['address', { ...batch, recipients: [{ seq: 1, address: 'a'.repeat(319) }] }],
    ['position', { ...batch, recipients: [{ seq: 2 ** 32, address: 'a@b.c' }] }],
    ['position', { ...batch, recipients: [{ seq: 1.5, address: 'a@b.c' }] }],
  ])('a %s beyond its bound is a fault, not another token', (field, beyond) => {
    expect(() => createSealer([NEW]).seal(beyond)).toThrow(
      expect.objectContaining({ code: 'TOKEN_FIELD', message: expect.stringContaining(field) }),
    );
  });

  test('there is no sealing without a secret', () => {
    expect(() => createSealer([])).toThrow(expect.objectContaining({ code: 'TOKEN_SECRET' }));
  });
});

describe('a token that was not sealed here', () => {
  const sealer = createSealer([NEW, OLD]);
  const [token = ''] = sealer.seal(batch);

  test('does not open, whichever bit was changed', () => {
    const raw = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < raw.length * 8; bit++) {
      const changed = Buffer.from(raw);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(sealer.open(changed.toString('base64url'))).toBeNull();
    }
  });

  test('does not open, whichever character was changed, left out or added', () => {
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= ';
    for (let at = 0; at <= token.length; at++) {
      for (const character of at > token.length - 3 ? characters : 'A+=') {
        if (character !== token[at]) {
          expect(sealer.open(token.slice(0, at) + character + token.slice(at + 1))).toBeNull();
        }
        expect(sealer.open(token.slice(0, at) + character + token.slice(at))).toBeNull();
      }
      if (at < token.length) expect(sealer.open(token.slice(0, at))).toBeNull();
      if (at > 0) expect(sealer.open(token.slice(at))).toBeNull();
    }
  });

  test('does not open when it is put together from two', () => {
    const tokens = [...sealer.seal(batch), ...sealer.seal(batch)].map((sealed) =>
      Buffer.from(sealed, 'base64url'),
    );
    for (const one of tokens) {
      for (const other of tokens) {
        if (one.equals(other)) continue;
        for (const cut of [3, 15, 17, one.length - 16]) {
          const mixed = Buffer.concat([one.subarray(0, cut), other.subarray(cut)]);
          if (!tokens.some((known) => known.equals(mixed))) {
            expect(sealer.open(mixed.toString('base64url'))).toBeNull();
          }
        }
      }
    }
  });

  test('gives null for any text, and never throws', () => {
    const garbage = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.uint8Array({ minLength: 33, maxLength: 300 }).map((bytes) =>
        // Right version and key id, so that the tag is what stops it.
        Buffer.concat([Buffer.from(token, 'base64url').subarray(0, 3), bytes]).toString('base64url'),
      ),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        expect(sealer.open(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(sealer.open('A'.repeat(1_000_000))).toBeNull();
    expect(sealer.open('')).toBeNull();
  });

  test('what any batch seals, it opens, and nothing else', () => {
    const recipient = fc.record({
      seq: fc.nat({ max: 2 ** 32 - 1 }),
      address: fc.string({ unit: 'grapheme', maxLength: 80 }),
    });
    const any = fc.record({
      sender: fc.string({ maxLength: SENDER_BYTES_MAX }),
      campaign: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      recipients: fc.array(recipient, { maxLength: 50 }),
    });
    fc.assert(
      fc.property(any, (sealed) => {
        const { sender, campaign, recipients } = sealed;
        expect(sealer.seal(sealed).map((one) => sealer.open(one))).toEqual(
          recipients.map(({ seq, address }) => ({ sender, campaign, seq, address })),
        );
      }),
    );
  });
});
