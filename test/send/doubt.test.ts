import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { DoubtBook } from '../../src/send/doubt.ts';
import { type BatchRef, Ledger, type Settlement } from '../../src/send/ledger.ts';
import { encodePayload } from '../../src/send/payload.ts';
import { newLedger } from '../support/ledger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const campaign = { id: 'autumn', project: 'default' };
const ref: BatchRef = { campaign: campaign.id, project: 'default', batch: 0, sender: 'news@example.com' };
const AGE_MS = 60_000;
let ledger: Ledger;

beforeEach(async () => {
  const { redis } = server;
  ledger = newLedger(redis, keys, 100);
  const payload = encodePayload(
    [0, 1].map((index) => {
      const address = `p${index}@example.com`;
      return { seq: index + 1, written: address, wire: address, normal: address, data: {} };
    }),
  );
  await redis.hset(keys.campaign(campaign.id), {
    ...campaign,
    phase: 'running',
    planned: 2,
    pending: 2,
    next: 1,
  });
  await redis.hset(keys.batch(campaign.id, 0), { n: 2, a: payload.addresses, p: payload.rest });
  await redis.zadd(keys.outstanding(campaign.id), 1, '0');
});

const doubt = (position: number, claim: string): Settlement => ({ position, verb: 'inDoubt', claim });

test('only those are resolved whose own claim is old enough, however long their batch has been in doubt', async () => {
  const book = new DoubtBook(server.redis, keys);
  await ledger.claim(ref, 'old', [0], false);
  await ledger.claim(ref, 'young', [1], false);
  await ledger.settle(ref, [doubt(0, 'old'), doubt(1, 'young')], null, null);
  const batch = keys.batch(campaign.id, 0);
  await server.redis.hset(batch, 'kold', Date.now() - 2 * AGE_MS);
  for (const resolution of ['resend', 'drop'] as const) {
    await server.redis.hset(batch, 's', '?old,?young');
    const answer = await book.resolve(campaign, 0, resolution, AGE_MS, {});
    expect(answer).toEqual({ resolved: 1, tooYoung: 1 });
    expect((await ledger.open(ref))?.states).toEqual([resolution === 'resend' ? '.' : 'p', '?young']);
    // The time of a claim goes with its last entry.
    await server.redis.hset(batch, 'kold', Date.now() - 2 * AGE_MS);
  }
});

test.each<[Settlement['verb'], Settlement]>([
  ['accepted', { position: 0, verb: 'accepted', claim: 'c-1' }],
  ['rejected', { position: 0, verb: 'rejected', claim: 'c-1' }],
  ['putBack', { position: 0, verb: 'putBack', claim: 'c-1' }],
  ['inDoubt', doubt(0, 'c-1')],
  ['skipped', { position: 1, verb: 'skipped', reason: 'blocked' }],
  ['cancelled', { position: 1, verb: 'cancelled' }],
])('%s: the same settlement again gives the same answer and changes nothing', async (_verb, settlement) => {
  const block = { common: {}, events: [{ event_type: 'rejected' as const, event_time: 1 }] };
  await ledger.claim(ref, 'c-1', [0], false);
  const first = await ledger.settle(ref, [settlement], block, 'waits');
  const after = await server.redis.hgetall(keys.batch(campaign.id, 0));
  const counts = await server.redis.hgetall(keys.campaign(campaign.id));
  expect(await ledger.settle(ref, [settlement], block, 'waits')).toEqual(first);
  expect(await server.redis.hgetall(keys.batch(campaign.id, 0))).toEqual(after);
  expect(await server.redis.hgetall(keys.campaign(campaign.id))).toEqual(counts);
  expect(await server.redis.xlen(keys.outbox())).toBe(1);
});
