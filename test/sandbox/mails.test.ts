import { expect, test } from 'vitest';
import { useSandbox } from './client.ts';

const open = useSandbox();

test('a mail that is read is what the recipient would get', async () => {
  const { send, read } = await open({ configurationSets: ['main'] });
  const [result] = await send({
    to: ['success+1@simulator.amazonses.com'],
    html: '<p title="{{name}}">{{{name}}} {{ only }} {{deep.er}} }} {x}</p>',
    data: { name: '<b>山田</b> {{only}}', deep: { er: 7 } },
    campaign: 'c1',
    configurationSet: 'main',
  });
  const { body } = await read(`/mails/${result?.MessageId}`);
  expect(body).toEqual({
    seq: 1,
    messageId: result?.MessageId,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    from: 'News <news@example.com>',
    replyTo: ['help@example.com'],
    to: ['success+1@simulator.amazonses.com'],
    cc: [],
    bcc: [],
    subject: 'For <b>山田</b> {{only}}',
    html: '<p title="<b>山田</b> {{only}}"><b>山田</b> {{only}} default 7 }} {x}</p>',
    text: null,
    headers: [{ name: 'x-mailer', value: 'own-0' }],
    tags: { sluice_campaign: 'c1', sluice_entry: '0' },
    configurationSet: 'main',
    tracking: { opens: null, clicks: null },
    outcome: 'delivery',
  });
});

test('a mail that cannot be rendered is accepted, reported and not kept', async () => {
  const { send, read } = await open();
  const results = await send({ to: ['a@example.com'], html: '{{missing}}' });
  await send({ to: ['b@example.com'], html: '{{#if name}}{{name}}{{/if}}' });
  expect(results).toEqual([{ Status: 'SUCCESS', MessageId: expect.any(String) }]);
  expect((await read('/mails')).body).toEqual([]);
  expect((await read('/failures')).body).toMatchObject([
    { messageId: results[0]?.MessageId, to: ['a@example.com'], error: expect.stringContaining("'missing'") },
    { to: ['b@example.com'], error: expect.stringContaining('{{#if name}}') },
  ]);
  expect((await read('/stats')).body).toMatchObject({ accepted: 2, renderingFailures: 2, kept: 0 });
});

test('inherited names are no variables', async () => {
  const { send, sandbox } = await open();
  await send({ to: ['a@example.com'], html: '{{constructor}} {{__proto__.x}}' });
  expect(sandbox.store.failures()).toHaveLength(1);
});

test('the oldest mails make room for new ones, and stay counted', async () => {
  const { send, read, sandbox } = await open({ storeMailsMax: 3 });
  const results = await send({ to: [1, 2, 3, 4, 5].map((n) => `p${n}@example.com`) });
  const kept = [...sandbox.store.mails()];
  expect(kept.map(({ seq, to }) => [seq, to[0]])).toEqual([
    [3, 'p3@example.com'],
    [4, 'p4@example.com'],
    [5, 'p5@example.com'],
  ]);
  expect((await read(`/mails/${results[0]?.MessageId}`)).status).toBe(404);
  expect((await read(`/mails/${results[4]?.MessageId}`)).status).toBe(200);
  expect(sandbox.store.stats()).toMatchObject({ accepted: 5, kept: 3, distinctAddresses: 5 });
});

test('pages that are read one after the other hold every mail once', async () => {
  const { send, read } = await open();
  await send({ to: Array.from({ length: 45 }, (_, n) => `p${n}@example.com`) });
  const seen: unknown[] = [];
  for (let after = 0; ; ) {
    const { body } = await read(`/mails?after=${after}&limit=20`);
    if (!Array.isArray(body) || body.length === 0) break;
    seen.push(...body.map(({ to }) => to[0]));
    after = body.at(-1).seq;
  }
  expect(seen).toEqual(Array.from({ length: 45 }, (_, n) => `p${n}@example.com`));
});

test('mails are found by address, in whatever case, and by campaign', async () => {
  const { send, read } = await open();
  await send({ to: ['Anna <Anna@example.com>', 'ben@example.com'], campaign: 'one' });
  await send({ to: ['anna@EXAMPLE.com'], campaign: 'two' });
  expect((await read('/mails?to=ANNA@example.com')).body).toHaveLength(2);
  expect((await read('/mails?to=anna@example.com&campaign=two')).body).toHaveLength(1);
  expect((await read('/mails?to=anna@example.com&limit=1')).body).toHaveLength(1);
  expect((await read('/mails?limit=0')).status).toBe(400);
});

test('a second mail of one campaign to one address is counted as a duplicate', async () => {
  const { send, read } = await open();
  await send({ to: ['a@example.com', 'b@example.com', 'A@example.com'], campaign: 'one' });
  await send({ to: ['a@example.com'], campaign: 'two' });
  await send({ to: ['a@example.com'] });
  expect((await read('/stats')).body).toMatchObject({
    accepted: 5,
    distinctAddresses: 2,
    duplicates: 1,
    exact: true,
    calls: { SendBulkEmail: 3 },
  });
});

test('mails and counters can be forgotten, and cursors go on', async () => {
  const { send, read, sandbox } = await open({ storeMailsMax: 4 });
  await send({ to: ['a@example.com', 'b@example.com', 'c@example.com'], campaign: 'one' });
  expect((await read('/mails', 'DELETE')).status).toBe(200);
  expect(sandbox.store.stats()).toMatchObject({ accepted: 0, kept: 0, distinctAddresses: 0, duplicates: 0 });
  await send({ to: ['a@example.com', 'd@example.com'], campaign: 'one' });
  expect([...sandbox.store.mails({ after: 3 })].map(({ seq, to }) => [seq, to[0]])).toEqual([
    [4, 'a@example.com'],
    [5, 'd@example.com'],
  ]);
  expect(sandbox.store.stats()).toMatchObject({ accepted: 2, duplicates: 0 });
});

test('the simulator decides what becomes of a mail', async () => {
  const { send, sandbox } = await open();
  const names = ['success', 'bounce+x', 'complaint', 'ooto', 'suppressionlist+y'];
  await send({ to: [...names.map((name) => `${name}@simulator.amazonses.com`), 'bounce@example.com'] });
  expect([...sandbox.store.mails()].map(({ outcome }) => outcome)).toEqual([
    'delivery',
    'bounce',
    'complaint',
    'automatic reply',
    'suppressed',
    'delivery',
  ]);
});
