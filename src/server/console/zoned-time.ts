/**
 * A moment as a person names it, in ISO 8601 with its offset. A time that the clocks skip is an hour later, as clocks on walls are; of one that
 * comes twice the first is meant.
 *
 * @param local as `datetime-local` has it: `2026-11-29T13:10`, with seconds or without
 * @param zone of the IANA database
 * @returns null where it is no time, or no zone
 */
export function zonedIso(local: string, zone: string): string | null {
  const written = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(?:\.\d+)?$/.exec(local);
  if (!written) return null;
  const [, date = '', minute = '', second = ':00'] = written;
  const asUtc = Date.parse(`${date}T${minute}${second}Z`);
  if (Number.isNaN(asUtc)) return null;
  const before = offsetMinutes(asUtc - DAY_MS, zone);
  const after = offsetMinutes(asUtc + DAY_MS, zone);
  if (before === null || after === null) return null;
  const fitting = [before, after].find(
    (offset) => offsetMinutes(asUtc - offset * MINUTE_MS, zone) === offset,
  );
  // Skipped: by the offset of before it is the time that the clocks show then.
  const offset = fitting ?? before;
  const at = asUtc - offset * MINUTE_MS;
  const shown = fitting ?? offsetMinutes(at, zone) ?? before;
  return `${new Date(at + shown * MINUTE_MS).toISOString().slice(0, 19)}${offsetText(shown)}`;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function offsetMinutes(at: number, zone: string): number | null {
  try {
    const name = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
      .formatToParts(at)
      .find(({ type }) => type === 'timeZoneName')?.value;
    const [, sign = '+', hours = '0', minutes = '0'] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name ?? '') ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch {
    return null;
  }
}
