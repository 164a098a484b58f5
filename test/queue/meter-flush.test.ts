import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { MemoryMeter } from '../../src/core/meter.ts';
import type { MeterWrite } from '../../src/queue/meter-book.ts';
import { MeterFlush } from '../../src/queue/meter-flush.ts';
import { silentLogger } from '../support/logger.ts';

/** A book that takes what it is told to take. */
class Book {
  readonly taken: MeterWrite[] = [];
  isAway = false;
  asked = 0;

  async write(_writer: string, write: MeterWrite): Promise<void> {
    this.asked += 1;
    if (this.isAway) throw new Error('Connection is closed.');
    this.taken.push(write);
  }

  /** A write that was sent twice counts once. */
  get accepted(): number {
    const byNumber = new Map(this.taken.map(({ number, deltas }) => [number, deltas]));
    return [...byNumber.values()].reduce(
      (sum, deltas) => sum + (deltas.get('sluice_recipients_accepted_total') ?? 0),
      0,
    );
  }
}

function flush(meter: MemoryMeter, book: Book, intervalMs = 5): MeterFlush {
  return new MeterFlush({
    meter,
    book,
    clock: systemClock,
    logger: silentLogger,
    writer: 'w',
    figures: null,
    intervalMs,
  });
}

const count = (meter: MemoryMeter, n: number) => meter.add('sluice_recipients_accepted_total', {}, n);

test('what is counted is written, and nothing where nothing was', async () => {
  const [meter, book] = [new MemoryMeter(), new Book()];
  const service = flush(meter, book);
  await service.start();
  count(meter, 3);
  await expect.poll(() => book.accepted).toBe(3);
  count(meter, 4);
  await expect.poll(() => book.accepted).toBe(7);
  await service.stop();
  expect(book.taken).toHaveLength(2);
});

test('what Redis did not take is kept, sent again as it was, and counts once', async () => {
  const [meter, book] = [new MemoryMeter(), new Book()];
  const service = flush(meter, book);
  book.isAway = true;
  await service.start();
  count(meter, 3);
  await expect.poll(() => book.asked).toBeGreaterThan(2);
  count(meter, 4);
  await expect.poll(() => book.asked).toBeGreaterThan(4);
  book.isAway = false;
  await expect.poll(() => book.accepted).toBe(7);
  await service.stop();
  expect(book.taken.map(({ number }) => number)).toEqual([1, 2]);
});

test('what was counted last is written at the stop', async () => {
  const [meter, book] = [new MemoryMeter(), new Book()];
  const service = flush(meter, book, 60_000);
  await service.start();
  count(meter, 3);
  await service.stop();
  expect(book.accepted).toBe(3);
});
