import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { decodeBlock } from '../../src/log/block.ts';
import type { EventBlock } from '../../src/log/event.ts';
import { type BatchRef, Ledger, type Settlement } from '../../src/send/ledger.ts';
import { encodeEntries } from '../../src/suppression/entry.ts';
import { newLedger } from '../support/ledger.ts';
import { useRedis } from '../support/redis.ts';
import { RULE_VECTORS } from '../suppression/vectors.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ref: BatchRef = { campaign: 'autumn', project: 'default', batch: 3, sender: 'news@example.com' };
const addresses = ['a@example.com', 'b@example.com', 'c@example.com'];
const BACKLOG_MAX = 5;
let ledger: Ledger;

beforeEach(async () => {
  const { redis } = server;
  ledger = newLedger(redis, keys, BACKLOG_MAX);
  await redis.hset(keys.campaign('autumn'), {
    id: 'autumn',
    project: 'default',
    phase: 'running',
    planned: 3,
    pending: 3,
  });
  await redis.hset(keys.batch('autumn', 3), { n: 3, a: addresses.join('\n'), p: 'payload' });
  await redis.zadd(keys.outstanding('autumn'), 1, '3');
  await redis.sadd(keys.open(), 'autumn');
});

const everybody = [0, 1, 2];
const counters = async () => {
  const hash = await server.redis.hgetall(keys.campaign('autumn'));
  const of = (name: string) => Number(hash[name] ?? 0);
  return {
    pending: of('pending'),
    accepted: of('accepted'),
    rejected: of('rejected'),
    inDoubt: of('inDoubt'),
    cancelled: of('cancelled'),
  };
};
const accepted = (claim: string, positions: readonly number[] = everybody): Settlement[] =>
  positions.map((position) => ({ position, verb: 'accepted', claim }));
const block = (label: string): EventBlock => ({
  common: {},
  events: [{ event_type: 'accepted', ses_message_id: label }],
});
const rows = async () => {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries.flatMap(([, fields]) =>
    decodeBlock(fields[1] ?? Buffer.alloc(0)).events.map((event) => event.event_type),
  );
};

test('an opened batch shows everybody as unclaimed', async () => {
  expect(await ledger.open(ref)).toMatchObject({
    status: 'running',
    states: ['.', '.', '.'],
    tries: 0,
  });
  expect(await ledger.content(ref)).toEqual({ addresses, payload: 'payload' });
});

test('batches are opened together, and those that are settled are not there', async () => {
  const opened = await ledger.openAll('autumn', [2, 3]);
  expect(opened.map((one) => one?.states ?? null)).toEqual([null, ['.', '.', '.']]);
});

test('a claim leaves out who is suppressed at that moment, with the gravest reason', async () => {
  await server.redis.hset(
    keys.suppressedEverywhere(),
    'a@example.com',
    encodeEntries([
      { reason: 'complained', at: 1, source: 'event', detail: null },
      { reason: 'bounced', at: 1, source: 'event', detail: null },
    ]),
  );
  await server.redis.hset(
    keys.unsubscribed('news@example.com'),
    'c@example.com',
    encodeEntries([{ reason: 'unsubscribed', at: 1, source: 'link', detail: null }]),
  );
  expect(await ledger.claim(ref, 'w-1', everybody, false)).toEqual({
    kind: 'claimed',
    positions: [1],
    suppressed: [
      { position: 0, reason: 'complained' },
      { position: 2, reason: 'unsubscribed' },
    ],
    content: { addresses, payload: 'payload' },
  });
});

test('the override lifts the unsubscribed, and nobody else', async () => {
  await server.redis.hset(
    keys.suppressedEverywhere(),
    'a@example.com',
    encodeEntries([{ reason: 'blocked', at: 1, source: 'operator', detail: null }]),
  );
  await server.redis.hset(
    keys.unsubscribed('news@example.com'),
    'a@example.com',
    'u 1 link',
    'c@example.com',
    'u 1 link',
  );
  expect(await ledger.claim(ref, 'w-1', everybody, true)).toEqual({
    kind: 'claimed',
    positions: [1, 2],
    suppressed: [{ position: 0, reason: 'blocked' }],
    content: { addresses, payload: 'payload' },
  });
});

test('unsubscribing from another sender address keeps nobody from this one', async () => {
  await server.redis.hset(keys.unsubscribed('info@example.com'), 'a@example.com', 'u 1 link');
  expect(await ledger.claim(ref, 'w-1', [0], false)).toMatchObject({ positions: [0] });
});

test('who is claimed is claimed by nobody else', async () => {
  await ledger.claim(ref, 'w-1', [0, 1], false);
  expect(await ledger.claim(ref, 'w-2', everybody, false)).toMatchObject({ positions: [2] });
});

test('a claim that is sent twice gives the same answer', async () => {
  const first = await ledger.claim(ref, 'w-1', everybody, false);
  expect(await ledger.claim(ref, 'w-1', everybody, false)).toEqual(first);
});

test.each([
  ['paused', { paused: '{}' }],
  ['held', { held: '{}' }],
  ['ended', { phase: 'cancelled' }],
] as const)('nobody is claimed while the campaign is %s', async (why, fields) => {
  await server.redis.hset(keys.campaign('autumn'), fields);
  expect(await ledger.claim(ref, 'w-1', everybody, false)).toEqual({ kind: 'standstill', why });
  expect((await ledger.open(ref))?.states).toEqual(['.', '.', '.']);
});

test('nobody is claimed while the log is behind', async () => {
  for (let i = 0; i < BACKLOG_MAX; i += 1) await server.redis.xadd(keys.outbox(), '*', 'b', '{}');
  expect(await ledger.claim(ref, 'w-1', everybody, false)).toEqual({
    kind: 'backlog',
    entriesMax: BACKLOG_MAX,
  });
});

test('the settlement of the last batch leaves one bit, the counters, the rows and the end of the campaign', async () => {
  await server.redis.hset(keys.campaign('autumn'), 'planned_all', '1');
  await ledger.claim(ref, 'w-1', everybody, false);
  expect(await ledger.settle(ref, accepted('w-1'), block('m'), null)).toEqual({
    kind: 'settled',
    finished: true,
  });
  const { redis } = server;
  expect(await redis.exists(keys.batch('autumn', 3))).toBe(0);
  expect(await redis.getbit(keys.settled('autumn'), 3)).toBe(1);
  expect(await redis.zcard(keys.outstanding('autumn'))).toBe(0);
  expect(await redis.smembers(keys.open())).toEqual([]);
  expect(await counters()).toMatchObject({ accepted: 3, pending: 0 });
  expect(await redis.hget(keys.campaign('autumn'), 'phase')).toBe('finished');
  expect(await rows()).toEqual(['accepted', 'campaign_finished']);
});

test('a settlement that is sent twice counts once', async () => {
  await ledger.claim(ref, 'w-1', [0, 1], false);
  await ledger.settle(ref, accepted('w-1', [0, 1]), block('m'), null);
  expect(await ledger.settle(ref, accepted('w-1', [0, 1]), block('m'), null)).toEqual({
    kind: 'settled',
    finished: false,
  });
  expect(await counters()).toMatchObject({ accepted: 2, pending: 1 });
  expect(await rows()).toEqual(['accepted']);
});

test('only the holder of a claim puts entries back or rejects them', async () => {
  await ledger.claim(ref, 'w-1', everybody, false);
  for (const verb of ['putBack', 'rejected'] as const) {
    const answer = await ledger.settle(ref, [{ position: 0, verb, claim: 'w-2' }], block('m'), null);
    expect(answer).toEqual({ kind: 'stale', positions: [0] });
  }
  expect((await ledger.open(ref))?.states).toEqual(['cw-1', 'cw-1', 'cw-1']);
  expect(await rows()).toEqual([]);
});

test('where one entry is stale nothing of the settlement is written', async () => {
  await ledger.claim(ref, 'w-1', [0], false);
  await ledger.claim(ref, 'w-2', [1], false);
  const mixed: Settlement[] = [
    { position: 0, verb: 'accepted', claim: 'w-1' },
    { position: 1, verb: 'rejected', claim: 'w-1' },
  ];
  expect(await ledger.settle(ref, mixed, block('m'), null)).toEqual({ kind: 'stale', positions: [1] });
  expect(await counters()).toMatchObject({ accepted: 0, pending: 3 });
  expect(await rows()).toEqual([]);
});

test('entries that were put back can be claimed again under another number, and the try is counted', async () => {
  await ledger.claim(ref, 'w-1', everybody, false);
  await ledger.settle(
    ref,
    everybody.map((position) => ({ position, verb: 'putBack', claim: 'w-1' })),
    null,
    'waits',
  );
  expect(await ledger.open(ref)).toMatchObject({ states: ['.', '.', '.'], tries: 0, waits: 1 });
  expect(await ledger.claim(ref, 'w-2', everybody, false)).toMatchObject({ positions: everybody });
  expect(await counters()).toMatchObject({ pending: 3 });
});

test('an answer that comes after the claim was given up as in doubt still counts', async () => {
  await server.redis.hset(keys.campaign('autumn'), 'planned_all', '1');
  await ledger.claim(ref, 'w-1', everybody, false);
  await ledger.settle(
    ref,
    everybody.map((position) => ({ position, verb: 'inDoubt', claim: 'w-1' })),
    null,
    null,
  );
  expect(await counters()).toMatchObject({ pending: 0, inDoubt: 3 });
  expect(await server.redis.hget(keys.campaign('autumn'), 'phase')).toBe('running');
  expect(await server.redis.zcard(keys.outstanding('autumn'))).toBe(0);
  await ledger.settle(ref, accepted('w-1', [0, 1]), block('m'), null);
  await ledger.settle(ref, [{ position: 2, verb: 'rejected', claim: 'w-1' }], block('n'), null);
  expect(await counters()).toMatchObject({ inDoubt: 0, accepted: 2, rejected: 1 });
  expect(await server.redis.hget(keys.campaign('autumn'), 'phase')).toBe('finished');
});

test('acceptance is final: a late rejection, put-back or doubt of the same claim changes nothing', async () => {
  await ledger.claim(ref, 'w-1', [0, 1], false);
  await ledger.settle(ref, accepted('w-1', [0]), block('m'), null);
  for (const verb of ['rejected', 'putBack', 'inDoubt'] as const) {
    expect(await ledger.settle(ref, [{ position: 0, verb, claim: 'w-1' }], null, null)).toEqual({
      kind: 'stale',
      positions: [0],
    });
  }
  expect(await counters()).toMatchObject({ accepted: 1, pending: 2 });
});

test('an acceptance for an entry that was cancelled moves it to accepted', async () => {
  await server.redis.hset(keys.campaign('autumn'), 'phase', 'cancelled');
  await ledger.settle(
    ref,
    [
      { position: 0, verb: 'cancelled' },
      { position: 1, verb: 'cancelled' },
    ],
    null,
    null,
  );
  expect(await counters()).toMatchObject({ cancelled: 2, pending: 1 });
  await ledger.settle(ref, accepted('w-9', [0]), block('m'), null);
  expect(await counters()).toMatchObject({ cancelled: 1, accepted: 1, pending: 1 });
});

test('a batch of which a part has its end is not accepted as a whole', async () => {
  await ledger.claim(ref, 'w-1', [0], false);
  await ledger.claim(ref, 'w-2', [1, 2], false);
  await ledger.settle(ref, accepted('w-1', [0]), null, null);
  expect(await ledger.settle(ref, accepted('w-2'), null, null)).toEqual({ kind: 'stale', positions: [0] });
  expect(await counters()).toMatchObject({ accepted: 1, pending: 2 });
  await ledger.settle(ref, accepted('w-2', [1, 2]), null, null);
  expect(await counters()).toMatchObject({ accepted: 3, pending: 0 });
});

test('a second acceptance under another claim is refused as stale, so that the log can show both', async () => {
  await ledger.claim(ref, 'w-1', [0, 1], false);
  await ledger.settle(ref, accepted('w-1', [0]), block('m'), null);
  expect(await ledger.settle(ref, accepted('w-2', [0]), block('n'), null)).toEqual({
    kind: 'stale',
    positions: [0],
  });
  expect(await counters()).toMatchObject({ accepted: 1 });
});

test('an acceptance that finds its batch settled changes nothing', async () => {
  await ledger.claim(ref, 'w-1', everybody, false);
  await ledger.settle(ref, accepted('w-1'), block('m'), null);
  expect(await ledger.settle(ref, accepted('w-2', [1]), block('n'), null)).toEqual({ kind: 'gone' });
  expect(await counters()).toMatchObject({ accepted: 3, pending: 0 });
});

test('a claim that was made and is sent again after a pause is still held by its maker', async () => {
  await ledger.claim(ref, 'w-1', [0, 1], false);
  await server.redis.hset(keys.campaign('autumn'), 'paused', '{}');
  expect(await ledger.claim(ref, 'w-1', everybody, false)).toMatchObject({
    kind: 'claimed',
    positions: [0, 1],
  });
  expect(await ledger.claim(ref, 'w-2', everybody, false)).toEqual({ kind: 'standstill', why: 'paused' });
});

test('a campaign that failed is over when what was planned is accounted for', async () => {
  await server.redis.hset(keys.campaign('autumn'), 'phase', 'failed');
  const answer = await ledger.settle(
    ref,
    everybody.map((position) => ({ position, verb: 'cancelled' })),
    null,
    null,
  );
  expect(answer).toEqual({ kind: 'settled', finished: true });
  expect(await server.redis.hget(keys.campaign('autumn'), 'phase')).toBe('failed');
  expect(await counters()).toMatchObject({ cancelled: 3, pending: 0 });
});

test.each(RULE_VECTORS)(
  'the claim decides as the rule says: $title',
  async ({ everywhere, unsubscribed, override, rule }) => {
    if (everywhere !== null)
      await server.redis.hset(keys.suppressedEverywhere(), 'a@example.com', everywhere);
    if (unsubscribed !== null)
      await server.redis.hset(keys.unsubscribed('news@example.com'), 'a@example.com', unsubscribed);
    expect(await ledger.claim(ref, 'w-1', [0], override)).toMatchObject({
      kind: 'claimed',
      positions: rule === null ? [0] : [],
      suppressed: rule === null ? [] : [{ position: 0, reason: rule }],
    });
  },
);
