import { expect, test } from 'vitest';
import { identityFor } from '../../src/identity/identity-for.ts';
import type { SesIdentity } from '../../src/identity/ses-identity.ts';

/** SES with these identities, true where they are verified; it notes what it was asked for. */
function sesWith(known: Readonly<Record<string, boolean>>) {
  const asked: string[] = [];
  return {
    asked,
    get: async (name: string): Promise<SesIdentity | null> => {
      asked.push(name);
      const verified = known[name];
      return verified === undefined ? null : identity(name, verified);
    },
  };
}

function identity(name: string, verified: boolean): SesIdentity {
  const status = verified ? 'SUCCESS' : 'PENDING';
  const dkim = { status, tokens: [], hostedZone: null, keyLength: 2048, origin: 'easy' } as const;
  return { name, verified, dkim, mailFrom: null };
}

const nameFor = async (domain: string, known: Readonly<Record<string, boolean>>, address?: string) =>
  (await identityFor(domain, sesWith(known), address))?.name ?? null;

test("a domain's own identity goes before its parent's, and the nearest parent before those above", async () => {
  const known = { 'a.b.example.co.jp': true, 'b.example.co.jp': true, 'example.co.jp': true };
  expect(await nameFor('a.b.example.co.jp', known)).toBe('a.b.example.co.jp');
  expect(await nameFor('c.b.example.co.jp', known)).toBe('b.example.co.jp');
  expect(await nameFor('c.example.co.jp', known)).toBe('example.co.jp');
});

test('what is verified goes before what waits', async () => {
  expect(await nameFor('mail.example.com', { 'mail.example.com': false, 'example.com': true })).toBe(
    'example.com',
  );
  expect(await nameFor('mail.example.com', { 'mail.example.com': false, 'example.com': false })).toBe(
    'mail.example.com',
  );
});

test('nobody is asked about a public suffix', async () => {
  const ses = sesWith({ 'co.jp': true, jp: true });
  expect(await identityFor('mail.example.co.jp', ses)).toBeNull();
  expect(ses.asked).toEqual(['mail.example.co.jp', 'example.co.jp']);
});

test('the address is the last resort', async () => {
  const ses = sesWith({ 'me@example.com': true });
  expect(await identityFor('example.com', ses, 'me@example.com')).toMatchObject({ name: 'me@example.com' });
  expect(ses.asked).toEqual(['example.com', 'me@example.com']);
  expect(
    await nameFor('example.com', { 'example.com': true, 'me@example.com': true }, 'me@example.com'),
  ).toBe('example.com');
});
