import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { remoteness } from './caller.ts';
import { cookieOf, sessionCookie } from './cookie.ts';
import type { EndedSession, EndedSessions } from './ended-sessions.ts';
import { Failures } from './failures.ts';
import type { Session } from './private-routes.ts';
import { type SealedSession, SessionSeal } from './session-seal.ts';

export interface AccessOptions {
  /** SLUICE_API_TOKEN; null: who is on this machine may do everything, and nobody else anything. */
  readonly token: string | null;
  /** Who acts where there is no token and nobody has said a name. */
  readonly localUser: string;
  /** Sessions that are over before their time. */
  readonly ended: EndedSessions;
  readonly clock: Clock;
  readonly limits: AccessLimits;
}

export interface AccessLimits {
  /** Wrong tokens of one caller after which it is told to wait. A right one still gets in. */
  readonly failuresPerMinute: number;
  /** Wrong tokens of one caller after which no token from there is looked at, not even a right one. */
  readonly guessesPerMinute: number;
}

/** What is known of a request before its body. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
  /** The socket's. */
  readonly remoteAddress: string | undefined;
  /** Under which it is counted. */
  readonly caller: string;
  /** Whether it came by https. */
  readonly isHttps: boolean;
}

/** Somebody who may do everything. */
export interface Caller {
  readonly kind: 'bearer' | 'session' | 'loopback';
  readonly session: Session;
  /** Of a browser that has signed in with the token; null of everybody else, who has none that ends. */
  readonly sealed: EndedSession | null;
  /**
   * False where it can't be said whether this session was ended elsewhere, since Redis does not answer. Such a caller may look, though
   * there will be little to see, and change nothing.
   */
  readonly isCertain: boolean;
}

export type Verdict =
  | { readonly kind: 'allowed'; readonly caller: Caller }
  /** No token, or no session any more. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'too-often'; readonly waitSeconds: number }
  | { readonly kind: 'remote'; readonly why: string };

/**
 * Who may use the API, the console, the metrics and the queues.
 *
 * With a token: who brings it (`Authorization: Bearer`, RFC 6750), or the session that it was given for. Without: requests that
 * certainly come from this machine (`remoteness`).
 *
 * Guesses are bounded by caller, in two steps, since people and programs behind one proxy may share an address. After
 * `failuresPerMinute` wrong tokens a caller is told to wait, and a right token still gets in: somebody's forgotten program must not
 * lock the others out. Nothing of theirs fails `guessesPerMinute` times a minute, so from there on no token from that address is
 * looked at: five guesses a second find no token of sixteen characters. Sessions can't be guessed and are always looked at, so
 * whoever has signed in can go on, until they sign out anywhere.
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #digest: Buffer | null;
  readonly #seal: SessionSeal;
  readonly #failures: Failures;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#digest = options.token === null ? null : digestOf(options.token);
    this.#seal = new SessionSeal(options.token);
    this.#failures = new Failures(options.clock, COUNTED_MAX);
  }

  get hasToken(): boolean {
    return this.#digest !== null;
  }

  async judge(asking: Asking): Promise<Verdict> {
    if (this.#digest === null) return this.#local(asking);
    const token = bearerOf(asking.headers.authorization);
    if (token !== null) {
      const refusal = this.tokenRefusal(token, asking.caller);
      const session = { by: 'api', isConsole: false, csrf: '' };
      const caller = { kind: 'bearer', session, sealed: null, isCertain: true } as const;
      return refusal ?? { kind: 'allowed', caller };
    }
    const sealed = this.#sealedOf(asking);
    const isEnded = sealed === null ? true : await this.#options.ended.has(sealed.nonce);
    if (sealed === null || isEnded === true) return { kind: 'unknown' };
    const { nonce: id, expiresAt } = sealed;
    const caller = {
      kind: 'session',
      session: this.#sessionOf(sealed),
      sealed: { id, expiresAt },
      isCertain: isEnded === false,
    } as const;
    return { kind: 'allowed', caller };
  }

  /** Null where the token is right. */
  tokenRefusal(token: string, caller: string): Verdict | null {
    const { failuresPerMinute, guessesPerMinute } = this.#options.limits;
    const tooOften = { kind: 'too-often', waitSeconds: this.#failures.waitSeconds(caller) } as const;
    if (this.#failures.of(caller) >= guessesPerMinute) return tooOften;
    // Digests have one length, and to compare them takes one time.
    if (this.#digest !== null && timingSafeEqual(digestOf(token), this.#digest)) return null;
    this.#failures.add(caller);
    return this.#failures.of(caller) > failuresPerMinute ? tooOften : { kind: 'wrong' };
  }

  /** The value of a cookie for somebody who signs in. */
  seal(by: string): string {
    return this.#seal.seal(by, this.#options.clock.now());
  }

  #local(asking: Asking): Verdict {
    const why = remoteness(asking.remoteAddress, asking.headers);
    if (why !== null) return { kind: 'remote', why };
    const named = this.#sealedOf(asking);
    // Everybody on this machine is one: the token only has to be out of reach of other sites.
    const session = named
      ? this.#sessionOf(named)
      : { by: this.#options.localUser, isConsole: true, csrf: this.#seal.csrf('local') };
    // Who is on this machine is let in by that, so no session of theirs can end.
    return { kind: 'allowed', caller: { kind: 'loopback', session, sealed: null, isCertain: true } };
  }

  #sealedOf({ headers, isHttps }: Asking): SealedSession | null {
    const cookie = cookieOf(headers.cookie, sessionCookie(isHttps));
    return cookie === null ? null : this.#seal.open(cookie, this.#options.clock.now());
  }

  #sessionOf({ by, nonce }: SealedSession): Session {
    return { by, isConsole: true, csrf: this.#seal.csrf(nonce) };
  }
}

/** Callers whose failures are counted, each some hundred bytes. */
const COUNTED_MAX = 20_000;

function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
