import {
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Field } from './schema.ts';
import { isoOfMicros } from './time.ts';

/** A row as the REST API sends it. */
export function wireRow(fields: readonly Field[], values: readonly DuckDBValue[], int64: boolean): unknown {
  return { f: fields.map((field, index) => ({ v: cell(values[index] ?? null, field, int64) })) };
}

function cell(value: DuckDBValue, field: Field, int64: boolean): unknown {
  if (field.mode === 'REPEATED') {
    const items = value instanceof DuckDBListValue ? value.items : [];
    return items.map((item) => ({ v: cell(item, { ...field, mode: 'NULLABLE' }, int64) }));
  }
  if (value === null) return null;
  if (value instanceof DuckDBStructValue) {
    const fields = field.fields ?? [];
    return wireRow(
      fields,
      fields.map((part) => value.entries[part.name] ?? null),
      int64,
    );
  }
  if (value instanceof DuckDBTimestampTZValue)
    return int64 ? String(value.micros) : floatSeconds(value.micros);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  return String(value);
}

/** As BigQuery writes it: `1.767225600123456E9`. */
function floatSeconds(micros: bigint): string {
  const text = (Number(micros) / 1e6).toExponential().replace('e+', 'E').replace('e', 'E');
  return text.includes('.') ? text : text.replace('E', '.0E');
}

/** A row for a test to look at: times as ISO text with microseconds, integers as numbers, JSON as its text. */
export function plainRow(fields: readonly Field[], values: readonly DuckDBValue[]): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name }, index) => [name, plain(values[index] ?? null)]));
}

function plain(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof DuckDBTimestampTZValue) return isoOfMicros(value.micros);
  if (value instanceof DuckDBListValue) return value.items.map(plain);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([key, part]) => [key, plain(part)]));
  return typeof value === 'object' && value !== null ? String(value) : value;
}
