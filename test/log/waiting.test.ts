import { expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { waitingRows } from '../../src/log/waiting.ts';
import { useRedis } from '../support/redis.ts';
import { batch } from './support.ts';

const server = useRedis();
const keys = new Keys('{test}');

async function waitingSeqs(): Promise<(number | null)[]> {
  const all: (number | null)[] = [];
  for await (const rows of waitingRows(server.redis, keys, 'spring')) all.push(...rows.map((row) => row.seq));
  return all;
}

test('rows of the campaign are found in an outbox of any length, and no others', async () => {
  const outbox = new Outbox(server.redis, keys);
  expect(await waitingSeqs()).toEqual([]);
  for (let n = 0; n < 450; n += 1) {
    await outbox.append(batch(n * 2 + 1, 2));
    if (n % 3 === 0) await outbox.append(batch(1, 1, { campaign_id: 'winter' }));
    if (n % 100 === 0) await server.redis.xadd(keys.outbox(), '*', 'b', 'broken');
  }
  const mixed = batch(902, 1).events.map((event) => ({ ...event, campaign_id: 'winter' }));
  await outbox.append({ common: batch(1, 1).common, events: [...batch(901, 1).events, ...mixed] });
  expect(await waitingSeqs()).toEqual(Array.from({ length: 901 }, (_unused, index) => index + 1));
});

test('rows that are added while it reads are left to the next look', async () => {
  const outbox = new Outbox(server.redis, keys);
  for (let n = 0; n < 250; n += 1) await outbox.append(batch(n + 1, 1));
  const found: (number | null)[] = [];
  for await (const rows of waitingRows(server.redis, keys, 'spring')) {
    found.push(...rows.map((row) => row.seq));
    await outbox.append(batch(1000 + found.length, 1));
  }
  expect(found).toEqual(Array.from({ length: 250 }, (_unused, index) => index + 1));
});
