import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { isAbout } from '../../src/identity/domain-check.ts';
import { DomainInspector } from '../../src/identity/inspector.ts';
import type { SesIdentity } from '../../src/identity/ses-identity.ts';

/** Asks an SES with these identities, true where they are verified, and a DNS that nobody finds. */
function inspector(known: Readonly<Record<string, boolean>>): DomainInspector {
  const dkim = { status: 'SUCCESS', tokens: [], hostedZone: null, keyLength: 2048, origin: 'easy' } as const;
  return new DomainInspector({
    book: { noteCheck: async () => {} },
    resolver: async () => {
      throw new Error('getaddrinfo ENOTFOUND sandbox');
    },
    identities: {
      get: async (name): Promise<SesIdentity | null> => {
        const verified = known[name];
        return verified === undefined ? null : { name, verified, dkim, mailFrom: null };
      },
      region: async () => 'us-east-1',
    },
    configurationSet: async () => null,
    clock: systemClock,
  });
}

test('where no resolver is found the check goes on, and says that DNS could not be asked', async () => {
  const { items } = await inspector({ 'example.com': true }).inspect('example.com');
  const spf = items.find(({ item }) => item === 'spf');
  expect(spf).toMatchObject({ status: 'unasked', found: expect.stringContaining('ENOTFOUND sandbox') });
  const ofDns = ['spf', 'dmarc', 'dkim_records'];
  expect(items.filter(({ item, status }) => ofDns.includes(item) && status !== 'unasked')).toEqual([]);
});

test.each([
  ['a verified domain', { 'example.com': true }, true],
  ['an address, since its domain is not verified', { 'example.com': false, 'me@example.com': true }, false],
  ['an address alone', { 'me@example.com': true }, false],
  ['a domain that is not verified', { 'example.com': false }, false],
  ['nothing', {}, false],
])(
  'what SES says holds for every address of the domain only where it is verified: %s',
  async (_what, known, isForAll) => {
    const check = await inspector(known).look('me@example.com');
    expect(isAbout(check, 'me@example.com')).toBe(true);
    expect(isAbout(check, 'you@example.com')).toBe(isForAll);
  },
);
