import { METRICS } from '../../core/metrics.ts';
import type { ThreadFigures } from '../../queue/meter-book.ts';
import { type Sample, sample } from './family.ts';

const WORKERS_MAX = METRICS.sluice_worker_heap_bytes.labels.worker.most;

/** Of the first two hundred workers by name. What threads of a process have in common is told once, as it was told last. */
export function workerFigures(threads: readonly ThreadFigures[]): Sample[] {
  const workers = [...Map.groupBy(threads, ({ worker }) => worker)].slice(0, WORKERS_MAX);
  return workers.flatMap(([worker, own]) => [
    sample(
      'sluice_worker_resident_memory_bytes',
      { worker },
      Math.max(...own.map((one) => one.residentBytes)),
    ),
    sample('sluice_worker_cpu_seconds_total', { worker }, Math.max(...own.map((one) => one.cpuSeconds))),
    sample(
      'sluice_worker_start_time_seconds',
      { worker },
      Math.min(...own.map((one) => one.startedAt)) / 1000,
    ),
    ...own.flatMap(({ thread, heapBytes, lagSeconds }) => [
      sample('sluice_worker_heap_bytes', { worker, thread }, heapBytes),
      sample('sluice_worker_event_loop_lag_seconds', { worker, thread }, lagSeconds),
    ]),
  ]);
}
