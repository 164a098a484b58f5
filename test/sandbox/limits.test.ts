import {
  GetAccountCommand,
  PutAccountSendingAttributesCommand,
  PutConfigurationSetSendingOptionsCommand,
  SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { expect, test } from 'vitest';
import { MovableClock } from '../support/movable-clock.ts';
import { useSandbox } from './client.ts';

const open = useSandbox();
const people = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `p${from + n}@example.com`);
const statuses = (results: readonly { Status?: string | undefined }[]) => results.map(({ Status }) => Status);

/** Stands still unless it is moved, so that no token trickles in while a test runs. */
class FrozenClock extends MovableClock {
  #nowMs = Date.now();
  override now(): number {
    return this.#nowMs;
  }
  override move(ms: number): void {
    this.#nowMs += ms;
  }
}

test('what is over the rate is throttled, entry by entry, and then call by call', async () => {
  const clock = new FrozenClock();
  const { send, sandbox, read } = await open({ clock, account: { perSecond: 10 } });
  expect(statuses(await send({ to: people(25) }))).toEqual([
    ...Array(20).fill('SUCCESS'),
    ...Array(5).fill('ACCOUNT_THROTTLED'),
  ]);
  await expect(send({ to: people(3) })).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    message: 'Maximum sending rate exceeded.',
    $metadata: { httpStatusCode: 429 },
  });
  clock.move(1_000);
  expect(statuses(await send({ to: people(10) }))).toEqual(Array(10).fill('SUCCESS'));
  await expect(send({ to: people(1) })).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  expect(sandbox.store.stats().accepted).toBe(30);
  expect((await read('/stats')).body).toMatchObject({ throttled: 9 });
});

test('the quota of 24 hours counts recipients, and comes back as they grow old', async () => {
  const clock = new FrozenClock();
  const { send, client } = await open({ clock, account: { perDay: 12 } });
  await send({ to: people(5) });
  clock.move(60 * 60_000 * 12);
  client.config.systemClockOffset = 60 * 60_000 * 12;
  expect(statuses(await send({ to: people(10) }))).toEqual([
    ...Array(7).fill('SUCCESS'),
    ...Array(3).fill('ACCOUNT_DAILY_QUOTA_EXCEEDED'),
  ]);
  await expect(send({ to: people(1) })).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Daily message quota exceeded.',
  });
  const account = await client.send(new GetAccountCommand({}));
  expect(account.SendQuota).toEqual({ Max24HourSend: 12, MaxSendRate: 1_000, SentLast24Hours: 12 });
  clock.move(60 * 60_000 * 12);
  client.config.systemClockOffset = 60 * 60_000 * 24;
  expect(statuses(await send({ to: people(6) }))).toEqual([
    ...Array(5).fill('SUCCESS'),
    'ACCOUNT_DAILY_QUOTA_EXCEEDED',
  ]);
});

test('an account without a quota says -1', async () => {
  const { client } = await open({ account: { perDay: null } });
  const { SendQuota } = await client.send(new GetAccountCommand({}));
  expect(SendQuota?.Max24HourSend).toBe(-1);
});

test('a paused account takes nothing until it goes on', async () => {
  const { send, client } = await open();
  await client.send(new PutAccountSendingAttributesCommand({ SendingEnabled: false }));
  expect((await client.send(new GetAccountCommand({}))).SendingEnabled).toBe(false);
  await expect(send({ to: people(1) })).rejects.toMatchObject({ name: 'SendingPausedException' });
  await client.send(new PutAccountSendingAttributesCommand({ SendingEnabled: true }));
  expect(statuses(await send({ to: people(1) }))).toEqual(['SUCCESS']);
});

test('a suspended account, a paused configuration set and an unverified sender take nothing', async () => {
  const { send, sandbox, client } = await open({
    configurationSets: ['main'],
    verifiedDomains: ['example.com'],
  });
  const strange = await send({ to: people(2), from: 'a@elsewhere.example' });
  expect(strange).toEqual(
    people(2).map(() => ({
      Status: 'MESSAGE_REJECTED',
      Error: expect.stringMatching(/^Email address is not verified\./),
    })),
  );
  await client.send(
    new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 'main', SendingEnabled: false }),
  );
  await expect(send({ to: people(1), configurationSet: 'main' })).rejects.toMatchObject({
    name: 'SendingPausedException',
  });
  sandbox.account.enforcement = 'SHUTDOWN';
  await expect(send({ to: people(1) })).rejects.toMatchObject({ name: 'AccountSuspendedException' });
  expect(sandbox.store.stats().accepted).toBe(0);
});

test('addresses of the sandbox say what their names say', async () => {
  const { send } = await open();
  const to = ['rejected', 'invalid+1', 'failed', 'throttled', 'transient+1', 'anybody'].map(
    (name) => `${name}@sandbox.sluice.example`,
  );
  const expected = [
    'MESSAGE_REJECTED',
    'INVALID_PARAMETER',
    'FAILED',
    'ACCOUNT_THROTTLED',
    'TRANSIENT_FAILURE',
    'SUCCESS',
  ];
  expect(statuses(await send({ to }))).toEqual(expected);
  expected[4] = 'SUCCESS';
  expect(statuses(await send({ to }))).toEqual(expected);
  await expect(send({ to: [...people(3), 'badrequest+7@sandbox.sluice.example'] })).rejects.toMatchObject({
    name: 'BadRequestException',
  });
});

test('who is turned away uses up neither rate nor quota', async () => {
  const { send, client } = await open({ clock: new FrozenClock(), account: { perSecond: 1, perDay: 2 } });
  await send({ to: [...Array(40).fill('rejected@sandbox.sluice.example'), 'two..dots@example.com'] });
  expect(statuses(await send({ to: people(2) }))).toEqual(['SUCCESS', 'SUCCESS']);
  expect((await client.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBe(2);
});

test('raw messages and attachments are refused with a clear word', async () => {
  const { client } = await open();
  const mail = { FromEmailAddress: 'a@example.com', Destination: { ToAddresses: people(1) } };
  const raw = new SendEmailCommand({
    ...mail,
    Content: { Raw: { Data: Buffer.from('Subject: x\r\n\r\nx') } },
  });
  await expect(client.send(raw)).rejects.toMatchObject({ message: expect.stringContaining('raw') });
  const Attachments = [{ RawContent: Buffer.from('x'), FileName: 'x.txt' }];
  const Simple = { Subject: { Data: 's' }, Body: { Text: { Data: 'b' } }, Attachments };
  await expect(client.send(new SendEmailCommand({ ...mail, Content: { Simple } }))).rejects.toMatchObject({
    message: expect.stringContaining('attachments'),
  });
});

test('every recipient of a single mail counts', async () => {
  const { client, sandbox } = await open();
  await client.send(
    new SendEmailCommand({
      FromEmailAddress: 'a@example.com',
      Destination: { ToAddresses: people(2), CcAddresses: people(1, 10), BccAddresses: people(1, 20) },
      Content: { Simple: { Subject: { Data: '{{s}}' }, Body: { Text: { Data: '{{b}}' } } } },
    }),
  );
  expect([...sandbox.store.mails()]).toMatchObject([{ subject: '{{s}}', text: '{{b}}', html: null }]);
  expect((await client.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBe(4);
});
