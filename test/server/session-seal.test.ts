import { expect, test } from 'vitest';
import { SESSION_MS, SessionSeal } from '../../src/server/session-seal.ts';

const NOW = Date.UTC(2026, 10, 29);
const seal = new SessionSeal('a-token-of-many-characters');
const cookie = seal.seal('花子 Hanako', NOW);

test('a session says who it is for until it expires, to every server with the same token', () => {
  const other = new SessionSeal('a-token-of-many-characters');
  expect(other.open(cookie, NOW + SESSION_MS - 1)).toMatchObject({
    by: '花子 Hanako',
    expiresAt: NOW + SESSION_MS,
  });
  expect(other.open(cookie, NOW + SESSION_MS)).toBeNull();
});

test('another token ends it, and so does the next start of a process without one', () => {
  expect(new SessionSeal('another-token-of-some-length').open(cookie, NOW)).toBeNull();
  const local = new SessionSeal(null);
  expect(new SessionSeal(null).open(local.seal('x', NOW), NOW)).toBeNull();
});

test('nothing of it can be changed, cut or made up', () => {
  for (let at = 0; at < cookie.length; at += 1) {
    const letter = cookie[at] === 'A' ? 'B' : 'A';
    const changed = `${cookie.slice(0, at)}${letter}${cookie.slice(at + 1)}`;
    const opened = seal.open(changed, NOW);
    // The last letter has bits that base64url leaves out.
    if (at < cookie.length - 1) expect(opened, `letter ${at}`).toBeNull();
    expect(seal.open(cookie.slice(0, at), NOW)).toBeNull();
  }
  for (const made of ['', 's1.', 's1.AAAA', `s1.${'A'.repeat(100)}`, `s1.${'A'.repeat(2_000)}`])
    expect(seal.open(made, NOW)).toBeNull();
});

test('each session has a CSRF token of its own, which its cookie does not show', () => {
  const [one, two] = [cookie, seal.seal('花子 Hanako', NOW)].map((each) => seal.open(each, NOW)?.nonce ?? '');
  expect(seal.csrf(one ?? '')).not.toBe(seal.csrf(two ?? ''));
  expect(cookie).not.toContain(seal.csrf(one ?? ''));
  expect(cookie).not.toContain('Hanako');
});
