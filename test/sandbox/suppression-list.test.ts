import { GetSuppressedDestinationCommand, PutSuppressedDestinationCommand } from '@aws-sdk/client-sesv2';
import { expect, test } from 'vitest';
import { SuppressionList } from '../../src/sandbox/suppression-list.ts';
import { useSandbox } from './client.ts';

const open = useSandbox();

const ALL = { reasons: [], afterMs: Number.NEGATIVE_INFINITY, beforeMs: Number.POSITIVE_INFINITY };

function pageOf(list: SuppressionList, token: string | null, pageSize: number) {
  const page = list.page({ ...ALL, token, pageSize });
  if (!page.ok) throw new Error(page.error.name);
  return { addresses: page.value.found.map(({ address }) => address), token: page.value.token };
}

test('pages have every address once, also when some come and go between them', () => {
  const list = new SuppressionList();
  const person = (n: number) => `p${n}@example.com`;
  for (let n = 0; n < 5; n += 1) list.put(person(n), 'BOUNCE', n);
  const first = pageOf(list, null, 2);
  expect(first.addresses).toEqual([person(0), person(1)]);
  // The one that the token points behind goes, one that is still to come goes, and a new one comes.
  list.delete(person(1));
  list.delete(person(3));
  list.put(person(5), 'BOUNCE', 5);
  const second = pageOf(list, first.token, 2);
  expect(second.addresses).toEqual([person(2), person(4)]);
  expect(pageOf(list, second.token, 2)).toEqual({ addresses: [person(5)], token: null });
});

test('a list with exactly one page has no token', () => {
  const list = new SuppressionList();
  for (const n of [1, 2]) list.put(`p${n}@example.com`, 'BOUNCE', n);
  expect(pageOf(list, null, 2).token).toBeNull();
});

test('it is bounded, and what is on it can still change', () => {
  const list = new SuppressionList(1);
  expect(list.put('a@example.com', 'BOUNCE', 1)).toBeNull();
  expect(list.put('b@example.com', 'BOUNCE', 2)).toMatchObject({ name: 'BadRequestException' });
  expect(list.put('a@example.com', 'COMPLAINT', 3)).toBeNull();
  expect(list.get('a@example.com')).toMatchObject({ value: { reason: 'COMPLAINT', updatedMs: 3 } });
  expect(list.holds('b@example.com')).toBe(false);
});

test('it is asked for by the exact case, and holds a mail back in any', () => {
  const list = new SuppressionList();
  list.put('Ann@Example.com', 'BOUNCE', 1);
  list.put('ann@example.com', 'BOUNCE', 1);
  expect(list.get('ANN@example.com')).toMatchObject({ ok: false });
  expect(list.delete('Ann@example.com')).toBeNull();
  expect(list.holds('Ann <ANN@example.com>')).toBe(true);
  expect(list.delete('ann@example.com')).toBeNull();
  expect(list.holds('ann@example.com')).toBe(false);
});

test('a mail to somebody on the list is taken, and bounces because of the list', async () => {
  const { client, sandbox, send } = await open();
  await client.send(
    new PutSuppressedDestinationCommand({ EmailAddress: 'Ann@example.com', Reason: 'COMPLAINT' }),
  );
  const results = await send({ to: ['ann@example.com', 'bob@example.com'] });
  expect(results.map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS']);
  expect([...sandbox.store.mails()].map(({ to, outcome }) => [to[0], outcome])).toEqual([
    ['ann@example.com', 'suppressed'],
    ['bob@example.com', 'delivery'],
  ]);
});

test('who bounces for good or complains is on the list from then on, but for the simulator', async () => {
  const { client, send, sandbox } = await open({ events: { isLost: () => true } });
  const people = [
    'hardbounce+1@sandbox.sluice.example',
    'complains+1@sandbox.sluice.example',
    'softbounce@sandbox.sluice.example',
    'bounce@simulator.amazonses.com',
    'complaint@simulator.amazonses.com',
    'success@example.com',
  ];
  const [bounced] = await send({ to: people });
  await send({ to: people });
  const get = async (EmailAddress: string) => {
    const command = new GetSuppressedDestinationCommand({ EmailAddress });
    return (await client.send(command)).SuppressedDestination;
  };
  expect(await get(people[0] ?? '')).toMatchObject({
    Reason: 'BOUNCE',
    Attributes: { MessageId: bounced?.MessageId },
  });
  expect(await get(people[1] ?? '')).toMatchObject({ Reason: 'COMPLAINT' });
  for (const other of people.slice(2)) {
    await expect(get(other)).rejects.toMatchObject({ name: 'NotFoundException' });
  }
  expect([...sandbox.store.mails()].slice(6).map(({ outcome }) => outcome)).toEqual([
    'suppressed',
    'suppressed',
    'soft bounce',
    'bounce',
    'complaint',
    'delivery',
  ]);
});

test.each(['?PageSize=0', '?PageSize=1001', '?PageSize=x', '?Reason=BLOCKED', '?StartDate=monday'])(
  'what SES does not take is a bad request: %s',
  async (query) => {
    const { sandbox } = await open();
    const now = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const response = await fetch(`${sandbox.url}/v2/email/suppression/addresses${query}`, {
      headers: {
        'x-amz-date': now,
        authorization: `AWS4-HMAC-SHA256 Credential=any/${now.slice(0, 8)}/us-east-1/ses/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
      },
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('BadRequestException');
  },
);
