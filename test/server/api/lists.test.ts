import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SluiceClient } from '../../../src/client/index.ts';
import { reportXml } from '../../dmarc/reports.ts';
import { TOKEN, useSluiceServer } from '../../support/sluice-server.ts';
import { askerOf, campaign, finished, textOf } from './stage.ts';

const server = useSluiceServer();
const ask = askerOf(server);
const Stored = z.looseObject({ path: z.string() });
const Rows = z.object({ items: z.array(z.looseObject({ email: z.string() })), next: z.string().nullable() });

describe('an audience', () => {
  const csv = 'email,name\nanna@example.com,Anna\nben@example.com,Ben\n';

  test('is uploaded once, and a campaign is sent to it', async () => {
    const first = await ask('PUT', '/v1/audiences/people.csv', csv, 'text/csv');
    expect([first.status, first.body]).toMatchObject([201, { name: 'people.csv', kind: 'csv', isNew: true }]);
    const again = await ask('PUT', '/v1/audiences/people.csv', csv, 'application/octet-stream');
    expect([again.status, again.body]).toMatchObject([200, { isNew: false, bytes: csv.length }]);
    const other = await ask('PUT', '/v1/audiences/people.csv', `${csv}carl@example.com,Carl\n`, 'text/csv');
    expect(other.status).toBe(409);
    const { path } = Stored.parse(first.body);
    await ask('POST', '/v1/campaigns', campaign('uploaded', { audience: { kind: 'csv', path } }));
    expect(await finished(ask, 'uploaded')).toMatchObject({ counts: { read: 2, accepted: 2 } });
    expect((await ask('GET', '/v1/audiences')).body).toMatchObject({ items: [{ name: 'people.csv' }] });
    expect((await ask('DELETE', '/v1/audiences/people.csv')).body).toEqual({ name: 'people.csv' });
    expect((await ask('DELETE', '/v1/audiences/people.csv')).status).toBe(404);
  });

  test('may be packed', async () => {
    const answer = await fetch(`${server.base}/v1/audiences/packed.ndjson.gz`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/gzip' },
      body: new Blob([gzipSync('{"email":"anna@example.com"}\n')]),
    });
    expect([answer.status, await answer.json()]).toMatchObject([201, { kind: 'ndjson' }]);
  });

  test('comes as it streams, larger than any body that is held in memory', async () => {
    const line = `${'x'.repeat(80)}@example.com\n`;
    async function* lines() {
      yield Buffer.from('email\n');
      for (let i = 0; i < 40; i += 1) yield Buffer.from(line.repeat(1_000));
    }
    const answer = await fetch(`${server.base}/v1/audiences/large.csv`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/csv' },
      body: ReadableStream.from(lines()),
      duplex: 'half',
    });
    expect([answer.status, await answer.json()]).toMatchObject([201, { bytes: 6 + 40_000 * line.length }]);
  });

  test.each([
    ['..%2Fpasswd.csv', csv, 'text/csv', 422],
    ['people.exe', csv, 'text/csv', 422],
    ['json.csv', '{}', 'application/json', 422],
    ['image.csv', 'x', 'image/png', 415],
    ['empty.csv', '', 'text/csv', 422],
  ])('%s is refused', async (name, content, type, status) => {
    expect((await ask('PUT', `/v1/audiences/${name}`, content, type)).status).toBe(status);
    expect(JSON.stringify((await ask('GET', '/v1/audiences')).body)).not.toContain(name);
  });
});

describe('suppression', () => {
  const sender = 'news@example.co.jp';

  test('is added, checked and removed, without an address in a URL', async () => {
    const addresses = ['Anna@Example.com', 'ben@example.com'];
    const body = { addresses, sender, by: 'Hana', note: 'by phone' };
    expect((await ask('POST', '/v1/suppression', body)).body).toEqual({ added: 2, already: 0 });
    expect((await ask('POST', '/v1/suppression', body)).body).toEqual({ added: 0, already: 2 });
    const checked = await ask('POST', '/v1/suppression/check', {
      addresses: ['anna@example.com', 'c@example.com'],
    });
    expect(checked.body).toMatchObject({
      items: [
        {
          address: 'anna@example.com',
          suppressed: [{ reason: 'unsubscribed', sender, source: 'operator', detail: 'by phone (Hana)' }],
        },
        { address: 'c@example.com', suppressed: [] },
      ],
    });
    expect((await ask('GET', '/v1/suppression/counts')).body).toMatchObject({
      unsubscribed: [{ sender, addresses: 2 }],
    });
    const removed = await ask('POST', '/v1/suppression/remove', { addresses, sender });
    expect(removed.body).toEqual({ removed: 2, absent: 0 });
  });

  test('is imported from a file and exported as one, row for row', async () => {
    const file = 'email\na1@example.com\na2@example.com\nno address\na1@example.com\n';
    const imported = await ask('POST', '/v1/suppression/import?reason=blocked&by=Hana', file, 'text/csv');
    expect([imported.status, imported.body]).toMatchObject([
      200,
      { read: 4, added: 2, already: 1, invalid: 1, examples: [{ row: 3, reason: 'no_at' }] },
    ]);
    const exported = await ask('GET', '/v1/suppression/export?reason=blocked');
    expect(exported.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const rows = textOf(exported).trim().split('\r\n');
    expect(rows[0]).toBe('email,reason,sender,at,source,detail');
    expect(
      rows
        .slice(1)
        .toSorted()
        .map((row) => row.split(',').slice(0, 2).join()),
    ).toEqual(['a1@example.com,blocked', 'a2@example.com,blocked']);
    const again = await ask('POST', '/v1/suppression/import', textOf(exported), 'text/csv');
    expect(again.body).toMatchObject({ read: 2, added: 0, already: 2, invalid: 0 });
  });

  test('is brought together with SES’s own list, which goes on when it is begun', async () => {
    expect((await ask('GET', '/v1/suppression/sync')).status).toBe(404);
    const begun = await ask('POST', '/v1/suppression/sync', { dryRun: true, fromSes: true, by: 'Hana' });
    expect([begun.status, begun.body]).toMatchObject([
      202,
      { by: 'Hana', dryRun: true, fromSes: { added: 0 }, toSes: null },
    ]);
    const client = new SluiceClient({ url: server.base, token: TOKEN });
    expect(await client.suppression.waitForSync()).toMatchObject({ state: 'done', by: 'Hana' });
    const stopped = await ask('POST', '/v1/suppression/sync/stop', {});
    expect([stopped.status, stopped.body]).toMatchObject([200, { state: 'done' }]);
    expect((await ask('POST', '/v1/suppression/sync', { toSes: 'yes' })).body).toMatchObject({
      errors: [{ path: 'toSes' }],
    });
    const page = await ask('GET', '/suppression/sync');
    expect(textOf(page)).toMatch(/dry run: nothing is added/);
    expect(textOf(page)).not.toContain('action="/suppression/sync/stop"');
  });

  test('is listed in pages, whole', async () => {
    const addresses = Array.from({ length: 25 }, (_, index) => `page${index}@example.org`);
    await ask('POST', '/v1/suppression', { addresses, reason: 'complained' });
    const found: string[] = [];
    let after = '';
    do {
      const { body } = await ask('GET', `/v1/suppression?reason=complained&limit=10${after}`);
      const { items, next } = Rows.parse(body);
      found.push(...items.map(({ email }) => email));
      after = next === null ? '' : `&after=${encodeURIComponent(next)}`;
    } while (after !== '');
    expect(found.toSorted()).toEqual(addresses.toSorted());
  });

  test.each([
    [{ addresses: ['anna@example.com'] }, 'reason'],
    [{ addresses: ['anna@example.com'], reason: 'unsubscribed' }, 'reason'],
    [{ addresses: ['anna@example.com'], reason: 'blocked', sender: 'news@example.com' }, 'reason'],
    [{ addresses: ['anna@example.com', 'no address'], reason: 'blocked' }, 'addresses[1]'],
    [{ addresses: [], reason: 'blocked' }, 'addresses'],
    [{ addresses: ['anna@example.com'], reason: 'blocked', why: 'x' }, 'why'],
  ])('%j is refused with its path', async (body, path) => {
    expect(await ask('POST', '/v1/suppression', body)).toMatchObject({
      status: 422,
      body: { errors: [{ path }] },
    });
  });

  test('a file that can’t be read is refused, and nothing of it is written', async () => {
    const wrong = await ask('POST', '/v1/suppression/import?reason=bounced', 'name\nAnna\n', 'text/csv');
    expect([wrong.status, wrong.body]).toMatchObject([422, { detail: expect.stringContaining('column') }]);
    const untold = await ask('POST', '/v1/suppression/import', 'email\nx@example.com\n', 'text/csv');
    expect(untold.status).toBe(422);
    expect((await ask('POST', '/v1/suppression/import?reason=bounced')).status).toBe(422);
  });
});

describe('senders', () => {
  test('a profile is set, replaced as a whole, and removed', async () => {
    const path = '/v1/profiles/news';
    const set = await ask('PUT', path, { from: 'News <news@example.com>', replyTo: ['help@example.com'] });
    const profile = {
      name: 'news',
      from: 'News <news@example.com>',
      replyTo: ['help@example.com'],
      unsubscribe: 'sluice',
      oneClick: true,
    };
    expect([set.status, set.body]).toEqual([200, profile]);
    await ask('PUT', path, { from: 'other@example.com', unsubscribe: 'none', by: 'Hana' });
    expect((await ask('GET', '/v1/profiles')).body).toMatchObject({
      items: [{ from: 'other@example.com', replyTo: [], unsubscribe: 'none', oneClick: false }],
    });
    expect((await ask('PUT', path, { from: 'nobody' })).body).toMatchObject({ errors: [{ path: 'from' }] });
    expect((await ask('PUT', path, { from: 'a@example.com', colour: 1 })).body).toMatchObject({
      errors: [{ path: 'colour' }],
    });
    expect((await ask('DELETE', `${path}?reason=over`)).body).toMatchObject({ name: 'news' });
    expect((await ask('DELETE', path)).status).toBe(404);
  });

  test('a project changes in what is named, and nothing else', async () => {
    await ask('PATCH', '/v1/projects/shop', { perDay: 1_000, bounceRate: 0.05, by: 'Hana', reason: 'new' });
    const { status, body } = await ask('PATCH', '/v1/projects/shop', { perDay: null });
    expect([status, body]).toMatchObject([200, { name: 'shop', perDay: null, bounceRate: 0.05 }]);
    expect((await ask('GET', '/v1/projects')).body).toMatchObject({
      items: [{ name: 'shop', used: { day: 0, month: 0 } }],
    });
    expect((await ask('PATCH', '/v1/projects/shop', { perDay: 1.5 })).body).toMatchObject({
      errors: [{ path: 'perDay' }],
    });
    expect((await ask('GET', '/v1/guard?project=shop')).body).toMatchObject({ spam: [], held: [] });
  });

  test('a domain is registered, shown with its records, checked, moved and removed', async () => {
    const added = await ask('POST', '/v1/domains', { name: 'Mail.Example.JP', mailFrom: 'bounce' });
    expect([added.status, added.body]).toMatchObject([
      200,
      { name: 'mail.example.jp', primary: 'example.jp', trouble: null },
    ]);
    const shown = await ask('GET', '/v1/domains/mail.example.jp');
    expect(shown.body).toMatchObject({
      records: expect.arrayContaining([
        expect.objectContaining({ type: 'CNAME', relativeName: expect.any(String) }),
      ]),
      zone: expect.stringContaining('_domainkey.mail.example.jp.'),
    });
    const checked = await ask('POST', '/v1/domains/mail.example.jp/check');
    expect([checked.status, checked.body]).toMatchObject([
      200,
      { domain: 'mail.example.jp', items: expect.any(Array) },
    ]);
    const moved = await ask('POST', '/v1/domains/mail.example.jp/move', {
      organisation: 'B',
      reason: 'sold',
    });
    expect([moved.status, moved.body]).toMatchObject([
      200,
      { organisation: 'B', domains: ['mail.example.jp'] },
    ]);
    expect((await ask('GET', '/v1/domains')).body).toMatchObject({ items: [{ organisation: 'B' }] });
    expect((await ask('POST', '/v1/domains', { name: 'x.example.jp', organisation: 'C' })).status).toBe(409);
    expect((await ask('DELETE', '/v1/domains/mail.example.jp')).body).toEqual({ name: 'mail.example.jp' });
    expect((await ask('GET', '/v1/domains/mail.example.jp')).status).toBe(404);
  });

  test('a warm-up is set, listed and ended, also of a domain that is not registered', async () => {
    const path = '/v1/warm-ups/news.example.com';
    const set = await ask('PUT', path, { start: 200, by: 'Hana' });
    expect([set.status, set.body]).toMatchObject([
      200,
      { domain: 'news.example.com', start: 200, factor: 2, days: 14, by: 'Hana', today: { day: 0, used: 0 } },
    ]);
    // The same schedule again is the same schedule.
    expect((await ask('PUT', path, { start: 200, by: 'Ken' })).body).toEqual(set.body);
    expect((await ask('GET', '/v1/warm-ups')).body).toEqual({ items: [set.body] });
    const wrong = await ask('PUT', path, { start: 0, days: 1_000, colour: 1 });
    expect([wrong.status, wrong.body]).toMatchObject([
      422,
      { errors: [{ path: 'start' }, { path: 'days' }, { path: 'colour' }] },
    ]);
    expect((await ask('PUT', '/v1/warm-ups/nothing', { start: 1 })).status).toBe(422);
    expect((await ask('DELETE', `${path}?reason=warm`)).body).toEqual({ domain: 'news.example.com' });
    expect((await ask('DELETE', path)).status).toBe(404);
  });

  test('DMARC reports are kept once, whatever they come in, and shown', async () => {
    const path = '/v1/dmarc/reports';
    const xml = reportXml({ begin: Date.UTC(2025, 8, 10) });
    const first = await ask('POST', path, xml, 'application/xml');
    const report = { organisation: 'Mailbox One', domain: 'example.jp', reportId: 'r1', month: '2025-09' };
    expect([first.status, first.body]).toMatchObject([
      200,
      { added: 1, already: 0, failureReports: 0, reports: [{ ...report, isNew: true }] },
    ]);
    const packed = await fetch(`${server.base}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/gzip' },
      body: new Blob([gzipSync(xml)]),
    });
    expect([packed.status, await packed.json()]).toMatchObject([
      200,
      { added: 0, already: 1, reports: [{ ...report, isNew: false }] },
    ]);
    expect((await ask('GET', '/v1/dmarc?month=2025-09')).body).toMatchObject({
      items: [{ domain: 'example.jp', reports: 1 }],
    });
    const wrong = await ask('POST', path, '{}', 'application/octet-stream');
    expect([wrong.status, wrong.body]).toMatchObject([
      422,
      { detail: 'the file is refused: it is no XML, gzip, zip or mail' },
    ]);
    expect((await ask('POST', path)).status).toBe(422);
    expect((await ask('POST', path, xml, 'image/png')).status).toBe(415);
    // What comes as a stream here is no body anywhere else.
    expect((await ask('POST', '/v1/campaigns', xml, 'application/xml')).status).toBe(415);
  });

  test('of a month without DMARC reports there is nothing, and months are months', async () => {
    expect((await ask('GET', '/v1/dmarc?month=2020-01')).status).toBe(404);
    expect((await ask('GET', '/v1/dmarc?month=2026-13')).body).toMatchObject({ errors: [{ path: 'month' }] });
  });
});

test('the overview has all of it at a glance', async () => {
  const { status, body } = await ask('GET', '/v1/overview');
  expect([status, body]).toMatchObject([
    200,
    { openCount: 0, workers: [{ ses: 'sandbox' }], log: { dead: 0 } },
  ]);
});
