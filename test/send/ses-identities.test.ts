import { devNull } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { FaultAction } from '../../src/sandbox/fault.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { SdkIdentities } from '../../src/send/ses-identities.ts';
import { useSandbox } from '../sandbox/client.ts';
import { PatientClock } from '../support/patient-clock.ts';

const DOMAIN = 'example.co.jp';
const open = useSandbox();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A sandbox in which nobody has records. */
async function openIdentities(options: SandboxOptions = {}) {
  const { sandbox } = await open({ dns: { zoneFile: devNull }, ...options });
  const clock = new PatientClock();
  const identities = new SdkIdentities({
    endpoint: sandbox.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    clock,
  });
  ends.push(() => identities.close());
  return { identities, clock };
}

const status = (code: number, name: string, message = 'no'): FaultAction => ({
  kind: 'status',
  taken: false,
  status: code,
  name,
  message,
});

test.each([1024, 2048] as const)(
  'a domain is made with Easy DKIM and a key of %i bits',
  async (keyLength) => {
    const { identities } = await openIdentities();
    expect(await identities.get(DOMAIN)).toBeNull();
    const made = await identities.create(DOMAIN, keyLength);
    expect(made).toEqual({
      name: DOMAIN,
      verified: false,
      dkim: {
        status: 'PENDING',
        tokens: [expect.any(String), expect.any(String), expect.any(String)],
        hostedZone: 'dkim.amazonses.com',
        keyLength,
        origin: 'easy',
      },
      mailFrom: null,
    });
    expect(await identities.get(DOMAIN)).toEqual(made);
  },
);

test('one that is there is left as it is', async () => {
  const { identities } = await openIdentities();
  await identities.create(DOMAIN, 1024);
  await identities.setMailFrom(DOMAIN, `bounce.${DOMAIN}`);
  expect(await identities.create(DOMAIN, 2048)).toMatchObject({
    dkim: { keyLength: 1024 },
    mailFrom: { domain: `bounce.${DOMAIN}`, status: 'PENDING' },
  });
});

test('a MAIL FROM domain is set and taken back, and an identity is removed once', async () => {
  const { identities } = await openIdentities();
  await identities.create(DOMAIN, 2048);
  await identities.setMailFrom(DOMAIN, `bounce.${DOMAIN}`);
  expect((await identities.get(DOMAIN))?.mailFrom?.domain).toBe(`bounce.${DOMAIN}`);
  await identities.setMailFrom(DOMAIN, null);
  expect((await identities.get(DOMAIN))?.mailFrom).toBeNull();
  expect(await identities.remove(DOMAIN)).toBe(true);
  expect(await identities.remove(DOMAIN)).toBe(false);
});

test('an identity whose signing is switched off is told from one that signs', async () => {
  const { identities } = await openIdentities();
  // The sandbox signs for no address by itself.
  expect((await identities.create(`me@${DOMAIN}`, 2048)).dkim.isOff).toBe(true);
  expect((await identities.create(DOMAIN, 2048)).dkim).not.toHaveProperty('isOff');
});

test('it knows the region', async () => {
  const { identities } = await openIdentities();
  expect(await identities.region()).toBe('ap-northeast-1');
});

test('calls that are throttled are made again, with patience, and not for ever', async () => {
  let calls = 0;
  const throttled = status(429, 'TooManyRequestsException', 'Rate exceeded');
  const twice = await openIdentities({
    faults: () => {
      calls += 1;
      return calls <= 2 ? throttled : null;
    },
  });
  expect((await twice.identities.create(DOMAIN, 2048)).name).toBe(DOMAIN);
  const always = await openIdentities({ faults: () => throttled });
  await expect(always.identities.get(DOMAIN)).rejects.toMatchObject({
    code: 'SES_IDENTITY',
    message: expect.stringMatching(/^SES has throttled ses:GetEmailIdentity for too long .*try again later/),
  });
  const waited = always.clock.waits.reduce((sum, ms) => sum + ms, 0);
  expect(waited).toBeLessThan(120_000);
});

test('nobody waits for another try when it is closed, so that no command lingers', async () => {
  const { sandbox } = await open({ faults: () => status(429, 'TooManyRequestsException', 'Rate exceeded') });
  const identities = new SdkIdentities({
    endpoint: sandbox.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    clock: systemClock,
  });
  const asking = identities.get(DOMAIN);
  setTimeout(() => identities.close(), 200);
  await expect(asking).rejects.toMatchObject({ code: 'SES_IDENTITY' });
});

test.each([
  ['AccessDeniedException', 403, /they allow ses:CreateEmailIdentity$/],
  ['LimitExceededException', 400, /^SES has no room for more .*ask AWS for more$/],
  ['BadRequestException', 400, /^SES refuses ses:CreateEmailIdentity \(BadRequestException: no\)/],
])('what is wrong is said in one line: %s', async (name, code, message) => {
  const { identities } = await openIdentities({ faults: () => status(code, name) });
  await expect(identities.create(DOMAIN, 2048)).rejects.toMatchObject({
    code: 'SES_IDENTITY',
    message: expect.stringMatching(message),
  });
});
