import { expect, test } from 'vitest';
import { useSluiceServer } from '../../support/sluice-server.ts';
import { askerOf, campaign, finished } from '../api/stage.ts';
import { wordsOf } from './stage.ts';

const server = useSluiceServer();
const ask = askerOf(server);
const FORM = 'application/x-www-form-urlencoded';
const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString();
const list = { kind: 'inline', recipients: [{ email: 'anna@example.com', data: { name: 'Anna' } }] };
const later = { sendAt: new Date(Date.now() + 86_400_000).toISOString(), audience: list };

const post = async (path: string, fields: Readonly<Record<string, string>>) => {
  const { status, body } = await ask('POST', path, form(fields), FORM);
  return {
    status,
    page: String(body),
    words: wordsOf(String(body)),
  };
};

test('a test of a campaign goes out to whoever is not suppressed, and counts in nothing', async () => {
  await ask('POST', '/v1/suppression', { addresses: ['gone@example.com'], reason: 'blocked' });
  await ask('POST', '/v1/campaigns', campaign('waiting', later));
  const sent = await post('/campaigns/waiting/test', {
    addresses: 'hana@example.org, gone@example.com',
    row: '',
  });
  expect(sent.status).toBe(200);
  expect(sent.words).toMatch(
    /With the data of row 1\. .*hana@example\.org ✓ sent .*gone@example\.com ▲ not sent: suppressed Blocked/,
  );
  const api = await ask('POST', '/v1/campaigns/waiting/test', { addresses: ['hana@example.org'], row: 1 });
  expect([api.status, api.body]).toMatchObject([
    200,
    { id: 'waiting', row: 1, results: [{ address: 'hana@example.org', kind: 'accepted' }] },
  ]);
  expect((await ask('GET', '/v1/campaigns/waiting')).body).toMatchObject({
    state: 'scheduled',
    counts: { accepted: 0 },
  });
});

test('a campaign is tested before it is sent, as it was checked', async () => {
  const json = JSON.stringify(campaign('unsent', { audience: list }));
  const sent = await post('/campaign-test', { json, addresses: 'hana@example.org' });
  expect([sent.status, sent.words]).toEqual([200, expect.stringContaining('hana@example.org ✓ sent')]);
  expect((await ask('GET', '/v1/campaigns/unsent')).status).toBe(404);
});

test('what is wrong stands at its field, and nothing is sent', async () => {
  await ask('POST', '/v1/campaigns', campaign('asked', later));
  const refused = await post('/campaigns/asked/test', { addresses: ' ', row: 'x' });
  expect(refused.status).toBe(422);
  expect(refused.page).toMatch(/id="addresses-problem"[^>]*>✕ there is none/);
  expect(refused.page).toMatch(/name="row" value="x"[^>]* aria-invalid="true"/);
  const hostile = await post('/campaigns/asked/test', { addresses: '<script>alert(1)</script>' });
  expect([hostile.status, hostile.page.includes('<script>alert')]).toEqual([422, false]);
  expect((await post('/campaigns/asked/test', { addresses: 'a@example.com', row: '9' })).words).toContain(
    'has no row 9',
  );
  expect((await post('/campaigns/nothing/test', { addresses: 'a@example.com' })).status).toBe(404);
});

test('a campaign whose recipients are gone with its end has no row to send', async () => {
  await ask('POST', '/v1/campaigns', campaign('over', { audience: list }));
  await finished(ask, 'over');
  const answer = await ask('POST', '/v1/campaigns/over/test', { addresses: ['a@example.com'] });
  expect([answer.status, answer.body]).toMatchObject([
    409,
    { detail: expect.stringContaining('no row to send') },
  ]);
});
