import { describe, expect, test } from 'vitest';
import { zonedIso } from '../../../src/server/console/zoned-time.ts';

describe('a time in a zone', () => {
  test('has the offset of that zone at that time', () => {
    expect(zonedIso('2026-11-29T13:10', 'Asia/Tokyo')).toBe('2026-11-29T13:10:00+09:00');
    expect(zonedIso('2026-07-01T09:00:30', 'America/New_York')).toBe('2026-07-01T09:00:30-04:00');
    expect(zonedIso('2026-12-01T09:00', 'America/New_York')).toBe('2026-12-01T09:00:00-05:00');
    expect(zonedIso('2026-01-01T00:00', 'Asia/Kathmandu')).toBe('2026-01-01T00:00:00+05:45');
    expect(zonedIso('2026-01-01T00:00', 'UTC')).toBe('2026-01-01T00:00:00+00:00');
  });

  test('that the clocks skip is an hour later, and of one that comes twice the first is meant', () => {
    expect(zonedIso('2026-03-08T02:30', 'America/New_York')).toBe('2026-03-08T03:30:00-04:00');
    expect(zonedIso('2026-11-01T01:30', 'America/New_York')).toBe('2026-11-01T01:30:00-04:00');
  });

  test('is none where it is no time, or no zone', () => {
    expect(zonedIso('tomorrow', 'UTC')).toBeNull();
    expect(zonedIso('2026-13-01T00:00', 'UTC')).toBeNull();
    expect(zonedIso('2026-01-01T00:00', 'Mars/Base')).toBeNull();
  });
});
