import { describe, expect, test } from 'vitest';
import { RECEIVERS_DIFFER } from '../../src/identity/alignment.ts';
import type { DomainItem, DomainItemName } from '../../src/identity/domain-check.ts';
import type { ReceiverFacts } from '../../src/identity/receiver-judges.ts';
import { receiverReport } from '../../src/identity/receiver-report.ts';
import { RECEIVER_RULES } from '../../src/identity/receiver-rules.ts';
import { RECEIVERS, receiverOf } from '../../src/identity/receivers.ts';

test.each([
  ['gmail.com', 'gmail'],
  ['googlemail.com', 'gmail'],
  ['yahoo.com', 'yahoo'],
  ['yahoo.co.uk', 'yahoo'],
  ['yahoo.com.br', 'yahoo'],
  ['aol.com', 'yahoo'],
  ['yahoo.co.jp', 'yahoo-japan'],
  ['outlook.com', 'outlook'],
  ['outlook.jp', 'outlook'],
  ['hotmail.co.uk', 'outlook'],
  ['live.jp', 'outlook'],
  ['msn.com', 'outlook'],
  ['docomo.ne.jp', 'docomo'],
  ['ezweb.ne.jp', 'au'],
  ['au.com', 'au'],
  ['softbank.ne.jp', 'softbank'],
  ['i.softbank.jp', 'softbank'],
  ['d.vodafone.ne.jp', 'softbank'],
  ['jp-t.ne.jp', 'softbank'],
  ['example.com', null],
  ['notgmail.com', null],
  ['gmail.com.example', null],
  ['mail.yahoo.example', null],
  ['outlook.example.com', null],
])('%s belongs to %s', (domain, receiver) => {
  expect(receiverOf(domain)).toBe(receiver);
});

const FACTS: ReceiverFacts = {
  domain: null,
  category: 'marketing',
  unsubscribe: 'sluice',
  oneClick: true,
  visibleLink: true,
  isBulkSender: null,
  spamRate: null,
};

function checked(change: Readonly<Partial<Record<DomainItemName, DomainItem['status']>>> = {}) {
  const names = ['identity', 'dkim', 'spf', 'dmarc', 'alignment', 'tls'] as const;
  const items = names.map((item) => ({
    item,
    status: change[item] ?? ('ok' as const),
    found: `${item} as found`,
    expected: null,
    todo: [],
  }));
  return { items };
}

function status(id: string, facts: Partial<ReceiverFacts> = {}) {
  const all = receiverReport({ ...FACTS, ...facts }, {}).flatMap(({ rules }) => rules);
  return all.find((rule) => rule.id === id)?.status;
}

describe('the rules', () => {
  test('have ids of their own, of known receivers, and a source each', () => {
    const ids = RECEIVER_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id } of RECEIVERS) expect(ids.some((rule) => rule.startsWith(`${id}-`))).toBe(true);
    for (const { source } of RECEIVER_RULES) {
      expect(source.title).not.toBe('');
      if (source.url !== null) expect(new URL(source.url).protocol).toBe('https:');
    }
  });

  test('that hang on the domain are not known before it was checked, and none of them is said to be met', () => {
    expect(status('gmail-authentication')).toBe('unknown');
    expect(status('outlook-dmarc')).toBe('unknown');
    expect(status('docomo-dmarc')).toBe('unknown');
  });

  test('of all Gmail senders want SPF or DKIM, those of bulk senders both', () => {
    const noSpf = { domain: checked({ spf: 'missing' }) };
    expect(status('gmail-authentication', noSpf)).toBe('met');
    expect(status('gmail-bulk-authentication', noSpf)).toBe('unmet');
    const neither = { domain: checked({ spf: 'missing', dkim: 'wrong' }) };
    expect(status('gmail-authentication', neither)).toBe('unmet');
  });

  test('count an item that could not be asked as unknown, and one that could be better as met', () => {
    expect(status('gmail-dmarc', { domain: checked({ dmarc: 'unasked' }) })).toBe('unknown');
    expect(status('gmail-dmarc', { domain: checked({ dmarc: 'advice' }) })).toBe('met');
    expect(status('gmail-authentication', { domain: checked({ spf: 'missing', dkim: 'unasked' }) })).toBe(
      'unknown',
    );
    expect(status('yahoo-dmarc', { domain: checked({ dmarc: 'unasked', alignment: 'wrong' }) })).toBe(
      'unmet',
    );
  });

  test('of alignment are not said to be met where receivers differ', () => {
    const { items } = checked({ alignment: 'advice' });
    const split = items.map((one) =>
      one.item === 'alignment' ? { ...one, found: `aligned by one way. ${RECEIVERS_DIFFER}` } : one,
    );
    expect(status('docomo-dmarc', { domain: { items } })).toBe('met');
    expect(status('docomo-dmarc', { domain: { items: split } })).toBe('unknown');
  });

  test('of the spam rate hold below 0.3 % for all, and below 0.1 % for bulk senders', () => {
    const rates = (spamRate: number) => [
      status('gmail-spam-rate', { spamRate }),
      status('gmail-bulk-spam-rate', { spamRate }),
    ];
    expect(rates(0.0009)).toEqual(['met', 'met']);
    expect(rates(0.001)).toEqual(['met', 'unmet']);
    expect(rates(0.003)).toEqual(['unmet', 'unmet']);
  });

  test('of unsubscribing look at header, link, and who hears of it', () => {
    expect(status('gmail-one-click', { unsubscribe: 'own', oneClick: false })).toBe('unmet');
    expect(status('gmail-visible-link', { visibleLink: false })).toBe('unmet');
    expect(status('gmail-visible-link', { visibleLink: null })).toBe('unknown');
    expect([status('gmail-honour'), status('gmail-honour', { unsubscribe: 'own' })]).toEqual([
      'met',
      'unknown',
    ]);
  });
});

describe('a rule applies', () => {
  const applies = (id: string, facts: Partial<ReceiverFacts>, counts: Parameters<typeof receiverReport>[1]) =>
    receiverReport({ ...FACTS, ...facts }, counts)
      .flatMap(({ rules }) => rules)
      .find((rule) => rule.id === id)?.applies;

  test('to bulk senders where Gmail has marked the domain, or the campaign is large enough to bring the mark', () => {
    expect(applies('gmail-dmarc', {}, { gmail: 10 })).toBeNull();
    expect(applies('gmail-dmarc', { isBulkSender: false }, { gmail: 4_999 })).toBe(false);
    expect(applies('gmail-dmarc', { isBulkSender: false }, { gmail: 5_000 })).toBe(true);
    expect(applies('gmail-dmarc', { isBulkSender: true }, { gmail: 1 })).toBe(true);
    expect(applies('outlook-dmarc', { isBulkSender: true }, { outlook: 1 })).toBeNull();
  });

  test('to marketing mail alone where it says so', () => {
    const transactional = { category: 'transactional', unsubscribe: 'none' } as const;
    expect(applies('gmail-one-click', transactional, { gmail: 9_000 })).toBe(false);
    expect(applies('gmail-dmarc', transactional, { gmail: 9_000 })).toBe(true);
  });

  test('and recipients are not known where nobody has counted the list', () => {
    expect(receiverReport(FACTS, null).map(({ recipients }) => recipients)).toEqual(
      RECEIVERS.map(() => null),
    );
    expect(receiverReport(FACTS, { au: 3 }).find(({ receiver }) => receiver === 'au')?.recipients).toBe(3);
  });
});
