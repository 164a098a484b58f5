/** What a TIMESTAMP may be: the years 1 to 9999. */
const MICROS_MIN = -62_135_596_800_000_000n;
const MICROS_MAX = 253_402_300_799_999_999n;

export function isTimestamp(micros: bigint): boolean {
  return micros >= MICROS_MIN && micros <= MICROS_MAX;
}

/** `2026-01-01T00:00:00.123456Z` */
export function isoOfMicros(micros: bigint): string {
  const below = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((micros - below) / 1000n)).toISOString();
  return `${iso.slice(0, -1)}${String(below).padStart(3, '0')}Z`;
}

const TEXT =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d{1,6}))?)? ?(?<zone>Z|UTC|[+-]\d{2}:\d{2})?$/u;

/** Microseconds of a time as insertAll takes it: text, or seconds since 1970; null where it is neither. */
export function microsOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.round(value * 1e6)) : null;
  if (typeof value !== 'string') return null;
  if (/^-?\d+(?:\.\d+)?$/u.test(value)) return BigInt(Math.round(Number(value) * 1e6));
  const { groups } = TEXT.exec(value) ?? {};
  if (!groups) return null;
  const { date, time = '00:00:00', fraction = '', zone = 'Z' } = groups;
  const ms = Date.parse(`${date}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
