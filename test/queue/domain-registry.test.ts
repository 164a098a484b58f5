import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { DomainBook } from '../../src/identity/domain-book.ts';
import type { SesIdentities } from '../../src/identity/ses-identity.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { logRows } from '../../src/log/row.ts';
import { type DomainOrder, DomainRegistry } from '../../src/queue/domain-registry.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { SdkIdentities } from '../../src/send/ses-identities.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const HANA = { by: 'Hana', reason: 'a new brand' };
let sandbox: Sandbox;
let identities: SesIdentities;
let book: DomainBook;
let registry: DomainRegistry;
/** Whether SES refuses. */
let isAway = false;
let clock: MovableClock;

beforeEach(async () => {
  isAway = false;
  // A resolver that never has anything: what is registered waits for its records.
  clock = new MovableClock();
  sandbox = await startSandbox({
    clock,
    dns: { servers: ['127.0.0.1:9'] },
    faults: ({ operation }) =>
      isAway && operation.includes('Identity')
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'not you' }
        : null,
  });
  identities = new SdkIdentities({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    clock: systemClock,
  });
  book = new DomainBook(server.redis, keys);
  registry = new DomainRegistry(book, () => identities, systemClock);
});

afterEach(async () => {
  identities.close();
  await sandbox.close();
});

function order(change: Partial<DomainOrder> = {}): DomainOrder {
  return { name: 'example.co.jp', organisation: 'A', mailFrom: null, dkimLength: 2048, ...change };
}

async function logged() {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries
    .flatMap(([, fields]) => logRows(decodeBlock(fields[1] ?? Buffer.alloc(0)), 0))
    .map(({ event_type, detail }) => [event_type, detail]);
}

test('a domain is registered with SES and on the books, and the log says who did it and why', async () => {
  const end = await registry.add(order({ mailFrom: 'bounce.example.co.jp' }), HANA);
  expect(end).toMatchObject({
    kind: 'added',
    domain: { name: 'example.co.jp', primary: 'example.co.jp', organisation: 'A' },
    identity: {
      verified: false,
      dkim: { status: 'PENDING', keyLength: 2048, origin: 'easy' },
      mailFrom: { domain: 'bounce.example.co.jp', status: 'PENDING' },
    },
  });
  expect(end.kind === 'added' && end.identity.dkim.tokens).toHaveLength(3);
  const after = { organisation: 'A', mailFrom: 'bounce.example.co.jp' };
  expect(await logged()).toEqual([['domain_added', { name: 'example.co.jp', before: null, after, ...HANA }]]);
});

test('an identity that SES has already is taken as it is, with the keys that it has', async () => {
  const made = await identities.create('example.co.jp', 1024);
  const end = await registry.add(order(), HANA);
  expect(end).toMatchObject({
    kind: 'added',
    identity: { dkim: { keyLength: 1024, tokens: made.dkim.tokens } },
  });
});

test('a second time shows the same records, and changes and logs nothing', async () => {
  const first = await registry.add(order(), HANA);
  const second = await registry.add(order(), { by: 'Mei', reason: null });
  expect(second).toEqual({ ...first, kind: 'known' });
  expect(await logged()).toHaveLength(1);
});

test('a MAIL FROM domain is replaced where another is named, which is said, and set again where SES has given up on it', async () => {
  await registry.add(order({ mailFrom: 'bounce.example.co.jp' }), HANA);
  expect(await registry.add(order({ mailFrom: 'env.example.co.jp' }), HANA)).toMatchObject({
    identity: { mailFrom: { domain: 'env.example.co.jp' } },
    mailFromBefore: 'bounce.example.co.jp',
  });
  expect(await registry.add(order(), HANA)).toMatchObject({
    identity: { mailFrom: { domain: 'env.example.co.jp' } },
    mailFromBefore: null,
  });
  clock.move(73 * 60 * 60_000);
  expect(await identities.get('example.co.jp')).toMatchObject({ mailFrom: { status: 'FAILED' } });
  expect(await registry.add(order({ mailFrom: 'env.example.co.jp' }), HANA)).toMatchObject({
    identity: { mailFrom: { domain: 'env.example.co.jp', status: 'PENDING' } },
    mailFromBefore: null,
  });
});

test('a domain for whose records SES looks no more is looked for again when it is added again, without being removed', async () => {
  await registry.add(order(), HANA);
  clock.move(73 * 60 * 60_000);
  expect(await identities.get('example.co.jp')).toMatchObject({ dkim: { status: 'FAILED' } });
  expect(await registry.add(order(), HANA)).toMatchObject({
    kind: 'known',
    identity: {
      dkim: { status: 'PENDING', tokens: [expect.any(String), expect.any(String), expect.any(String)] },
    },
  });
});

test('another organisation is refused before SES is asked for anything', async () => {
  await registry.add(order(), HANA);
  const refused = await registry.add(order({ name: 'shop.example.co.jp', organisation: 'B' }), HANA);
  expect(refused).toEqual({ kind: 'owned', by: 'A', primary: 'example.co.jp' });
  expect(await identities.get('shop.example.co.jp')).toBeNull();
});

test('where SES refuses, nothing is on the books, and the fault names the permission', async () => {
  isAway = true;
  await expect(registry.add(order(), HANA)).rejects.toMatchObject({
    code: 'SES_IDENTITY',
    message: expect.stringContaining('ses:GetEmailIdentity'),
  });
  expect(await book.list()).toEqual([]);
  expect(await logged()).toEqual([]);
});

test('a domain that is removed is gone from SES and from the books, unless it is to stay in SES', async () => {
  await registry.add(order(), HANA);
  await registry.add(order({ name: 'shop.example.co.jp' }), HANA);
  expect(await registry.remove('example.co.jp', true, HANA)).toMatchObject({
    kind: 'removed',
    hadIdentity: true,
  });
  expect(await registry.remove('shop.example.co.jp', false, HANA)).toMatchObject({ hadIdentity: false });
  expect(await identities.get('example.co.jp')).toBeNull();
  expect(await identities.get('shop.example.co.jp')).not.toBeNull();
  expect(await registry.remove('example.co.jp', true, HANA)).toEqual({ kind: 'missing' });
  expect((await logged()).map(([type]) => type)).toEqual([
    'domain_added',
    'domain_added',
    'domain_removed',
    'domain_removed',
  ]);
});

test('a move takes all that shares the organisational domain, and is in the log with both owners', async () => {
  await registry.add(order(), HANA);
  await registry.add(order({ name: 'shop.example.co.jp' }), HANA);
  expect(await registry.move('shop.example.co.jp', 'B', HANA)).toEqual({
    kind: 'moved',
    from: 'A',
    domains: ['example.co.jp', 'shop.example.co.jp'],
  });
  expect(await registry.move('example.co.jp', 'B', HANA)).toEqual({ kind: 'same' });
  expect(await registry.move('nobody.example', 'B', HANA)).toEqual({ kind: 'missing' });
  expect((await logged()).at(-1)).toEqual([
    'domain_moved',
    { name: 'example.co.jp', before: { organisation: 'A' }, after: { organisation: 'B' }, ...HANA },
  ]);
});
