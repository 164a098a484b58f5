import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sluice } from '../../support/cli.ts';
import { useSluiceServer } from '../../support/sluice-server.ts';
import { askerOf, campaign, finished, textOf } from './stage.ts';

const server = useSluiceServer();
const ask = askerOf(server);
const Page = z.object({ items: z.array(z.looseObject({ id: z.string() })), next: z.string().nullable() });

describe('a campaign', () => {
  test('is created once, is known after that, and its id is taken for ever', async () => {
    const first = await ask('POST', '/v1/campaigns', campaign('created'));
    expect([first.status, first.body]).toEqual([201, { id: 'created', kind: 'accepted', notes: [] }]);
    expect(first.headers.get('location')).toBe('/v1/campaigns/created');
    const again = await ask('POST', '/v1/campaigns', campaign('created'));
    expect([again.status, again.body]).toEqual([200, { id: 'created', kind: 'known', notes: [] }]);
    const other = await ask('POST', '/v1/campaigns', campaign('created', { name: 'other' }));
    expect([other.status, other.body]).toMatchObject([409, { status: 409, errors: [{ path: 'id' }] }]);
  });

  test('is refused with the path of everything that is wrong', async () => {
    const { status, headers, body } = await ask('POST', '/v1/campaigns', {
      ...campaign('wrong', { colour: 'red' }),
      content: { subject: 'Hi', html: 7 },
      audience: { kind: 'inline', recipients: [{}] },
    });
    expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json; charset=utf-8']);
    expect(body).toMatchObject({
      errors: expect.arrayContaining([
        { path: 'colour', detail: 'is not a field of a campaign' },
        { path: 'audience.recipients[0].email', detail: 'is missing' },
        { path: 'content.html', detail: expect.any(String) },
      ]),
    });
    expect((await ask('GET', '/v1/campaigns/wrong')).status).toBe(404);
  });

  test('names no file but under SLUICE_FILES', async () => {
    const audience = { kind: 'csv', path: '/etc/passwd' };
    const { status, body } = await ask('POST', '/v1/campaigns', campaign('file', { audience }));
    expect([status, body]).toMatchObject([422, { errors: [{ path: 'audience.path' }] }]);
  });

  test('has the receipt that the command line prints, field by field', async () => {
    await ask('POST', '/v1/campaigns', campaign('receipt'));
    const receipt = await finished(ask, 'receipt');
    const { stdout } = await sluice(['status', 'receipt', '--json'], server.environment);
    expect(receipt).toEqual(JSON.parse(stdout));
    expect(receipt).toMatchObject({ counts: { read: 2, invalid: 1, accepted: 1 } });
  });

  test('has a report, an audit and the story of each recipient', async () => {
    await ask('POST', '/v1/campaigns', campaign('logged'));
    await finished(ask, 'logged');
    await expect
      .poll(async () => (await ask('GET', '/v1/campaigns/logged/audit')).body)
      .toMatchObject({ campaign: 'logged', agrees: true, differences: [], counters: { accepted: 1 } });
    const csv = await ask('GET', '/v1/campaigns/logged/report.csv');
    expect(textOf(csv)).toMatch(/^section,name,metric,value\r\n(?:.*\r\n)*funnel,logged,accepted,\d+\r\n/);
    expect(csv.headers.get('content-disposition')).toContain('logged-report.csv');
    expect((await ask('GET', '/v1/campaigns/logged/report')).body).toMatchObject({
      campaign: 'logged',
      funnel: { accepted: 1, delivered: 1, rates: { delivered: 1 } },
      domains: [{ domain: 'example.com', accepted: 1 }],
      unsent: [{ became: 'invalid', reason: 'no_at', people: 1 }],
    });
    const byAddress = await ask('GET', '/v1/campaigns/logged/recipients/Anna%40Example.com');
    expect([byAddress.status, byAddress.body]).toMatchObject([
      200,
      { recipient: 'anna@example.com', rows: [1], open: null, suppressed: [] },
    ]);
    expect(byAddress.body).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ event_type: 'accepted', seq: 1, text: expect.any(String) }),
      ]),
    });
    expect((await ask('GET', '/v1/campaigns/logged/recipients/1')).body).toEqual(byAddress.body);
  });

  test('is checked without being sent, and a test of it goes to whom one names', async () => {
    const checked = await ask('POST', '/v1/campaigns/check', campaign('only-checked'));
    expect([checked.status, checked.body]).toMatchObject([
      200,
      { id: 'only-checked', counts: { read: 2, invalid: 1, sendable: 1 }, problems: [] },
    ]);
    const path = '/v1/campaigns/test';
    const tested = await ask('POST', path, {
      campaign: campaign('only-checked'),
      addresses: ['me@example.com'],
    });
    expect([tested.status, tested.body]).toMatchObject([
      200,
      { id: 'only-checked', row: 1, results: [{ address: 'me@example.com', kind: 'accepted' }] },
    ]);
    expect((await ask('GET', '/v1/campaigns/only-checked')).status).toBe(404);
  });

  test('the check over HTTP says what the command line says', async () => {
    const { body } = await ask('POST', '/v1/campaigns/check', campaign('same-check'));
    const input = JSON.stringify(campaign('same-check'));
    const { stdout } = await sluice(['check', '-', '--json'], server.environment, input);
    const still = (report: unknown) => ({
      ...z.looseObject({}).parse(report),
      domain: null,
      rate: null,
      quota: null,
    });
    expect(still(body)).toEqual(still(JSON.parse(stdout)));
    expect(Object.keys(z.looseObject({}).parse(body)).toSorted()).toEqual(
      Object.keys(z.looseObject({}).parse(JSON.parse(stdout))).toSorted(),
    );
  });

  test('shows what it was accepted as, its mail, who did what, and how it grew', async () => {
    await ask(
      'POST',
      '/v1/campaigns',
      campaign('shown', { tags: { team: 'crm' }, limits: { perSecond: 7 } }),
    );
    await finished(ask, 'shown');
    expect((await ask('GET', '/v1/campaigns/shown/details')).body).toMatchObject({
      sender: 'news@example.co.jp',
      subject: 'Hi {{name}}',
      tags: { team: 'crm' },
      limits: { perSecond: 7 },
      hasText: true,
      hasHtml: false,
    });
    expect((await ask('GET', '/v1/campaigns/shown/timeline')).body).toMatchObject({
      items: [{ type: 'campaign_accepted' }, { type: expect.any(String) }, {}],
    });
    expect((await ask('GET', '/v1/campaigns/shown/course')).body).toMatchObject({
      samples: expect.any(Array),
    });
    const csv = await ask('GET', '/v1/campaigns/shown/receipt.csv');
    const [names = '', values = ''] = textOf(csv).trim().split('\r\n');
    expect(names.split(',')).toHaveLength(values.split(',').length);
    expect(names).toContain('counts.skipped.unsubscribed');
    expect(values).toMatch(/^shown,shown,default,finished,/);
  });
});

describe('steering', () => {
  const later = { sendAt: '2999-01-01T00:00:00Z' };

  test('begins with a look at the mail of a row', async () => {
    await ask('POST', '/v1/campaigns', campaign('previewed', later));
    const { status, body } = await ask('GET', '/v1/campaigns/previewed/preview?row=1');
    expect([status, body]).toMatchObject([
      200,
      { seq: 1, recipient: 'anna@example.com', subject: 'Hi Anna' },
    ]);
  });

  test('pauses, resumes and cancels, again and again, and says who and why', async () => {
    await ask('POST', '/v1/campaigns', campaign('steered', later));
    const why = { by: 'Hana', reason: 'wrong list' };
    for (let time = 1; time <= 2; time += 1)
      expect((await ask('POST', '/v1/campaigns/steered/pause', why)).body).toMatchObject({ state: 'paused' });
    for (let time = 1; time <= 2; time += 1)
      expect(await ask('POST', '/v1/campaigns/steered/resume')).toMatchObject({ status: 200 });
    for (let time = 1; time <= 2; time += 1)
      expect((await ask('POST', '/v1/campaigns/steered/cancel')).body).toMatchObject({ state: 'cancelled' });
    const { body } = await ask('GET', '/v1/campaigns/steered/timeline');
    expect(body).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ type: 'campaign_paused', by: 'Hana', reason: 'wrong list' }),
        expect.objectContaining({ type: 'campaign_cancelled', by: 'api' }),
      ]),
    });
    expect(await ask('POST', '/v1/campaigns/steered/resume')).toMatchObject({ status: 409 });
  });

  test('changes limits, and takes them away', async () => {
    await ask('POST', '/v1/campaigns', campaign('limited', later));
    const path = '/v1/campaigns/limited/limits';
    const set = await ask('PATCH', path, { bounceRate: 0.08, by: 'Hana', reason: 'old list' });
    expect([set.status, set.body]).toEqual([200, { bounceRate: 0.08, complaintRate: null }]);
    const unset = await ask('PATCH', path, { bounceRate: null, reason: 'over' });
    expect(unset.body).toEqual({ bounceRate: null, complaintRate: null });
    expect((await ask('PATCH', path, { bounceRate: 2, reason: 'x' })).body).toMatchObject({
      errors: [{ path: 'bounceRate' }],
    });
    expect((await ask('PATCH', path, { reason: 'x' })).status).toBe(422);
    expect((await ask('PATCH', path, { bounceRate: 0.1 })).body).toMatchObject({
      errors: [{ path: 'reason', detail: 'is missing' }],
    });
  });

  test('does nothing where something is wrong', async () => {
    await ask('POST', '/v1/campaigns', campaign('untouched', later));
    const wrong = [
      ['pause', { why: 'x' }, 'why'],
      ['resume', { override: true }, 'reason'],
      ['resolve', { resolution: 'burn', reason: 'x' }, 'resolution'],
      ['resolve', { resolution: 'drop' }, 'reason'],
    ] as const;
    for (const [what, body, path] of wrong)
      expect(await ask('POST', `/v1/campaigns/untouched/${what}`, body)).toMatchObject({
        status: 422,
        body: { errors: [{ path }] },
      });
    expect((await ask('GET', '/v1/campaigns/untouched')).body).toMatchObject({ state: 'scheduled' });
    const settled = await ask('POST', '/v1/campaigns/untouched/resolve', { resolution: 'drop', reason: 'x' });
    expect(settled.body).toEqual({ resolved: 0, tooYoung: 0 });
  });
});

describe('lists', () => {
  test('come in pages, newest first, each with the address of the next', async () => {
    for (const id of ['page-1', 'page-2', 'page-3'])
      await ask('POST', '/v1/campaigns', campaign(id, { sendAt: '2999-01-01T00:00:00Z' }));
    const found: string[] = [];
    let path: string | undefined = '/v1/campaigns?state=scheduled&limit=2';
    while (path !== undefined) {
      const { status, headers, body } = await ask('GET', path);
      expect(status).toBe(200);
      const { items, next } = Page.parse(body);
      found.push(...items.map(({ id }) => id));
      path = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      expect(path === undefined).toBe(next === null);
    }
    expect(found.slice(0, 3)).toEqual(['page-3', 'page-2', 'page-1']);
    expect(new Set(found).size).toBe(found.length);
  });

  test.each([
    ['state=asleep', 'state'],
    ['limit=0', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['sort=name', 'sort'],
    ['after=elsewhere', 'after'],
  ])('?%s is refused by its name', async (query, path) => {
    const { status, body } = await ask('GET', `/v1/campaigns?${query}`);
    expect([status, body]).toMatchObject([422, { errors: [{ path }] }]);
  });

  test.each(['/v1/campaigns/nobody', '/v1/campaigns/nobody/details', '/v1/campaigns/nobody/events'])(
    '%s is not found',
    async (path) => {
      expect(await ask('GET', path)).toMatchObject({ status: 404, body: { status: 404 } });
    },
  );
});

test('a stream is not begun for nobody', async () => {
  await ask('POST', '/v1/campaigns', campaign('headed'));
  expect((await ask('HEAD', '/v1/campaigns/headed')).status).toBe(200);
  expect((await ask('HEAD', '/v1/campaigns/headed/events')).status).toBe(200);
});

test('its progress is a stream of receipts, which says when it is over and closes', async () => {
  await ask('POST', '/v1/campaigns', campaign('followed'));
  const answer = await ask('GET', '/v1/campaigns/followed/events');
  const body = textOf(answer);
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = [...body.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
  expect([events[0], events.at(-1)]).toEqual(['receipt', 'end']);
  const last = [...body.matchAll(/^data: (\{"id".*)$/gm)].at(-1)?.[1] ?? '';
  expect(JSON.parse(last)).toEqual((await ask('GET', '/v1/campaigns/followed')).body);
});

describe('what is wrong is said with its place, and with nothing that only a terminal has', () => {
  const wrongList = campaign('misplaced', { audience: { kind: 'csv', path: '/nowhere/list.csv' } });
  test.each<[string, string, unknown, number, string]>([
    [
      'POST',
      '/v1/campaigns/test',
      { campaign: { id: 'x' }, addresses: ['a@example.com'] },
      422,
      'campaign.sender',
    ],
    ['POST', '/v1/campaigns/test', { campaign: campaign('x'), addresses: ['bad'] }, 422, 'addresses'],
    [
      'POST',
      '/v1/campaigns/test',
      { campaign: wrongList, addresses: ['a@x.jp'] },
      422,
      'campaign.audience.path',
    ],
    ['PATCH', '/v1/projects/12', { perDay: 5 }, 422, 'name'],
    ['POST', '/v1/domains', { name: 'co.jp' }, 422, 'name'],
    ['GET', '/v1/campaigns/no%20id', undefined, 404, ''],
    ['POST', '/v1/campaigns/123/cancel', {}, 404, ''],
    ['GET', '/v1/campaigns/nobody/events', undefined, 404, ''],
    ['DELETE', '/v1/profiles/nobody', undefined, 404, ''],
    ['GET', '/v1/domains/nobody.example.com', undefined, 404, ''],
  ])('%s %s with %j', async (method, path, body, status, place) => {
    const answer = await ask(method, path, body);
    expect(answer).toMatchObject({
      status,
      body: { errors: expect.arrayContaining([{ path: place, detail: expect.any(String) }]) },
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/sluice (status|profile|domain|cancel)/);
  });
});
