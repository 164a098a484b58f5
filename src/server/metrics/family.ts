import type { GaugeName, LabelsOf, MetricName } from '../../core/metrics.ts';

/** One figure of a metric. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Of a gauge; the counters of worker processes are told in the same way. */
export function sample<Name extends GaugeName | 'sluice_worker_cpu_seconds_total'>(
  name: Name,
  labels: LabelsOf<Name>,
  value: number,
): Sample {
  return { name, labels, value };
}
