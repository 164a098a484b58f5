import { beforeAll, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import type { Target } from '../../src/suppression/target.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
let store: SuppressionStore;
beforeAll(() => {
  store = new SuppressionStore(server.redis, keys);
});

const BOUNCED: Target = { kind: 'everywhere', reason: 'bounced' };
const BLOCKED: Target = { kind: 'everywhere', reason: 'blocked' };
const NEWS: Target = { kind: 'sender', sender: 'news@a.jp' };

test('the entries of who is forgotten go on counting, without what led to them', async () => {
  await store.add(BOUNCED, ['ann@x.jp', 'bob@x.jp'], { at: 1, source: 'event', detail: 'spring' });
  await store.add(BLOCKED, ['ann@x.jp'], { at: 2, source: 'operator', detail: 'asked by phone, 03-1' });
  await store.add(NEWS, ['ann@x.jp'], { at: 3, source: 'reader', detail: 'autumn' });
  const bob = await store.check(['bob@x.jp']);
  expect(await store.forget('ann@x.jp')).toBe(3);
  expect(await store.check(['ann@x.jp'])).toEqual([
    [
      { address: 'ann@x.jp', target: BLOCKED, at: 2, source: 'operator', detail: null },
      { address: 'ann@x.jp', target: BOUNCED, at: 1, source: 'event', detail: null },
      { address: 'ann@x.jp', target: NEWS, at: 3, source: 'reader', detail: null },
    ],
  ]);
  expect(await store.check(['bob@x.jp'])).toEqual(bob);
});

test('who is forgotten again, or was never suppressed, is as before', async () => {
  await store.add(BOUNCED, ['ann@x.jp'], { at: 1, source: 'event', detail: 'spring' });
  await store.forget('ann@x.jp');
  const once = await server.redis.hgetall(keys.suppressedEverywhere());
  expect(await store.forget('ann@x.jp')).toBe(0);
  expect(await store.forget('eve@x.jp')).toBe(0);
  expect(await server.redis.hgetall(keys.suppressedEverywhere())).toEqual(once);
  expect(once).toEqual({ 'ann@x.jp': 'b 1 event' });
});

test('a line of a newer version still counts, and the soft bounces are gone', async () => {
  await server.redis.hset(keys.suppressedEverywhere(), 'ann@x.jp', 'x 5 somewhere with words\nodd');
  await server.redis.rpush(keys.softBounces('ann@x.jp'), '1');
  await store.forget('ann@x.jp');
  expect(await server.redis.hget(keys.suppressedEverywhere(), 'ann@x.jp')).toBe('x 5 somewhere\nodd');
  expect(await store.rules(['ann@x.jp'], 'news@a.jp', false)).toEqual(['blocked']);
  expect(await server.redis.exists(keys.softBounces('ann@x.jp'))).toBe(0);
});
