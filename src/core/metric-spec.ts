/** What one metric is: its kind, what it counts, and by which labels. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** By name, in the order in which they are kept: the values, or how a free one is bounded. */
  readonly labels: Readonly<Record<string, LabelSpec>>;
  /** Upper bounds, ascending, in the metric's own unit; of histograms only. */
  readonly buckets?: readonly number[];
}

/** Values that are listed; or a free label, with how many there are at most. */
export type LabelSpec = readonly string[] | FreeLabel;

export interface FreeLabel {
  readonly most: number;
}

export function isListed(spec: LabelSpec): spec is readonly string[] {
  return Array.isArray(spec);
}

/** What a value is counted as that is not listed. */
export const OTHER = 'other';

/** Those whose sums are fractions; all others count whole things. */
export function isInSeconds(name: string): boolean {
  return name.endsWith('_seconds') || name.endsWith('_seconds_total');
}
