import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** What a browser brings with every request once somebody has signed in. */
export interface SealedSession {
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Random: its id, of which its CSRF token is made. */
  readonly nonce: string;
}

export const SESSION_MS = 43_200_000;

const SHAPE = z.strictObject({ by: z.string(), expiresAt: z.number(), nonce: z.string() });
const VERSION = 's1.';
const NONCE_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** One of ours has some 300. */
const SEALED_CHARACTERS_MAX = 1_000;

/**
 * Sessions that are kept nowhere but in their cookie, which nobody can read or make: AES-256-GCM (NIST SP 800-38D) under a key that
 * HKDF-SHA-256 (RFC 5869) makes of the API token. So every server with that token knows them, and another token ends them all.
 * Only those that end before their time are kept (`ended-sessions.ts`).
 */
export class SessionSeal {
  readonly #key: Buffer;
  readonly #csrfKey: Buffer;

  /** @param token null: sessions of this process only */
  constructor(token: string | null) {
    const secret = token ?? randomBytes(KEY_BYTES);
    this.#key = derived(secret, 'sluice session');
    this.#csrfKey = derived(secret, 'sluice csrf');
  }

  seal(by: string, now: number): string {
    const session: SealedSession = {
      by,
      expiresAt: now + SESSION_MS,
      nonce: randomBytes(NONCE_BYTES).toString('base64url'),
    };
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const sealed = [iv, cipher.update(JSON.stringify(session), 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${VERSION}${Buffer.concat(sealed).toString('base64url')}`;
  }

  /** Null for what was not sealed with this token, and for what has expired. Never throws. */
  open(text: string, now: number): SealedSession | null {
    if (!text.startsWith(VERSION) || text.length > SEALED_CHARACTERS_MAX) return null;
    const bytes = Buffer.from(text.slice(VERSION.length), 'base64url');
    if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      const session = SHAPE.parse(JSON.parse(plain.toString('utf8')));
      return session.expiresAt > now ? session : null;
    } catch {
      return null;
    }
  }

  /** What forms of a session bring along: a page of another site can send a form, and can't read this. */
  csrf(nonce: string): string {
    return createHmac('sha256', this.#csrfKey).update(nonce).digest('base64url');
  }
}

function derived(secret: string | Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, KEY_BYTES));
}
