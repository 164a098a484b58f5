import { PutSuppressedDestinationCommand } from '@aws-sdk/client-sesv2';
import { afterEach, expect, test } from 'vitest';
import type { FaultAction } from '../../src/sandbox/fault.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { SesSuppressionList } from '../../src/send/ses-suppression.ts';
import { useSandbox } from '../sandbox/client.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { PatientClock } from '../support/patient-clock.ts';
import { gather } from '../suppression/gather.ts';

const open = useSandbox();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function openList(options: SandboxOptions = {}) {
  const opened = await open(options);
  const clock = new PatientClock();
  const list = new SesSuppressionList({
    endpoint: opened.sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    clock,
  });
  ends.push(() => list.close());
  return { ...opened, clock, list };
}

/** The sandbox answers the first calls with these, and the others as it should; and counts them. */
function failing(...faults: (FaultAction | null)[]) {
  const seen = { calls: 0 };
  const hook: SandboxOptions = {
    faults: () => {
      seen.calls += 1;
      return faults[seen.calls - 1] ?? null;
    },
  };
  return { seen, hook };
}

const status = (code: number, name: string, message = 'no'): FaultAction => ({
  kind: 'status',
  taken: false,
  status: code,
  name,
  message,
});
const throttled = status(429, 'TooManyRequestsException', 'Rate exceeded');
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

test('what is put there is read back, with its reason and the time of its last change', async () => {
  const { list } = await openList();
  const before = Date.now();
  expect(await list.put('Ann@example.com', 'bounced')).toEqual({ kind: 'put' });
  expect(await list.put('"foo..bar"@docomo.ne.jp', 'complained')).toEqual({ kind: 'put' });
  const listed = await gather(list.pages());
  expect(listed).toEqual([
    { address: 'Ann@example.com', reason: 'bounced', at: expect.any(Number) },
    { address: '"foo..bar"@docomo.ne.jp', reason: 'complained', at: expect.any(Number) },
  ]);
  for (const { at } of listed) {
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  }
});

test('a list of several pages is read to its end', async () => {
  const { list, client, sandbox } = await openList();
  const put = (n: number) =>
    client.send(new PutSuppressedDestinationCommand({ EmailAddress: `p${n}@example.com`, Reason: 'BOUNCE' }));
  await Promise.all(Array.from({ length: 2_001 }, (_, n) => put(n)));
  const sizes: number[] = [];
  for await (const page of list.pages()) sizes.push(page.length);
  expect(sizes).toEqual([1_000, 1_000, 1]);
  expect(new Set((await gather(list.pages())).map(({ address }) => address)).size).toBe(2_001);
  const stats: unknown = await (await fetch(`${sandbox.url}/stats`)).json();
  expect(stats).toMatchObject({ calls: { ListSuppressedDestinations: 6 } });
});

test('an address that SES does not take is refused, and the next is not', async () => {
  const { list } = await openList();
  expect(await list.put('two..dots@example.com', 'bounced')).toEqual({
    kind: 'refused',
    why: expect.stringMatching(/dot-dot/),
  });
  expect(await list.put('ann@example.com', 'bounced')).toEqual({ kind: 'put' });
});

test('who is throttled waits longer and longer, and from then on makes about a call a second', async () => {
  const { seen, hook } = failing(throttled, throttled, throttled);
  const { list, clock } = await openList(hook);
  for (const n of [1, 2, 3]) expect(await list.put(`p${n}@example.com`, 'bounced')).toEqual({ kind: 'put' });
  expect(seen.calls).toBe(6);
  expect(clock.waits).toEqual([1_000, 100, 2_000, 4_000, 1_100, 1_100]);
});

test('who is not throttled waits for nothing', async () => {
  const { list, clock } = await openList();
  for (const n of [1, 2, 3]) await list.put(`p${n}@example.com`, 'bounced');
  expect(clock.waits).toEqual([]);
});

test('who is throttled for good is told so, with the permission, after a minute and a half', async () => {
  const { seen, hook } = failing(...times(50, throttled));
  const { list, clock } = await openList(hook);
  await expect(gather(list.pages())).rejects.toMatchObject({
    code: 'SES_SUPPRESSION',
    message:
      'SES has throttled ses:ListSuppressedDestinations for too long (TooManyRequestsException: Rate exceeded): try again later, when nobody else makes such calls',
  });
  expect(seen.calls).toBe(8);
  expect(clock.now()).toBeGreaterThan(90_000);
});

test.each<[string, FaultAction]>([
  ['a reset connection', { kind: 'drop', taken: false }],
  ['a reset connection after the call was taken', { kind: 'drop', taken: true }],
  ['a 503', status(503, 'ServiceUnavailableException')],
])('%s is tried again', async (_what, fault) => {
  const { seen, hook } = failing(fault, fault);
  const { list } = await openList(hook);
  expect(await list.put('ann@example.com', 'bounced')).toEqual({ kind: 'put' });
  expect(await gather(list.pages())).toHaveLength(1);
  expect(seen.calls).toBe(4);
});

test('a service that stays away is said to be, soon', async () => {
  const { seen, hook } = failing(...times(50, status(500, 'InternalFailure', 'oh')));
  const { list } = await openList(hook);
  await expect(list.put('ann@example.com', 'bounced')).rejects.toMatchObject({
    message:
      'SES does not answer ses:PutSuppressedDestination (InternalFailure: oh): check network and endpoint, and try again',
  });
  expect(seen.calls).toBe(3);
});

test.each([
  [403, 'AccessDeniedException', 'not authorized'],
  [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'],
  [403, 'InvalidSignatureException', 'The request signature we calculated does not match'],
])('a %i %s is not tried again, and names the permission', async (code, name, message) => {
  const { seen, hook } = failing(...times(9, status(code, name, message)));
  const { list } = await openList(hook);
  const denied = (permission: string) => ({
    code: 'SES_SUPPRESSION',
    message: `SES does not let us in (${name}: ${message}): check the credentials, and that they allow ${permission}`,
  });
  await expect(gather(list.pages())).rejects.toMatchObject(denied('ses:ListSuppressedDestinations'));
  await expect(list.put('a@example.com', 'bounced')).rejects.toMatchObject(
    denied('ses:PutSuppressedDestination'),
  );
  expect(seen.calls).toBe(2);
});

test.each([-10, 10])('a clock that is %i minutes off is corrected', async (minutes) => {
  const clock = new MovableClock();
  clock.move(minutes * 60_000);
  const { list } = await openList({ clock });
  expect(await list.put('ann@example.com', 'bounced')).toEqual({ kind: 'put' });
});
