import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { MemoryMeter } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { MeterBook } from '../queue/meter-book.ts';
import { MeterFlush } from '../queue/meter-flush.ts';
import { threadFigures } from '../queue/thread-figures.ts';
import { processName } from './worker-card.ts';

/** What writes down the counts of a thread. @param of whose figures are told as well; null for a process that is no worker */
export function buildMeterFlush(
  { redis, keys }: Pick<Client, 'redis' | 'keys'>,
  meter: MemoryMeter,
  logger: Logger,
  of: { readonly worker: string; readonly thread: string } | null,
): Service {
  return new MeterFlush({
    meter,
    book: new MeterBook(redis, keys),
    clock: systemClock,
    logger,
    writer: processName(),
    figures: of && threadFigures(of.worker, of.thread, systemClock),
  });
}
