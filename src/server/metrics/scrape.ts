import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../../core/clock.ts';
import type { MeterBook } from '../../queue/meter-book.ts';
import type { QueueCounts } from '../../queue/queue-counts.ts';
import { exposition } from './exposition.ts';
import { sample } from './family.ts';
import { type GaugeSource, gauges } from './gauges.ts';
import { workerFigures } from './worker-figures.ts';

export interface ScrapeParts {
  readonly source: GaugeSource;
  readonly book: Pick<MeterBook, 'counts' | 'threads'>;
  readonly queues: Pick<QueueCounts, 'read'>;
  readonly clock: Clock;
  readonly version: string;
}

/** Several Prometheus servers, or somebody who reloads a page, cost no more than one. */
const SHARED_MS = 1_000;

/** Gauges that are named as counters are, which `promtool check metrics` minds; `nodejs_active_resources` and its like tell the same by type. */
const NAMED_AS_COUNTERS = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * Everything that Prometheus is told, in its text format: what all processes have counted, how everything stands, how the workers are
 * doing, and Node's own figures of this process.
 */
export class Scrape {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #parts: ScrapeParts;
  /** Of this process; a registry of its own, since a process may have several servers. */
  readonly #process = new Registry();
  #last: Promise<string> | null = null;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ScrapeParts) {
    this.#parts = parts;
    collectDefaultMetrics({ register: this.#process });
    for (const name of NAMED_AS_COUNTERS) this.#process.removeSingleMetric(name);
  }

  /** Rejects where Redis does not answer: old figures would look like new ones. */
  text(): Promise<string> {
    const now = this.#parts.clock.now();
    if (this.#last && now - this.#lastAt < SHARED_MS) return this.#last;
    this.#lastAt = now;
    const text = this.#read();
    this.#last = text;
    // The next one asks again.
    text.catch(() => {
      if (this.#last === text) this.#last = null;
    });
    return text;
  }

  async #read(): Promise<string> {
    const { source, book, queues, clock, version } = this.#parts;
    const since = clock.now();
    const [counts, threads, standing] = await Promise.all([
      book.counts(),
      book.threads(),
      gauges(source, queues),
    ]);
    const own = [
      sample('sluice_build_info', { version }, 1),
      sample('sluice_scrape_duration_seconds', {}, (clock.now() - since) / 1000),
    ];
    const ours = await exposition(counts, [...standing, ...workerFigures(threads), ...own]);
    return `${ours}\n${await this.#process.metrics()}`;
  }
}
