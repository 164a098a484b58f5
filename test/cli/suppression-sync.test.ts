import { PutSuppressedDestinationCommand } from '@aws-sdk/client-sesv2';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Keys } from '../../src/core/keys.ts';
import type { FaultHook } from '../../src/sandbox/fault.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { useSandbox } from '../sandbox/client.ts';
import { Daemon } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const open = useSandbox();
let store: SuppressionStore;
beforeAll(() => {
  store = new SuppressionStore(server.redis, new Keys('{sluice}'));
});

let ses: Awaited<ReturnType<typeof open>>;
/** What goes wrong from now on. */
let faults: FaultHook = () => null;
beforeEach(async () => {
  faults = () => null;
  ses = await open({ faults: (call) => faults(call) });
});

const environment = () => ({
  REDIS_URL: server.url,
  SLUICE_SES: 'sandbox',
  AWS_ENDPOINT_URL_SESV2: ses.sandbox.url,
});
const sync = (...args: string[]) => sluiceHere(['suppression', 'sync', ...args], environment());
const put = (EmailAddress: string) =>
  ses.client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: 'BOUNCE' }));
const bounced = (...addresses: string[]) =>
  store.add({ kind: 'everywhere', reason: 'bounced' }, addresses, { at: 1, source: 'event', detail: null });
const Stats = z.object({ calls: z.record(z.string(), z.number()) });
const putCalls = async () =>
  Stats.parse((await ses.read('/stats')).body).calls['PutSuppressedDestination'] ?? 0;

const NONE_READ = { read: 0, added: 0, already: 0, simulator: 0, invalid: 0 };
const NONE_PUT = { read: 0, added: 0, already: 0, simulator: 0, refused: 0 };

test('it brings both sides together, says what it would do before, and nothing is left to do after', async () => {
  await put('ann@example.com');
  await put('bounce@simulator.amazonses.com');
  await bounced('bob@example.com', 'foo..bar@docomo.ne.jp');

  const dry = await sync('--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toBe(
    'from SES: 2 read: 1 would be added, 0 already suppressed, 1 of the mailbox simulator\n' +
      'to SES: 2 read: 2 would be added, 0 already there\n',
  );
  expect(await putCalls()).toBe(2);
  expect(await store.count()).toMatchObject({ everywhere: 2 });

  const done = await sync('--json');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(done.stdout)).toEqual({
    dryRun: false,
    fromSes: { ...NONE_READ, read: 2, added: 1, simulator: 1 },
    toSes: { ...NONE_PUT, read: 3, added: 2, already: 1 },
  });
  expect(await store.count()).toMatchObject({ everywhere: 3 });

  const again = await sync();
  expect(again.stdout).toBe(
    'from SES: 4 read: 0 added, 3 already suppressed, 1 of the mailbox simulator\n' +
      'to SES: 3 read: 0 added, 3 already there\n',
  );
});

test('each direction can be had alone, and both by name', async () => {
  await put('ann@example.com');
  await bounced('bob@example.com');
  const parsed = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await sync('--json', '--dry-run', ...args)).stdout);
  expect(await parsed('--from-ses')).toEqual({
    dryRun: true,
    fromSes: { ...NONE_READ, read: 1, added: 1 },
    toSes: null,
  });
  expect(await parsed('--to-ses')).toEqual({
    dryRun: true,
    fromSes: null,
    toSes: { ...NONE_PUT, read: 1, added: 1 },
  });
  expect(await parsed('--to-ses', '--from-ses')).toMatchObject({
    fromSes: { added: 1 },
    toSes: { added: 1 },
  });
});

test('somebody who may not read the list, or not put anybody there, is told so in a line', async () => {
  await put('ann@example.com');
  await bounced('bob@example.com');
  const deny = (denied: string): FaultHook => {
    return ({ operation }) =>
      operation === denied
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'not allowed' }
        : null;
  };
  const line = (permission: string) =>
    `sluice: SES does not let us in (AccessDeniedException: not allowed): check the credentials, and that they allow ${permission}\n`;
  faults = deny('ListSuppressedDestinations');
  expect(await sync()).toEqual({ code: 1, stdout: '', stderr: line('ses:ListSuppressedDestinations') });
  faults = deny('PutSuppressedDestination');
  expect(await sync('--to-ses')).toEqual({
    code: 1,
    stdout: '',
    stderr: line('ses:PutSuppressedDestination'),
  });
  expect(await sync()).toEqual({
    code: 1,
    stdout: '',
    stderr: `What was added stays; run it again for the rest.\n${line('ses:PutSuppressedDestination')}`,
  });
  expect(await store.count()).toMatchObject({ everywhere: 2 });
});

describe('where SES can not be asked, it ends with a line:', () => {
  const command = ['suppression', 'sync'];
  /** Where the SDK finds nothing by itself. */
  const bare = () => ({ REDIS_URL: server.url, AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' });

  test('no credentials', async () => {
    const place = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_SESV2: ses.sandbox.url };
    expect(await sluiceHere(command, { ...bare(), ...place })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'sluice: there are no AWS credentials: give the SDK some (a role, a profile, AWS_ACCESS_KEY_ID) that allow ses:ListSuppressedDestinations\n',
    });
  });

  test('no region', async () => {
    expect(await sluiceHere(command, bare())).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sluice: there is no AWS region: set AWS_REGION\n',
    });
  });

  test('nobody there', async () => {
    const away = await sluiceHere(command, {
      ...environment(),
      AWS_ENDPOINT_URL_SESV2: 'http://127.0.0.1:1',
    });
    expect(away).toMatchObject({ code: 1, stdout: '' });
    expect(away.stderr).toMatch(
      /^sluice: SES does not answer ses:ListSuppressedDestinations \(.*ECONNREFUSED.*\): check network.*\n$/,
    );
  });

  test('only the sandboxes inside of workers', async () => {
    const inside = await sluiceHere(command, { REDIS_URL: server.url, SLUICE_SES: 'sandbox' });
    expect(inside).toMatchObject({ code: 2, stdout: '' });
    expect(inside.stderr).toMatch(/^sluice: SLUICE_SES is sandbox, .*AWS_ENDPOINT_URL_SESV2.*\n$/);
  });
});

test('SES may throttle it', async () => {
  await bounced('bob@example.com');
  const seen = new Set<string>();
  faults = ({ operation }) => {
    if (seen.has(operation)) return null;
    seen.add(operation);
    return { kind: 'status', taken: false, status: 429, name: 'TooManyRequestsException', message: 'slow' };
  };
  expect(await sync()).toMatchObject({ code: 0, stderr: '' });
  expect(await putCalls()).toBe(2);
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'after a %s in the middle it goes on where it was',
  async (signal) => {
    const people = Array.from({ length: 40 }, (_, n) => `p${n}@example.com`);
    await bounced(...people);
    let puts = 0;
    const reached = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<null>();
    faults = ({ operation }) => {
      if (operation === 'PutSuppressedDestination') puts += 1;
      if (puts <= 15) return null;
      reached.resolve();
      return ended.promise;
    };
    const child = new Daemon(['suppression', 'sync'], environment());
    await reached.promise;
    child.kill(signal);
    const code = await child.ended();
    if (signal === 'SIGINT') {
      expect(code).toBe(130);
      expect(child.said).toContain('run it again for the rest');
    }
    faults = () => null;
    ended.resolve(null);
    const { toSes } = JSON.parse((await sync('--json')).stdout);
    expect(toSes.added + toSes.already).toBe(40);
    expect(toSes.already).toBeGreaterThanOrEqual(15);
    expect(toSes.added).toBeGreaterThanOrEqual(24);
    expect(JSON.parse((await sync('--json')).stdout)).toMatchObject({
      fromSes: { read: 40, added: 0 },
      toSes: { added: 0, already: 40 },
    });
  },
);

test('an address that SES refuses is named, and the rest is done', async () => {
  await bounced('odd@example.com', 'bob@example.com');
  faults = ({ body }) =>
    body.includes('odd@')
      ? { kind: 'status', taken: false, status: 400, name: 'BadRequestException', message: 'odd one' }
      : null;
  expect(await sync('--to-ses')).toEqual({
    code: 0,
    stdout: 'to SES: 2 read: 1 added, 0 already there, 1 refused by SES\n',
    stderr: '  SES does not take odd@example.com: odd one\n',
  });
});
