import { AggregatorRegistry } from 'prom-client';
import { MICRO } from '../../core/meter.ts';
import { isInSeconds, isListed, type MetricSpec } from '../../core/metric-spec.ts';
import { METRIC_SPECS } from '../../core/metrics.ts';
import type { Count } from '../../queue/meter-book.ts';
import type { Sample } from './family.ts';

/** A line of the exposition format; `metricName` where it is not the metric's own (`_bucket`, `_sum`, `_count`). */
interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/**
 * Counts and gauges in Prometheus's text format. Counters whose labels' values are listed are there from the start, as zero, so that the
 * first of a kind shows as an increase; `other` and free labels come when they are counted.
 */
export async function exposition(counts: readonly Count[], samples: readonly Sample[]): Promise<string> {
  const values = new Map<string, Value[]>([...METRIC_SPECS.keys()].map((name) => [name, []]));
  for (const { name, labels, value } of samples) values.get(name)?.push({ labels, value });
  for (const [name, own] of Map.groupBy(counts, ({ of }) => of.name)) {
    const spec = METRIC_SPECS.get(name);
    if (spec) values.get(name)?.push(...valuesOf(name, spec, own));
  }
  const families = [...METRIC_SPECS].flatMap(([name, spec]) => {
    const { help, type } = spec;
    const own = values.get(name) ?? [];
    if (type === 'counter') own.push(...zerosOf(spec, own));
    return own.length === 0 ? [] : [{ name, help, type, aggregator: 'first', values: own }];
  });
  return AggregatorRegistry.aggregate([families]).metrics();
}

/** Of all listed values, those that nobody has counted yet. */
function zerosOf({ labels }: MetricSpec, counted: readonly Value[]): Value[] {
  const names = Object.keys(labels);
  const nameOf = (of: Value['labels']) => names.map((label) => of[label]).join('|');
  const seen = new Set(counted.map((one) => nameOf(one.labels)));
  let all: Readonly<Record<string, string>>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (!isListed(values)) return [];
    all = all.flatMap((one) => values.map((value) => ({ ...one, [label]: value })));
  }
  return all.filter((one) => !seen.has(nameOf(one))).map((one) => ({ labels: one, value: 0 }));
}

function valuesOf(name: string, spec: MetricSpec, counts: readonly Count[]): Value[] {
  if (spec.type === 'histogram')
    return [...Map.groupBy(counts, ({ of }) => JSON.stringify(of.labels)).values()].flatMap((own) =>
      histogram(name, spec.buckets ?? [], own),
    );
  const scale = isInSeconds(name) ? MICRO : 1;
  return counts.map(({ of, value }) => ({ labels: of.labels, value: value / scale }));
}

/** Buckets are kept each by itself; Prometheus wants to know how many are in it or below it. */
function histogram(name: string, bounds: readonly number[], counts: readonly Count[]): Value[] {
  const { labels = {} } = counts[0]?.of ?? {};
  const of = (part: 'sum' | number) => counts.find((count) => count.of.part === part)?.value ?? 0;
  let below = 0;
  const buckets = bounds.map((le, index) => {
    below += of(index);
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
  });
  const all = below + of(bounds.length);
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: all },
    { metricName: `${name}_sum`, labels, value: of('sum') / MICRO },
    { metricName: `${name}_count`, labels, value: all },
  ];
}
