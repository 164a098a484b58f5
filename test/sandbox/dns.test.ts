import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CreateEmailIdentityCommand, PutEmailIdentityMailFromAttributesCommand } from '@aws-sdk/client-sesv2';
import { encode } from 'dns-packet';
import { afterAll, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { useSandbox } from './client.ts';

const open = useSandbox();
const folder = mkdtempSync(join(tmpdir(), 'sluice-zone-'));
afterAll(() => rmSync(folder, { recursive: true }));

function resolverOf({ dnsServer }: Sandbox): Resolver {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  resolver.setServers([dnsServer ?? '']);
  return resolver;
}

const txt = async (resolver: Resolver, name: string) =>
  (await resolver.resolveTxt(name)).map((strings) => strings.join(''));

test('it answers on the port of its endpoint, with the right records for any domain', async () => {
  const { sandbox, client } = await open({ region: 'eu-west-1' });
  expect(sandbox.dnsServer).toBe(`127.0.0.1:${sandbox.port}`);
  const { DkimAttributes } = await client.send(
    new CreateEmailIdentityCommand({ EmailIdentity: 'Example.co.jp' }),
  );
  const resolver = resolverOf(sandbox);
  for (const token of DkimAttributes?.Tokens ?? []) {
    const name = `${token}._domainkey.example.co.jp`;
    expect(await resolver.resolveCname(name)).toEqual([`${token}.dkim.amazonses.com`]);
    expect(await txt(resolver, name)).toEqual([expect.stringMatching(/^v=DKIM1; k=rsa; p=MII/)]);
  }
  expect(await txt(resolver, '_dmarc.example.co.jp')).toEqual([
    expect.stringMatching(/^v=DMARC1; p=none; rua=mailto:/),
  ]);
  expect(await txt(resolver, 'example.co.jp')).toEqual(['v=spf1 include:amazonses.com ~all']);
  expect(await txt(resolver, 'amazonses.com')).toEqual([
    expect.stringMatching(/^v=spf1( ip4:[\d./]+)+ -all$/),
  ]);
  await expect(resolver.resolveMx('bounce.example.co.jp')).rejects.toMatchObject({ code: 'ENODATA' });
  await client.send(
    new PutEmailIdentityMailFromAttributesCommand({
      EmailIdentity: 'example.co.jp',
      MailFromDomain: 'bounce.example.co.jp',
    }),
  );
  expect(await resolver.resolveMx('bounce.example.co.jp')).toMatchObject([
    { exchange: 'feedback-smtp.eu-west-1.amazonses.com', priority: 10 },
  ]);
});

test('tokens of another domain, and other names with an underscore, are not there', async () => {
  const { sandbox, client } = await open();
  const { DkimAttributes } = await client.send(
    new CreateEmailIdentityCommand({ EmailIdentity: 'example.com' }),
  );
  const resolver = resolverOf(sandbox);
  const token = DkimAttributes?.Tokens?.[0] ?? '';
  const missing = { code: 'ENOTFOUND' };
  await expect(resolver.resolveCname(`${token}._domainkey.example.org`)).rejects.toMatchObject(missing);
  await expect(resolver.resolveTxt('_mta-sts.example.com')).rejects.toMatchObject(missing);
  await expect(resolver.resolveTxt('_dmarc.com')).rejects.toMatchObject(missing);
  await expect(resolver.resolveTxt('nothing.amazonses.com')).rejects.toMatchObject(missing);
});

test('a zone file is served, origin, wildcards, long texts and chains of names as well', async () => {
  const path = zone(
    'served',
    `$ORIGIN example.com.
$TTL 300
@ IN TXT "v=spf1 include:amazonses.com ~all"
_dmarc IN TXT "v=DMARC1; p=none; " "rua=mailto:a@example.com" ; a comment
bounce 60 IN MX 10 feedback-smtp.us-east-1.amazonses.com.
long IN TXT ("${'x'.repeat(255)}" "${'y'.repeat(255)}" "${'z'.repeat(255)}")
a IN CNAME b
b IN CNAME bounce
*.wild IN TXT "anything"
deep.down IN TXT "below"
`,
  );
  const { sandbox } = await open({ dns: { zoneFile: path } });
  const resolver = resolverOf(sandbox);
  expect(await txt(resolver, 'example.com')).toEqual(['v=spf1 include:amazonses.com ~all']);
  expect(await txt(resolver, 'EXAMPLE.com')).toEqual(['v=spf1 include:amazonses.com ~all']);
  expect(await resolver.resolveTxt('_dmarc.example.com')).toEqual([
    ['v=DMARC1; p=none; ', 'rua=mailto:a@example.com'],
  ]);
  expect((await resolver.resolveTxt('long.example.com'))[0]?.map((text) => text.length)).toEqual([
    255, 255, 255,
  ]);
  expect(await resolver.resolveMx('a.example.com')).toMatchObject([
    { exchange: 'feedback-smtp.us-east-1.amazonses.com', priority: 10 },
  ]);
  expect(await txt(resolver, 'one.two.wild.example.com')).toEqual(['anything']);
  await expect(resolver.resolveTxt('down.example.com')).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolveTxt('none.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(await txt(resolver, 'amazonses.com')).toEqual([expect.stringMatching(/^v=spf1 /)]);
});

test('a zone file is read again when it has changed, and while it is away there are no records', async () => {
  const path = zone('changing', 'example.com. 60 IN TXT "one"\n');
  const { sandbox } = await open({ dns: { zoneFile: path } });
  const resolver = resolverOf(sandbox);
  expect(await txt(resolver, 'example.com')).toEqual(['one']);
  writeFileSync(path, 'example.com. 60 IN TXT "two"\nexample.com. 60 IN TXT "three"\n');
  expect((await txt(resolver, 'example.com')).toSorted()).toEqual(['three', 'two']);
  renameSync(path, `${path}.away`);
  await expect(resolver.resolveTxt('example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  renameSync(`${path}.away`, path);
  expect((await txt(resolver, 'example.com')).toSorted()).toEqual(['three', 'two']);
});

test('a zone file of garbage has no records, and is no reason to end', async () => {
  const path = join(folder, 'garbage');
  writeFileSync(path, randomBytes(10_000));
  const { sandbox } = await open({ dns: { zoneFile: path } });
  await expect(resolverOf(sandbox).resolveTxt('example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test('packets of garbage do not end it', async () => {
  const { sandbox } = await open();
  const socket = createSocket('udp4');
  const send = (packet: Buffer) =>
    new Promise((done) => {
      socket.send(packet, sandbox.port, '127.0.0.1', done);
    });
  const question = encode({ type: 'query', id: 1, questions: [{ type: 'TXT', name: 'example.com' }] });
  const loop = Buffer.concat([question.subarray(0, 12), Buffer.from([0xc0, 12, 0, 16, 0, 1])]);
  const packets = [
    Buffer.alloc(0),
    Buffer.alloc(1),
    Buffer.alloc(60_000, 0xff),
    loop,
    // Says that it has 65,535 questions.
    Buffer.concat([question.subarray(0, 4), Buffer.from([0xff, 0xff]), question.subarray(6)]),
    // An answer, which must not be answered.
    Buffer.concat([question.subarray(0, 2), Buffer.from([0x80]), question.subarray(3)]),
    ...Array.from({ length: 300 }, (_, length) => randomBytes(length)),
    ...Array.from({ length: question.length }, (_, length) => question.subarray(0, length)),
    ...Array.from({ length: 300 }, () => {
      const broken = Buffer.from(question);
      for (const [at, value] of randomBytes(4).entries()) broken[(value * 7 + at) % broken.length] = value;
      return broken;
    }),
  ];
  for (const packet of packets) {
    await send(packet);
    // It is in the same process: without a turn to read them, they would fill the socket, and the question after them be lost.
    await setImmediate();
  }
  socket.close();
  expect(await txt(resolverOf(sandbox), 'example.com')).toEqual(['v=spf1 include:amazonses.com ~all']);
});

test('a sandbox that asks other servers answers nobody itself', async () => {
  const { sandbox } = await open({ dns: { servers: ['127.0.0.1:9'] } });
  expect(sandbox.dnsServer).toBeNull();
});

function zone(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
