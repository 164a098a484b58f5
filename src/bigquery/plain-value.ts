/** A row of an answer with its values as JSON has them. */
export function plainRow(row: unknown): Record<string, unknown> {
  if (!isObject(row)) return {};
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

/**
 * Times and dates, which the library wraps as `{ value }`, as their text (timestamps: ISO 8601 in UTC with milliseconds, as in the files), NUMERIC as the
 * text of its digits, bytes as base64; lists and structs likewise.
 */
function plainValue(value: unknown): unknown {
  if (!isObject(value)) return Array.isArray(value) ? value.map(plainValue) : value;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value['value'] === 'string' && value.constructor !== Object) return timeText(value['value']);
  // big.js, whose own text may have an exponent.
  if (typeof value['toFixed'] === 'function') return String(Reflect.apply(value['toFixed'], value, []));
  return plainRow(value);
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

function timeText(text: string): string {
  return TIMESTAMP.test(text) ? new Date(text).toISOString() : text;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
