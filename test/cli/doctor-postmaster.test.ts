import { expect, test } from 'vitest';
import { checkLine } from '../../src/cli/doctor-check.ts';
import { postmasterCheck } from '../../src/cli/doctor-postmaster.ts';
import type { SpamOfDomain } from '../../src/identity/postmaster-book.ts';
import { type PostmasterTrouble, postmasterFault } from '../../src/identity/postmaster-trouble.ts';

const NOW = Date.UTC(2026, 10, 29, 5);
const HOUR_MS = 3_600_000;
const read = { at: NOW - 2 * HOUR_MS, trouble: null };
const troubleOf = (trouble: PostmasterTrouble, what: string) => {
  const { code, message } = postmasterFault(trouble, what);
  return { at: read.at, trouble: { code, said: message } };
};
const domain = (name: string, rate: number, date = '2026-11-27'): SpamOfDomain => ({
  domain: name,
  newest: { date, rate },
  reading: read,
});

test('what is read without trouble has nothing to complain of', () => {
  expect(postmasterCheck(read, [domain('example.com', 0.0002)], NOW)).toEqual({
    name: 'postmaster',
    status: 'ok',
    found: '1 domain asked for 2.0 h ago',
    todo: null,
  });
  expect(postmasterCheck(read, [], NOW).status).toBe('ok');
});

test.each([
  ['CREDENTIALS', /log in/],
  ['SCOPE', /scopes/],
  ['NOT_ENABLED', /gcloud services enable/],
  ['PROJECT', /GOOGLE_CLOUD_PROJECT/],
  ['AWAY', /again/],
] as const)('a reading that failed (%s) is warned of, with what to do', (trouble, todo) => {
  const check = postmasterCheck(troubleOf(trouble, 'the list of domains'), [], NOW);
  expect(check).toMatchObject({ status: 'warn', todo: expect.stringMatching(todo) });
});

test('nobody who reads, or nobody any more, is warned of', () => {
  expect(postmasterCheck(null, [], NOW)).toMatchObject({
    status: 'warn',
    todo: expect.stringContaining('role plan'),
  });
  const old = { at: NOW - 50 * HOUR_MS, trouble: null };
  expect(postmasterCheck(old, [], NOW)).toMatchObject({
    status: 'warn',
    found: expect.stringContaining('50.0 h'),
  });
});

test('a domain that is called spam too often is named before those that were not read, each with what to do', () => {
  const unread: SpamOfDomain = {
    domain: 'example.jp',
    newest: null,
    reading: troubleOf('UNVERIFIED', 'example.jp'),
  };
  const domains = [domain('example.com', 0.0042), domain('old.example', 0.5, '2026-11-01'), unread];
  expect(checkLine(postmasterCheck(read, domains, NOW))).toContain(
    '3 domains asked for 2.0 h ago; called spam too often: example.com (0.42 % on 2026-11-27): ',
  );
  expect(checkLine(postmasterCheck(read, [unread], NOW))).toMatch(/not read: example\.jp: add and verify/);
});
