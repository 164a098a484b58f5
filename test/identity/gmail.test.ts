import { expect, test } from 'vitest';
import { bulkStanding, isPersonalGmail } from '../../src/identity/gmail.ts';

test.each(['ann@gmail.com', 'ann+news@gmail.com', 'ann@googlemail.com'])(
  '%s is a personal address',
  (address) => {
    expect(isPersonalGmail(address)).toBe(true);
  },
);

test.each([
  'ann@google.com',
  'ann@mail.gmail.com',
  'ann@notgmail.com',
  'gmail.com@example.com',
  'ann@gmail.com.example',
])('%s is none', (address) => {
  expect(isPersonalGmail(address)).toBe(false);
});

test('a domain under the limit is told how far it is', () => {
  expect(bulkStanding({ last24Hours: 1_234, bulkSince: null })).toEqual({
    isBulk: false,
    said: 'not a bulk sender to Gmail yet: 1,234 mails to personal Gmail addresses in the last 24 hours, and 5,000 make one for good',
  });
  expect(bulkStanding({ last24Hours: 1, bulkSince: null }).said).toContain(' 1 mail to ');
});

test('who was one once is one, however little it sends now', () => {
  expect(bulkStanding({ last24Hours: 0, bulkSince: Date.UTC(2026, 10, 2, 5) })).toEqual({
    isBulk: true,
    said: 'a bulk sender to Gmail since 2026-11-02, for good; 0 mails to personal Gmail addresses in the last 24 hours',
  });
});
