import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateEmailIdentityCommand,
  GetEmailIdentityCommand,
  PutEmailIdentityMailFromAttributesCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { afterAll, describe, expect, test } from 'vitest';
import { nextStanding } from '../../src/sandbox/identity-status.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useSandbox } from './client.ts';

const DOMAIN = 'example.co.jp';
const HOUR_MS = 60 * 60_000;
const open = useSandbox();
const folder = mkdtempSync(join(tmpdir(), 'sluice-identities-'));
afterAll(() => rmSync(folder, { recursive: true }));
let zones = 0;

function newZone(): string {
  zones += 1;
  const path = join(folder, `zone-${zones}`);
  writeFileSync(path, '');
  return path;
}

const create = async (client: SESv2Client, EmailIdentity = DOMAIN) =>
  (await client.send(new CreateEmailIdentityCommand({ EmailIdentity }))).DkimAttributes?.Tokens ?? [];
const get = (client: SESv2Client, EmailIdentity = DOMAIN) =>
  client.send(new GetEmailIdentityCommand({ EmailIdentity }));
const cnames = (tokens: readonly string[], target = 'dkim.amazonses.com') =>
  tokens.map((token) => `${token}._domainkey.${DOMAIN}. 60 IN CNAME ${token}.${target}.\n`).join('');

/** The two ways in which the sandbox comes to know of records. */
const WAYS: readonly [string, (zoneFile: string) => Promise<NonNullable<SandboxOptions['dns']>>][] = [
  ['by a zone file', async (zoneFile) => ({ zoneFile })],
  [
    'by a DNS server',
    async (zoneFile) => ({ servers: [(await open({ dns: { zoneFile } })).sandbox.dnsServer ?? ''] }),
  ],
];

describe.each(WAYS)('%s', (_way, sourceOf) => {
  async function start() {
    const path = newZone();
    const clock = new MovableClock();
    const opened = await open({ dns: await sourceOf(path), clock });
    /** Writes the records, and lets the time pass that the sandbox relies on its last look. */
    const write = (text: string) => {
      writeFileSync(path, text);
      clock.move(1_001);
    };
    return { ...opened, write, clock };
  }

  test('a domain is verified when its three CNAMEs are there, and not one earlier', async () => {
    const { client, write } = await start();
    const tokens = await create(client);
    expect(await get(client)).toMatchObject({
      VerifiedForSendingStatus: false,
      VerificationStatus: 'PENDING',
      DkimAttributes: { Status: 'PENDING', SigningHostedZone: 'dkim.amazonses.com' },
    });
    write(cnames(tokens.slice(1)));
    expect(await get(client)).toMatchObject({ DkimAttributes: { Status: 'PENDING' } });
    write(cnames(tokens, 'dkim.example.org'));
    expect(await get(client)).toMatchObject({ DkimAttributes: { Status: 'PENDING' } });
    write(cnames(tokens));
    expect(await get(client)).toMatchObject({
      VerifiedForSendingStatus: true,
      DkimAttributes: { Status: 'SUCCESS' },
    });
  });

  test('mail goes out while the records are there, from subdomains too, and on until SES gives up looking for them', async () => {
    const { client, send, write, clock } = await start();
    const try_ = async (from: string) =>
      (await send({ to: ['a@example.org'], from })).map(({ Status, Error: why }) => why ?? Status);
    const refused = (from: string) => [
      `Email address is not verified. The following identities failed the check in region US-EAST-1: ${from}`,
    ];
    const own = `news@${DOMAIN}`;
    const below = `news@mail.${DOMAIN}`;
    const tokens = await create(client);
    expect(await try_(own)).toEqual(refused(own));
    write(cnames(tokens));
    expect(await try_(below)).toEqual(['SUCCESS']);
    expect(await try_(own)).toEqual(['SUCCESS']);
    expect(await try_('news@co.jp')).toEqual(refused('news@co.jp'));
    expect(await try_(`news@not${DOMAIN}`)).toEqual(refused(`news@not${DOMAIN}`));
    write('');
    expect(await try_(own)).toEqual(['SUCCESS']);
    expect(await get(client)).toMatchObject({
      VerifiedForSendingStatus: true,
      DkimAttributes: { Status: 'TEMPORARY_FAILURE' },
    });
    clock.move(72 * HOUR_MS);
    client.config.systemClockOffset = 72 * HOUR_MS;
    expect(await try_(own)).toEqual(refused(own));
    expect(await get(client)).toMatchObject({
      VerifiedForSendingStatus: false,
      DkimAttributes: { Status: 'FAILED' },
    });
  });

  test('a MAIL FROM domain is good with its one MX and its SPF record', async () => {
    const { client, write } = await start();
    await create(client);
    const MailFromDomain = `bounce.${DOMAIN}`;
    await client.send(
      new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity: DOMAIN, MailFromDomain }),
    );
    const mx = `${MailFromDomain}. 60 IN MX 10 feedback-smtp.us-east-1.amazonses.com.\n`;
    const spf = `${MailFromDomain}. 60 IN TXT "v=spf1 include:amazonses.com ~all"\n`;
    const status = async () => (await get(client)).MailFromAttributes?.MailFromDomainStatus;
    write(mx);
    expect(await status()).toBe('PENDING');
    write(`${mx}${spf}${MailFromDomain}. 60 IN MX 20 mail.example.org.\n`);
    expect(await status()).toBe('PENDING');
    write(mx.replace('us-east-1', 'eu-west-1') + spf);
    expect(await status()).toBe('PENDING');
    write(mx + spf);
    expect(await status()).toBe('SUCCESS');
    write(spf);
    expect(await status()).toBe('TEMPORARY_FAILURE');
  });
});

test('a DNS server that does not answer changes nothing', async () => {
  const { client } = await open({ dns: { servers: ['127.0.0.1:9'] } });
  await create(client);
  expect(await get(client)).toMatchObject({ DkimAttributes: { Status: 'PENDING' } });
});

test('an address that was created may send, and its domain may not for that', async () => {
  const { client, send } = await open({ dns: { zoneFile: newZone() } });
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'Me@example.com' }));
  expect(await get(client, 'Me@EXAMPLE.com')).toMatchObject({
    IdentityType: 'EMAIL_ADDRESS',
    VerifiedForSendingStatus: true,
  });
  const statuses = await Promise.all(
    ['Me@example.com', 'you@example.com'].map(
      async (from) => (await send({ to: ['a@example.org'], from }))[0],
    ),
  );
  expect(statuses.map((one) => one?.Status)).toEqual(['SUCCESS', 'MESSAGE_REJECTED']);
});

test('without a source of records every domain is verified, and its mail goes out', async () => {
  const { client, send } = await open();
  expect(await get(client, 'never.created.example')).toMatchObject({
    VerifiedForSendingStatus: true,
    DkimAttributes: { Status: 'SUCCESS', SigningAttributesOrigin: 'AWS_SES' },
  });
  const [sent] = await send({ to: ['a@example.org'], from: 'a@never.created.example' });
  expect(sent?.Status).toBe('SUCCESS');
});

test('domains that are verified from the start need no records', async () => {
  const { client, send } = await open({ verifiedDomains: ['Example.com'], dns: { zoneFile: newZone() } });
  expect(await get(client, 'example.com')).toMatchObject({ VerifiedForSendingStatus: true });
  await expect(get(client, 'example.org')).rejects.toMatchObject({ name: 'NotFoundException' });
  const [sent] = await send({ to: ['a@example.org'], from: 'a@news.example.com' });
  expect(sent?.Status).toBe('SUCCESS');
});

describe('a standing', () => {
  const at = (status: 'PENDING' | 'SUCCESS' | 'TEMPORARY_FAILURE' | 'FAILED') => ({ status, sinceMs: 0 });

  test.each(['PENDING', 'TEMPORARY_FAILURE'] as const)('of %s is FAILED after 72 hours', (status) => {
    expect(nextStanding(at(status), false, 72 * HOUR_MS - 1)).toEqual(at(status));
    expect(nextStanding(at(status), null, 72 * HOUR_MS)).toEqual({ status: 'FAILED', sinceMs: 72 * HOUR_MS });
    expect(nextStanding(at(status), true, 72 * HOUR_MS)).toMatchObject({ status: 'SUCCESS' });
  });

  test('of FAILED stays, whatever is there', () => {
    expect(nextStanding(at('FAILED'), true, 1)).toEqual(at('FAILED'));
  });

  test('of SUCCESS outlives that nobody could be asked', () => {
    expect(nextStanding(at('SUCCESS'), null, 99 * HOUR_MS)).toEqual(at('SUCCESS'));
    expect(nextStanding(at('SUCCESS'), false, HOUR_MS)).toEqual({
      status: 'TEMPORARY_FAILURE',
      sinceMs: HOUR_MS,
    });
  });
});
