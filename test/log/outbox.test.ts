import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { decodeBlock } from '../../src/log/block.ts';
import {
  BLOCK_EVENTS_MAX,
  deadLetters,
  OUTBOX_ENTRIES_MAX,
  OUTBOX_FULL_ENTRIES,
  OUTBOX_HOLD_ENTRIES,
  Outbox,
} from '../../src/log/outbox.ts';
import { useRedis } from '../support/redis.ts';
import { batch } from './support.ts';

const server = useRedis();
const keys = new Keys('{sluice}');

function newOutbox() {
  return new Outbox(server.redis, keys);
}

async function remove(count: number) {
  const entries = await server.redis.xrange(keys.outbox(), '-', '+', 'COUNT', count);
  await server.redis.xdel(keys.outbox(), ...entries.map(([id]) => id));
}

describe('the outbox', () => {
  test('holds a large block as entries of the usual size, in order', async () => {
    await newOutbox().append(batch(1, 120, { project: 'shop' }));
    const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
    const blocks = entries.map(([, fields]) => decodeBlock(fields[1] ?? Buffer.alloc(0)));
    expect(blocks.map((block) => block.events.length)).toEqual([BLOCK_EVENTS_MAX, BLOCK_EVENTS_MAX, 20]);
    expect(blocks.flatMap((block) => block.events.map((event) => event.seq))).toEqual(
      Array.from({ length: 120 }, (_, index) => index + 1),
    );
    expect(blocks.every((block) => block.common.project === 'shop')).toBe(true);
  });

  test('tells how many entries wait, since when, and how many could not be read', async () => {
    const outbox = newOutbox();
    expect(await outbox.backlog()).toEqual({ entries: 0, oldestMs: 0, dead: 0 });
    const [seconds] = await server.redis.time();
    await server.redis.xadd(keys.outbox(), `${Number(seconds) * 1000 - 5000}-0`, 'b', '{}');
    await outbox.append(batch(1, 1));
    await server.redis.xadd(deadLetters(keys), '*', 'reason', 'x');
    const { entries, oldestMs, dead } = await outbox.backlog();
    expect([entries, dead]).toEqual([2, 1]);
    expect(oldestMs).toBeGreaterThanOrEqual(5000);
  });

  test('is shipped past a place only when everything up to it is gone, whatever came later', async () => {
    const outbox = newOutbox();
    expect(await outbox.shippedPast(await outbox.position())).toBe(true);
    await outbox.append(batch(1, 100));
    const place = await outbox.position();
    await outbox.append(batch(101, 1));
    await remove(1);
    expect(await outbox.shippedPast(place)).toBe(false);
    await remove(1);
    expect(await outbox.shippedPast(place)).toBe(true);
    expect(await outbox.shippedPast(await outbox.position())).toBe(false);
  });

  test('is drained when what was in it is gone, though more arrives', async () => {
    const outbox = newOutbox();
    await outbox.append(batch(1, 1));
    let ended = false;
    const drained = outbox.drained(systemClock).then((result) => {
      ended = true;
      return result;
    });
    await outbox.append(batch(2, 1));
    expect(ended).toBe(false);
    await remove(1);
    expect(await drained).toBe(true);
    expect(await server.redis.xlen(keys.outbox())).toBe(1);
  });

  test('waits no longer for that than it may', async () => {
    const outbox = newOutbox();
    await outbox.append(batch(1, 1));
    expect(await outbox.drained(systemClock, AbortSignal.timeout(20))).toBe(false);
  });

  test('at its bound takes no more memory than was reckoned with', async () => {
    const outbox = newOutbox();
    for (let from = 1; from <= 50_000; from += 10_000) await outbox.append(batch(from, 10_000));
    const bytes = Number(await server.redis.memory('USAGE', keys.outbox(), 'SAMPLES', 0));
    const entries = await server.redis.xlen(keys.outbox());
    expect((bytes / entries) * OUTBOX_ENTRIES_MAX).toBeLessThan(500_000_000);
    expect(OUTBOX_HOLD_ENTRIES / OUTBOX_ENTRIES_MAX).toBe(0.5);
    expect(OUTBOX_FULL_ENTRIES / OUTBOX_ENTRIES_MAX).toBe(0.9);
  });
});
