import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/core/address.ts';
import { Eraser } from '../../src/log/eraser.ts';
import type { LogEvent } from '../../src/log/event.ts';
import { logRows } from '../../src/log/row.ts';

const ALIAS = { name: 'forgotten-0123456789abcdef', salt: 'salt' };

function eraserOf(written: string): Eraser {
  const parsed = parseAddress(written);
  if (parsed.kind === 'invalid') throw new Error(parsed.reason);
  return new Eraser(parsed.address, ALIAS);
}
const anna = eraserOf('anna@example.co.jp');

function rowOf(event: Partial<LogEvent>) {
  const common = { event_time: 0, event_type: 'accepted', campaign_id: 'spring', seq: 3 } as const;
  const [row] = logRows({ common, events: [event] }, 0);
  return { ...row };
}

describe('a row about the person', () => {
  test('keeps what books and audit need, and says nothing else', () => {
    const row = rowOf({
      event_type: 'bounce',
      recipient: 'Anna@Example.co.jp',
      reason: 'Permanent/General',
      smtp_status: '5.1.1',
      ses_message_id: '0100-1',
      diagnostic: 'no such user',
      user_agent: 'Mail',
      detail: { some: 'thing' },
      tags: { team: 'crm' },
      mark: 'f1',
    });
    expect(anna.erased(row)).toEqual({
      ...row,
      recipient: ALIAS.name,
      recipient_domain: null,
      diagnostic: null,
      user_agent: null,
      detail: null,
    });
  });

  test.each([
    ['anna@example.co.jp', ' ANNA@example.CO.JP '],
    ['hanako@日本語.jp', 'Hanako@xn--wgv71a119e.jp'],
    ['hanako@xn--wgv71a119e.jp', 'hanako@日本語.JP'],
    ['foo..bar@docomo.ne.jp', '"foo..bar"@docomo.ne.jp'],
    ['foo..bar@docomo.ne.jp', 'foo..bar@docomo.ne.jp'],
    ['anna@example.co.jp', 'Anna <anna@example.co.jp>'],
    ['anna@example.co.jp', 'bob@example.jp; Anna@example.co.jp'],
    ["o'neil+news{x}@example.jp", "O'Neil+News{x}@example.jp"],
  ])('%s is found where the row has %j', (asked, written) => {
    const after = eraserOf(asked).erased(rowOf({ recipient: written }));
    expect(after).toMatchObject({ recipient: ALIAS.name, recipient_domain: null });
  });

  test.each([
    'johanna@example.co.jp',
    'anna@example.co.jp.example.com',
    'anna@example.co',
    'j.anna@example.co.jp',
    'anna@mail.example.co.jp',
  ])('is not one about %s', (recipient) => {
    expect(anna.erased(rowOf({ recipient, diagnostic: `250 ok ${recipient}` }))).toBeNull();
  });

  test('has the address nowhere in its id, and the same event has the same id still', () => {
    const wish = { event_type: 'unsubscribe', recipient: 'anna@example.co.jp', sender: 'news@a.jp' } as const;
    const [row] = logRows({ common: {}, events: [{ ...wish, event_time: 0 }] }, 0);
    expect(anna.erased({ ...row })?.['event_id']).toBe(
      `~/to=${ALIAS.name}/from=news@a.jp/unsubscribe/at=1970-01-01T00:00:00.000Z`,
    );
  });

  test('of a click has no link, not even in its id, and two links are still two', () => {
    const click = { event_type: 'click', recipient: 'anna@example.co.jp' } as const;
    const ids = ['https://a.jp/?e=anna%40example.co.jp', 'https://a.jp/u/token', 'https://a.jp/u/token'].map(
      (url) => {
        const after = anna.erased(rowOf({ ...click, url }));
        expect(after).toMatchObject({ url: null });
        expect(JSON.stringify(after)).not.toMatch(/anna|token/);
        return after?.['event_id'];
      },
    );
    expect(ids[0]).toMatch(/^spring\/3\/click\/url=#[0-9a-f]{32}\/at=/);
    expect(new Set(ids).size).toBe(2);
    expect(ids[1]).toBe(ids[2]);
  });

  test('loses a reason that quotes the address, in the id as well', () => {
    const row = rowOf({
      event_type: 'reject',
      recipient: 'anna@example.co.jp',
      reason: 'no <anna@example.co.jp>',
    });
    const after = anna.erased(row);
    expect(after).toMatchObject({ reason: `no <${ALIAS.name}>` });
    expect(JSON.stringify(after)).not.toContain('anna');
  });

  test('does not change again', () => {
    const after = anna.erased(rowOf({ recipient: 'anna@example.co.jp', tags: { a: 'anna@example.co.jp' } }));
    expect(anna.erased({ ...after })).toBeNull();
  });
});

test('a row about somebody else loses the address only where it names it', () => {
  const row = rowOf({
    recipient: 'bob@example.jp',
    diagnostic: '550 forwarded to Anna@example.co.jp, refused',
    url: 'https://a.jp/?e=%3Canna%40example.co.jp%3E',
    detail: { list: ['anna@example.co.jp', 1], other: 'kept' },
  });
  expect(anna.erased(row)).toEqual({
    ...row,
    diagnostic: `550 forwarded to ${ALIAS.name}, refused`,
    url: `https://a.jp/?e=%3C${ALIAS.name}%3E`,
    detail: { list: [ALIAS.name, 1], other: 'kept' },
  });
});

test('rows about nobody tell what operators did, and stay', () => {
  const row = rowOf({
    event_type: 'profile_set',
    detail: { by: 'anna@example.co.jp', after: { from: 'anna@example.co.jp' } },
  });
  expect(anna.erased(row)).toBeNull();
});
