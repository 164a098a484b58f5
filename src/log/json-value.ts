import {
  DuckDBDecimalValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';

/**
 * A value of DuckDB as JSON has it: times as ISO 8601 in UTC, whole numbers as numbers where they are exact and as
 * text where not, JSON columns as what they hold. Values inside lists and structs likewise.
 */
export const jsonValue: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return exactNumber(value);
  if (typeof value === 'string') return type.alias === 'JSON' ? parsed(value) : value;
  if (value instanceof DuckDBDecimalValue) return decimal(value);
  return isoTime(value) ?? library(value, type, converter);
};

function library(value: DuckDBValue, type: DuckDBType, converter: DuckDBValueConverter<Json>): Json {
  return JsonDuckDBValueConverter(value, type, converter);
}

function exactNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** Fifteen digits are what a double holds exactly. */
function decimal(value: DuckDBDecimalValue): number | string {
  return value.width <= 15 ? Number(value.toString()) : value.toString();
}

function parsed(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

/** Null where it is no time, or none that a Date can hold (`infinity`). */
function isoTime(value: DuckDBValue): string | null {
  const ms = milliseconds(value);
  if (ms === null) return null;
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function milliseconds(value: DuckDBValue): bigint | null {
  if (value instanceof DuckDBTimestampTZValue) return value.micros / 1000n;
  if (value instanceof DuckDBTimestampValue) return value.micros / 1000n;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1000n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1_000_000n;
  return null;
}
