import { isListed, type LabelSpec, type MetricSpec, OTHER } from './metric-spec.ts';
import { type CounterName, type HistogramName, type LabelsOf, METRIC_SPECS } from './metrics.ts';

/** Counts what happens, for dashboards and alerts. It costs some microseconds a call at the most, and keeps nobody waiting. */
export interface Meter {
  /** Of a counter in seconds `n` may be a fraction. */
  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, n?: number): void;
  /** One value of a histogram, in its own unit. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

/** Counts nothing. */
export const NO_METER: Meter = { add: () => {}, observe: () => {} };

/**
 * Differences since they were taken last, by field: the metric's name, then the values of its labels in their order, and of a histogram
 * `b<index>` of the bucket or `sum`, with bars between. All are whole numbers; of what is measured in seconds they are microseconds.
 */
export type Deltas = ReadonlyMap<string, number>;

/** How many of a second are kept. */
export const MICRO = 1_000_000;

/** A meter in memory: what it has counted goes on from here by `drain`. Its size is bounded, since labels are. */
export class MemoryMeter implements Meter {
  #deltas = new Map<string, number>();
  /** Values of free labels that were seen, by metric and label. */
  readonly #seen = new Map<string, Set<string>>();

  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, n = 1): void {
    if (!(n > 0) || !Number.isFinite(n)) return;
    this.#count(this.#field(name, labels), name.endsWith('_seconds_total') ? Math.round(n * MICRO) : n);
  }

  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void {
    if (!Number.isFinite(value)) return;
    const field = this.#field(name, labels);
    const { buckets = [] } = specOf(name);
    // A clock that was set back makes no negative wait.
    const measured = Math.max(0, value);
    let index = 0;
    while (index < buckets.length && measured > (buckets[index] ?? 0)) index += 1;
    this.#count(`${field}|b${index}`, 1);
    this.#count(`${field}|sum`, Math.round(measured * MICRO));
  }

  /** What was counted since the last call; it is the caller's from now on. */
  drain(): Deltas {
    const deltas = this.#deltas;
    this.#deltas = new Map();
    return deltas;
  }

  #count(field: string, n: number): void {
    this.#deltas.set(field, (this.#deltas.get(field) ?? 0) + n);
  }

  #field(name: string, values: Readonly<Record<string, string>>): string {
    let field = name;
    for (const [label, spec] of labelsOf(name)) {
      field += `|${this.#valueOf(`${name}|${label}`, spec, values[label] ?? OTHER)}`;
    }
    return field;
  }

  #valueOf(label: string, spec: LabelSpec, value: string): string {
    if (isListed(spec)) return spec.includes(value) ? value : OTHER;
    const seen = this.#seen.get(label) ?? new Set();
    this.#seen.set(label, seen);
    const kept = value.replaceAll('|', '_');
    if (seen.has(kept)) return kept;
    if (seen.size >= spec.most) return OTHER;
    seen.add(kept);
    return kept;
  }
}

/** What a field stands for. */
export interface FieldOf {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `sum`, or the index of a bucket, of a histogram; null of a counter. */
  readonly part: 'sum' | number | null;
}

/** Null where it is none of this version's. */
export function parseField(field: string): FieldOf | null {
  const [name = '', ...rest] = field.split('|');
  const spec = METRIC_SPECS.get(name);
  if (!spec) return null;
  const labels = Object.keys(spec.labels);
  const isHistogram = spec.type === 'histogram';
  if (rest.length !== labels.length + (isHistogram ? 1 : 0)) return null;
  const named = Object.fromEntries(labels.map((label, index) => [label, rest[index] ?? '']));
  if (!isHistogram) return { name, labels: named, part: null };
  const last = rest.at(-1) ?? '';
  if (last === 'sum') return { name, labels: named, part: 'sum' };
  const index = /^b\d{1,2}$/.test(last) ? Number(last.slice(1)) : Number.NaN;
  return index <= (spec.buckets ?? []).length ? { name, labels: named, part: index } : null;
}

function specOf(name: string): MetricSpec {
  const spec = METRIC_SPECS.get(name);
  if (!spec) throw new Error(`no metric ${name}`);
  return spec;
}

/** Looked up with each count, so they are kept. */
const LABELS = new Map([...METRIC_SPECS].map(([name, { labels }]) => [name, Object.entries(labels)]));

function labelsOf(name: string): readonly (readonly [string, LabelSpec])[] {
  return LABELS.get(name) ?? [];
}
