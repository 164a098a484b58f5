import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../core/clock.ts';
import type { ThreadFigures } from './meter-book.ts';

/** How close the delays are looked at; closer costs more than it tells. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/** How this thread is doing. Each call tells the delays of its event loop since the call before. */
export function threadFigures(worker: string, thread: string, clock: Clock): () => ThreadFigures {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const startedAt = Math.round(clock.now() - process.uptime() * 1000);
  return () => {
    const { user, system } = process.cpuUsage();
    const late = delays.percentile(99) / NANOSECONDS - RESOLUTION_MS / 1000;
    delays.reset();
    return {
      worker,
      thread,
      startedAt,
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      heapBytes: process.memoryUsage().heapUsed,
      lagSeconds: Number.isFinite(late) ? Math.max(0, late) : 0,
    };
  };
}
