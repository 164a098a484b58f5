import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../../src/log/event.ts';
import { eventId } from '../../src/log/event-id.ts';

const time = Date.UTC(2026, 10, 27);
const accepted: LogEvent = { event_type: 'accepted', event_time: time, campaign_id: 'spring', seq: 12 };

describe('the id of an event', () => {
  test.each<[string, LogEvent]>([
    ['spring/12/accepted/id=0100-a/mark=1', { ...accepted, ses_message_id: '0100-a', mark: '1' }],
    ['spring/12/skipped/reason=bounced', { ...accepted, event_type: 'skipped', reason: 'bounced' }],
    [
      'spring/campaign_paused/at=2026-11-27T00:00:00.000Z',
      { event_type: 'campaign_paused', event_time: time, campaign_id: 'spring' },
    ],
    [
      '~/to=a@example.jp/from=news@example.jp/unsubscribe/at=2026-11-27T00:00:00.000Z',
      { event_type: 'unsubscribe', event_time: time, recipient: 'a@example.jp', sender: 'news@example.jp' },
    ],
    [
      'spring/to=a%2Fb%20c@example.jp/invalid',
      { event_type: 'invalid', event_time: time, campaign_id: 'spring', recipient: 'a/b c@example.jp' },
    ],
    ['spring/12/accepted/test', { ...accepted, test: true }],
  ])('reads %s', (id, event) => {
    expect(eventId(event)).toBe(id);
  });

  test('is the same whenever the event is settled and logged, and whatever else is known about it', () => {
    const again = {
      ...accepted,
      event_time: time + 1,
      diagnostic: 'x',
      detail: { a: 1 },
      tags: { team: 'crm' },
      user_agent: 'y',
    };
    expect(eventId(again)).toBe(eventId(accepted));
  });

  test('differs for what happens to one recipient twice', () => {
    const click: LogEvent = { ...accepted, event_type: 'click', url: 'https://example.jp/a' };
    const ids = [
      eventId(click),
      eventId({ ...click, event_time: time + 1 }),
      eventId({ ...click, url: 'https://example.jp/b' }),
      eventId({ ...click, event_type: 'open' }),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  test('is short where a value is long, and still tells two of them apart', () => {
    const long = 'https://example.jp/?q='.padEnd(5000, 'x');
    const click: LogEvent = { ...accepted, event_type: 'click', url: `${long}1` };
    expect(eventId(click).length).toBeLessThan(200);
    expect(eventId({ ...click, url: `${long}2` })).not.toBe(eventId(click));
  });

  test('is shared by no two events that differ in what it is made of', () => {
    // Few and awkward values, so that collisions would be found.
    const value = fc.constantFrom(
      '~',
      '',
      '/',
      '=',
      '#',
      '%',
      '%2F',
      'a',
      'a/b',
      'reason=a',
      'test',
      '12',
      'id=a',
      '\n',
      '\u0085',
      'accepted',
    );
    const parts = fc.record(
      {
        campaign_id: value,
        seq: fc.constantFrom(1, 12),
        recipient: value,
        sender: value,
        test: fc.constant(true),
        ses_message_id: value,
        reason: value,
        mark: value,
      } as const,
      { requiredKeys: [] },
    );
    const event = fc
      .tuple(parts, fc.constantFrom('accepted', 'open', 'campaign_x'), fc.constantFrom(time, time + 1))
      .map(([given, event_type, event_time]): LogEvent => ({ ...given, event_type, event_time }));
    const identity = (given: LogEvent) => {
      const { recipient, sender, event_time, ...rest } = given;
      const placed = given.campaign_id !== undefined && given.seq !== undefined;
      return JSON.stringify([
        Object.entries(rest).toSorted(),
        placed ? null : [recipient ?? null, sender ?? null],
        given.event_type === 'accepted' ? null : event_time,
      ]);
    };
    fc.assert(
      fc.property(event, event, (a, b) => {
        expect(eventId(a) === eventId(b)).toBe(identity(a) === identity(b));
      }),
      { numRuns: 20_000 },
    );
  });
});
