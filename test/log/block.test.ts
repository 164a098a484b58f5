import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { decodeBlock, encodeBlock, PLAIN_BYTES_MAX } from '../../src/log/block.ts';
import { useRedis } from '../support/redis.ts';
import { batch } from './support.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const event = fc.record(
  {
    event_type: fc.constantFrom('accepted', 'click', 'campaign_paused_by_guard', 'in_doubt'),
    event_time: fc.integer({ min: 0, max: 253_402_300_799_999 }),
    project: text,
    campaign_id: text,
    recipient: text,
    sender: text,
    seq: fc.integer({ min: 1 }),
    ses_message_id: text,
    reason: text,
    smtp_status: text,
    diagnostic: text,
    url: text,
    user_agent: text,
    override: fc.boolean(),
    test: fc.boolean(),
    tags: fc.dictionary(text, text),
    detail: fc.dictionary(text, fc.jsonValue()),
    mark: text,
  } as const,
  { requiredKeys: [] },
);
const block = fc.record({ common: event, events: fc.array(event, { maxLength: 60, size: 'max' }) });

function decodeText(json: string) {
  return decodeBlock(Buffer.from(json));
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code;
    throw thrown;
  }
  return 'nothing was thrown';
}

describe('a block', () => {
  test('says the same after it went through the outbox, whatever it holds', () => {
    fc.assert(
      fc.property(block, (said) => {
        expect(decodeBlock(encodeBlock(said))).toEqual(JSON.parse(JSON.stringify(said)));
      }),
    );
  });

  test('of a batch is compressed to less than half, and a small one stays readable', () => {
    const full = batch(1, 50);
    expect(encodeBlock(full).length).toBeLessThan(JSON.stringify(full).length / 2);
    expect(encodeBlock(batch(1, 2)).toString()).toContain('reader2@example.co.jp');
    expect(encodeBlock(batch(1, 2)).length).toBeLessThan(PLAIN_BYTES_MAX);
  });

  test('with half of a surrogate pair in it comes out as text that every reader takes', () => {
    const said = {
      common: {},
      events: [{ diagnostic: 'a\ud83d b', detail: { 'k\udc00': ['\udfff', { x: 1 }] } }],
    };
    expect(decodeBlock(encodeBlock(said)).events).toEqual([
      { diagnostic: 'a\ufffd b', detail: { 'k\ufffd': ['\ufffd', { x: 1 }] } },
    ]);
  });

  test('keeps whole pairs when there is half of one beside them', () => {
    expect(decodeText(String.raw`{"common":{},"events":[{"reason":"\ud83d\ude00 \ud83d"}]}`).events).toEqual([
      { reason: '😀 \ufffd' },
    ]);
  });
});

describe("a script's block", () => {
  const server = useRedis();

  test('written by cjson is read as it was meant', async () => {
    const script = `
      local time = redis.call('TIME')
      return cjson.encode({
        common = { event_type = 'accepted', event_time = time[1] * 1000 + time[2] / 1000, tags = {}, detail = {} },
        events = { { seq = tonumber('12'), mark = 3, reason = cjson.null }, { seq = '13', override = true } },
      })`;
    const read = decodeText(String(await server.redis.eval(script, 0)));
    expect(read.events).toEqual([
      { seq: 12, mark: '3' },
      { seq: 13, override: true },
    ]);
    expect(read.common).toMatchObject({ event_type: 'accepted', tags: {}, detail: {} });
    expect(Number.isInteger(read.common.event_time)).toBe(true);
  });

  test('without events is an empty one', async () => {
    const json = String(await server.redis.eval('return cjson.encode({ common = {}, events = {} })', 0));
    expect(json).toContain('"events":{}');
    expect(decodeText(json)).toEqual({ common: {}, events: [] });
  });
});

describe('bytes that are no block', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['other bytes', Buffer.from([0, 1, 2])],
    ['half of some JSON', Buffer.from('{"common":{')],
    ['half of a frame', encodeBlock(batch(1, 50)).subarray(0, 100)],
    ['a frame with no JSON in it', zstdCompressSync(Buffer.from('hello'))],
    ['a frame that grows to a gigabyte', zstdCompressSync(Buffer.alloc(2 ** 30 - 1))],
    ['no events', Buffer.from('{"common":{}}')],
    ['events by name', Buffer.from('{"common":{},"events":{"a":{}}}')],
    ['an event that is text', Buffer.from('{"common":{},"events":["a"]}')],
    ['an unknown type', Buffer.from('{"common":{},"events":[{"event_type":"exploded"}]}')],
    ['a time that is no time', Buffer.from('{"common":{"event_time":"today"},"events":[]}')],
    ['a time beyond the year 9999', Buffer.from('{"common":{"event_time":253402300800000},"events":[]}')],
    ['a position beyond counting', Buffer.from('{"common":{"seq":1e300},"events":[]}')],
    ['a flag that is text', Buffer.from('{"common":{"test":"yes"},"events":[]}')],
    ['tags in a list', Buffer.from('{"common":{"tags":["a"]},"events":[]}')],
  ])('%s: a fault with its code', (_, bytes) => {
    expect(codeOf(() => decodeBlock(bytes))).toBe('LOG_BLOCK');
  });

  test('are described without what they hold', () => {
    const broken = Buffer.from('{"common":{},"events":[{"recipient":"someone@example.com"]}');
    expect(() => decodeBlock(broken)).toThrow(/^the block is not JSON$/);
    const wrong = Buffer.from('{"common":{},"events":[{"event_time":"someone@example.com"}]}');
    expect(() => decodeBlock(wrong)).toThrow(/^events\[0\]\.event_time is not a whole number$/);
  });

  test('any bytes at all give a block or a LOG_BLOCK fault', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('', '{', '{"events":[', '(\xb5/\xfd'),
        (tail, head) => {
          const bytes = Buffer.concat([Buffer.from(head, 'latin1'), tail]);
          expect(['LOG_BLOCK', 'nothing was thrown']).toContain(codeOf(() => decodeBlock(bytes)));
        },
      ),
    );
  });
});
