import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { standInAccess } from '../../src/identity/postmaster-access.ts';
import { PostmasterApi } from '../../src/identity/postmaster-api.ts';
import { PostmasterStandIn, type Refusal } from '../support/postmaster.ts';

const google = new PostmasterStandIn();
let api: PostmasterApi;

beforeAll(() => google.start());
afterAll(() => google.stop());
beforeEach(() => {
  google.reset();
  api = new PostmasterApi(standInAccess(`${google.url}/`));
});

const rates = () => api.spamRates('example.com', '2026-11-01', '2026-11-28');

describe('domains', () => {
  test('are told with whether they can be read, by name, over all pages', async () => {
    google.pageMax = 2;
    google.domains = {
      'news.example.com': { permission: 'READER' },
      'example.com': {},
      'b.example': { permission: 'NONE' },
      'a.example': { verificationState: 'UNVERIFIED' },
      'c.example': { permission: 'PERMISSION_UNSPECIFIED' },
    };
    expect(await api.domains()).toEqual([
      { name: 'a.example', isReadable: false },
      { name: 'b.example', isReadable: false },
      { name: 'c.example', isReadable: false },
      { name: 'example.com', isReadable: true },
      { name: 'news.example.com', isReadable: true },
    ]);
    expect(google.asked).toHaveLength(3);
  });

  test('may be none', async () => {
    expect(await api.domains()).toEqual([]);
  });
});

describe('spam rates', () => {
  test('are of the days that Google has figures for, in their order, over all pages', async () => {
    google.pageMax = 1;
    google.domains = {
      'example.com': {
        rates: { '2026-11-20': 0, '2026-11-28': 0.004, '2026-11-03': 0.00125, '2026-10-31': 0.5 },
      },
    };
    expect(await rates()).toEqual([
      { date: '2026-11-03', rate: 0.00125 },
      { date: '2026-11-20', rate: 0 },
      { date: '2026-11-28', rate: 0.004 },
    ]);
    expect(new Set(google.asked)).toEqual(new Set(['POST example.com 2026-11-01 2026-11-28']));
  });

  test('are none where the volume is too small for figures: that is no error', async () => {
    google.domains = { 'example.com': {} };
    expect(await rates()).toEqual([]);
  });

  test('that are no share are refused, rather than believed', async () => {
    google.domains = { 'example.com': { rates: { '2026-11-28': 30 } } };
    await expect(rates()).rejects.toMatchObject({ code: 'POSTMASTER_ANSWER' });
  });
});

describe('what goes wrong has a code, and says what it is', () => {
  test.each<[string, Refusal, string, RegExp]>([
    ['the API is not enabled', { status: 403, reason: 'SERVICE_DISABLED' }, 'NOT_ENABLED', /not enabled/],
    [
      'the token lacks a scope',
      { status: 403, reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' },
      'SCOPE',
      /scopes/,
    ],
    [
      'the quota project is not ours',
      { status: 403, reason: 'USER_PROJECT_DENIED' },
      'PROJECT',
      /may not use/,
    ],
    [
      'no permission for the domain',
      { status: 403 },
      'FORBIDDEN',
      /example\.com: the account may not read it/,
    ],
    ['a domain that nobody added', { status: 404 }, 'UNVERIFIED', /example\.com: it is not verified/],
    ['a token that nobody takes', { status: 401 }, 'CREDENTIALS', /credentials/],
    ['too many requests', { status: 429 }, 'BUSY', /for the moment/],
    ['a quota that is used up', { status: 403, reason: 'RATE_LIMIT_EXCEEDED' }, 'BUSY', /for the moment/],
    ['a server that fails', { status: 503, text: '<html>sorry</html>' }, 'AWAY', /answered 503/],
    ['an answer that is none', { status: 200, text: '<html>log in</html>' }, 'ANSWER', /not in the form/],
  ])('%s', async (_what, refusal, code, said) => {
    google.refusal = refusal;
    await expect(rates()).rejects.toMatchObject({
      code: `POSTMASTER_${code}`,
      message: expect.stringMatching(said),
    });
  });

  test('nobody there', async () => {
    const nobody = new PostmasterApi(standInAccess('http://127.0.0.1:1'));
    await expect(nobody.domains()).rejects.toMatchObject({ code: 'POSTMASTER_AWAY' });
  });

  test('a redirect is not followed, since it could lead credentials anywhere', async () => {
    google.refusal = { status: 302 };
    await expect(rates()).rejects.toMatchObject({ code: 'POSTMASTER_AWAY' });
  });

  test('who stops does not wait for an answer', async () => {
    google.refusal = 'silent';
    const stop = new AbortController();
    const asked = expect(api.domains(stop.signal)).rejects.toMatchObject({ code: 'POSTMASTER_AWAY' });
    stop.abort();
    await asked;
  });
});
