import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { type DnsRecord, recordsOf } from '../../src/identity/records.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import type { Receipt } from '../../src/queue/receipt.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { SdkIdentities } from '../../src/send/ses-identities.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { type DnsServer, startDnsServer } from '../support/dns/server.ts';
import type { Zone } from '../support/dns/zone.ts';
import { eventually } from '../support/eventually.ts';
import { MovableClock } from '../support/movable-clock.ts';

/* Domains that may send and domains that may not, as their operator meets them: commands and a worker in processes of their own, and a DNS server. */

const SES_ZONE: Zone = { 'amazonses.com': { TXT: ['v=spf1 ip4:199.255.192.0/22 -all'] } };

/** What the sandbox has seen of DNS counts for a second. */
const clock = new MovableClock();
let dns: DnsServer;
let zone: Zone = SES_ZONE;
let sandbox: Sandbox;
let worker: Daemon;
let identities: SdkIdentities;
let campaigns: Campaigns;
let environment: Record<string, string> = {};
let end = async () => {};
/** What happens when SES is asked to send, and before it does. */
let beforeCall = async () => {};

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-domains-'));
  const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  dns = await startDnsServer(zone);
  sandbox = await startSandbox({
    clock,
    dns: { servers: [dns.address] },
    account: { perSecond: 2_000, perDay: null },
    faults: async ({ operation }) => {
      if (operation === 'SendBulkEmail') await beforeCall();
      return null;
    },
  });
  environment = {
    REDIS_URL: server.url,
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: sandbox.url,
    SLUICE_DNS_SERVERS: dns.address,
    SLUICE_LOG_DIR: join(folder, 'log'),
  };
  identities = new SdkIdentities({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    clock: systemClock,
  });
  const redis = connectRedis(server.url);
  campaigns = new Campaigns(redis, new Keys('{sluice}'), systemClock);
  worker = new Daemon(['worker'], environment);
  end = async () => {
    await worker.stop();
    identities.close();
    redis.disconnect();
    await sandbox.close();
    await dns.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await worker.says(/worker started/);
});

afterAll(() => end());

const Added = z.object({
  records: z.array(z.object({ name: z.string(), type: z.enum(['CNAME', 'MX', 'TXT']), value: z.string() })),
  mailFrom: z.object({ domain: z.string() }).nullable(),
});

const add = async (...args: string[]) => {
  const { stdout, stderr, code } = await sluiceHere(['domain', 'add', ...args, '--json'], environment);
  expect([stderr, code]).toEqual(['', 0]);
  return Added.parse(JSON.parse(stdout));
};

/** Makes an identity of it, and gives what it needs in DNS. */
async function needs(domain: string): Promise<Zone> {
  return zoneOf(recordsOf(await identities.create(domain, 2048), 'us-east-1'));
}

function zoneOf(records: readonly Pick<DnsRecord, 'name' | 'type' | 'value'>[]): Zone {
  return Object.fromEntries(
    records.map(({ name, type, value }) => [name, type === 'CNAME' ? { CNAME: value } : { TXT: [value] }]),
  );
}

/** Puts records into DNS, and lets the time pass that SES relies on its last look. */
function serve(more: Zone): void {
  zone = { ...zone, ...more };
  dns.serve(zone);
  clock.move(1_001);
}

function campaign(id: string, domain: string, change: object = {}) {
  return {
    id,
    category: 'transactional' as const,
    sender: { from: `news@${domain}` },
    content: { subject: 'x', text: 'x' },
    audience: { kind: 'inline' as const, recipients: people(id, 2) },
    ...change,
  };
}

const people = (id: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ email: `${id}-${index}@example.net` }));
const enqueue = (what: ReturnType<typeof campaign>) =>
  enqueueCampaign(what, { redis: environment['REDIS_URL'] ?? '' });
const send = (what: ReturnType<typeof campaign>) => sluice(['send', '-'], environment, JSON.stringify(what));

async function receipt(id: string): Promise<Receipt> {
  const found = await campaigns.receipt(id);
  if (!found) throw new Error(`no campaign ${id}`);
  return found;
}

const comesTo = (id: string, state: string) =>
  eventually(async () => {
    const found = await receipt(id);
    expect(found.state).toBe(state);
    return found;
  });

/** Whom SES has taken a mail of a campaign for. */
function mailed(campaignId: string): string[] {
  return [...sandbox.store.mails({ campaign: campaignId, limit: 1_000 })].flatMap(({ to }) => to);
}

test('a campaign from a domain that is not ready is held before its first mail, and goes on at once with resume when the records are there', async () => {
  const records = await needs('fresh.example');
  expect((await send(campaign('refused', 'fresh.example'))).code).toBe(2);
  await enqueue(campaign('unready', 'fresh.example'));
  const { reason } = await comesTo('unready', 'held');
  expect(reason).toMatch(/fresh\.example may not send yet \(SES identity: .*DKIM: .*PENDING.*SPF: .*DMARC: /);
  expect(mailed('unready')).toEqual([]);
  serve(records);
  expect((await sluiceHere(['resume', 'unready'], environment)).code).toBe(0);
  expect((await comesTo('unready', 'finished')).counts.accepted).toBe(2);
  expect(mailed('unready').toSorted()).toEqual(people('unready', 2).map(({ email }) => email));
});

test('a domain that SES takes away in the middle of a campaign holds it, and nobody gets two mails when it is back', async () => {
  serve(await needs('breaks.example'));
  const slow = {
    limits: { perSecond: 60 },
    audience: { kind: 'inline', recipients: people('breaks', 300) },
  };
  let calls = 0;
  beforeCall = async () => {
    calls += 1;
    if (calls === 2) await identities.remove('breaks.example');
  };
  onTestFinished(() => {
    beforeCall = async () => {};
  });
  expect((await send(campaign('breaks', 'breaks.example', slow))).code).toBe(0);
  const { counts, reason } = await comesTo('breaks', 'held');
  expect(reason).toMatch(/not verified/);
  expect(counts.accepted).toBeLessThan(300);
  await add('breaks.example');
  clock.move(1_001);
  expect((await sluiceHere(['resume', 'breaks'], environment)).code).toBe(0);
  expect((await comesTo('breaks', 'finished')).counts).toMatchObject({ accepted: 300, inDoubt: 0 });
  const addresses = mailed('breaks');
  expect([addresses.length, new Set(addresses).size]).toEqual([300, 300]);
});

test('where DNS says nothing of SPF and DMARC the campaign is sent, and the worker warns', async () => {
  const records = await needs('silent.example');
  const silent = { fault: 'silent' } as const;
  serve({ ...records, 'silent.example': silent, '_dmarc.silent.example': silent });
  await enqueue(campaign('silent', 'silent.example'));
  expect((await comesTo('silent', 'finished')).counts.accepted).toBe(2);
  await worker.says(
    /could not be checked in full.*silent\.example|silent\.example.*could not be checked in full/,
  );
  const check = await sluiceHere(['domain', 'check', 'silent.example'], environment);
  expect(check.code).toBe(1);
  expect(check.stdout).toMatch(/could not ask +SPF/);
});

test('a project that may do without SPF and DMARC sends from a domain that has none, and others do not', async () => {
  const records = await needs('bare.example');
  serve(Object.fromEntries(Object.entries(records).filter(([name]) => name.includes('_domainkey'))));
  const strict = await send(campaign('strict', 'bare.example'));
  expect([strict.code, strict.stderr]).toEqual([2, expect.stringMatching(/SPF: .*DMARC: /)]);
  const why = ['--reason', 'DNS is being moved'];
  const set = await sluiceHere(['project', 'set', 'lax', '--domain-rules', 'ses', ...why], environment);
  expect(set.code).toBe(0);
  expect((await send(campaign('lax', 'bare.example', { project: 'lax' }))).code).toBe(0);
  await comesTo('lax', 'finished');
});

test('a campaign from the domain of another organisation is held, its test is refused, and it goes on when its project belongs there', async () => {
  const { records } = await add('owned.example', '--organisation', 'Example KK');
  serve({ ...zoneOf(records), 'sub.owned.example': { TXT: ['v=spf1 include:amazonses.com ~all'] } });
  const theirs = campaign('theirs', 'sub.owned.example', { project: 'stranger' });
  for (const more of [[], ['--test', 'me@example.net']]) {
    const refused = await sluice(['send', '-', ...more], environment, JSON.stringify(theirs));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('"Example KK"')]);
  }
  await enqueue(theirs);
  expect((await comesTo('theirs', 'held')).reason).toMatch(/belongs to the organisation "Example KK"/);
  expect(mailed('theirs')).toEqual([]);
  await sluiceHere(['project', 'set', 'stranger', '--organisation', 'Example KK'], environment);
  await sluiceHere(['resume', 'theirs'], environment);
  expect((await comesTo('theirs', 'finished')).counts.accepted).toBe(2);
  const again = await sluiceHere(['domain', 'add', 'shop.owned.example', '--organisation', 'B'], environment);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('belongs to the organisation')]);
});

test('the MAIL FROM domain may be written in every way in which a name is', async () => {
  for (const written of ['BOUNCE', 'Bounce.Envelope.Example.'])
    expect((await add('envelope.example', '--mail-from', written)).mailFrom).toMatchObject({
      domain: 'bounce.envelope.example',
    });
  const itself = ['domain', 'add', 'envelope.example', '--mail-from', 'envelope.example'];
  const refused = await sluiceHere(itself, environment);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('a subdomain of envelope.example'),
  ]);
  const moved = await sluiceHere(['domain', 'add', 'envelope.example', '--mail-from', 'env'], environment);
  expect(moved.stderr).toContain('the MAIL FROM domain was bounce.envelope.example');
});
