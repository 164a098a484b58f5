import { describe, expect, test } from 'vitest';
import { logRows } from '../../src/log/row.ts';

const time = Date.UTC(2026, 10, 27, 1, 2, 3, 4);

describe('a row', () => {
  test('has every column, what is common and what is its own', () => {
    const rows = logRows(
      {
        common: {
          event_type: 'accepted',
          event_time: time,
          campaign_id: 'spring',
          sender: 'news@example.jp',
          tags: { team: 'crm' },
        },
        events: [
          { seq: 1, recipient: 'A@Example.JP', ses_message_id: '0100-a', mark: '7' },
          { seq: 2, event_type: 'rejected', reason: 'MessageRejected', event_time: time + 1, override: true },
        ],
      },
      time + 1000,
    );
    expect(rows).toEqual([
      {
        event_id: 'spring/1/accepted/id=0100-a/mark=7',
        event_type: 'accepted',
        event_time: '2026-11-27T01:02:03.004Z',
        logged_at: '2026-11-27T01:02:04.004Z',
        project: null,
        campaign_id: 'spring',
        recipient: 'A@Example.JP',
        recipient_domain: 'example.jp',
        sender: 'news@example.jp',
        seq: 1,
        ses_message_id: '0100-a',
        reason: null,
        smtp_status: null,
        diagnostic: null,
        url: null,
        user_agent: null,
        override: false,
        test: false,
        tags: { team: 'crm' },
        detail: null,
      },
      expect.objectContaining({
        event_id: 'spring/2/rejected/reason=MessageRejected',
        event_time: '2026-11-27T01:02:03.005Z',
        recipient_domain: null,
        override: true,
      }),
    ]);
  });

  test.each([
    ['foo..bar@docomo.ne.jp', 'docomo.ne.jp'],
    ['"a@b"@ezweb.ne.jp', 'ezweb.ne.jp'],
    ['山田@例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['x@BÜCHER.example', 'xn--bcher-kva.example'],
    ['x@1.2.3', '1.2.3'],
    ['nobody', null],
    ['nobody@', null],
    ['x@exa mple.com', null],
  ])('of %s has the domain %s', (recipient, domain) => {
    const [row] = logRows(
      { common: {}, events: [{ event_type: 'invalid', event_time: time, recipient }] },
      time,
    );
    expect(row?.recipient_domain).toBe(domain);
  });

  test('of an event without a type or a time is a fault that says which event', () => {
    expect(() =>
      logRows({ common: { event_time: time }, events: [{ event_type: 'open' }, {}] }, time),
    ).toThrow('events[1] has no event_type');
    expect(() => logRows({ common: {}, events: [{ event_type: 'open' }] }, time)).toThrow(
      'events[0] has no event_time',
    );
  });
});
