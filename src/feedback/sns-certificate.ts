import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Fetcher } from './sns-fetch.ts';

/** SNS has one certificate a region at a time, for a year or so. */
const CERTIFICATES_MAX = 16;
/** Then it is fetched again, should AWS have withdrawn it. */
const KEPT_MS_MAX = 24 * 3_600_000;
/** What was no certificate is not asked for again at once, however often a forger names it. */
const REFUSED_MS = 60_000;
/** Fetches at a time: more are a forger's. */
const FETCHES_MAX = 4;
/** AWS's have 2048. */
const RSA_BITS_MIN = 2_048;

export type CertificateAnswer =
  | { readonly kind: 'key'; readonly key: KeyObject }
  /** There is none there, or none that counts now. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody knows: it can't be had at this moment. */
  | { readonly kind: 'unavailable'; readonly reason: string };

interface Kept {
  readonly answer: CertificateAnswer;
  readonly untilMs: number;
}

/**
 * The keys that SNS signs with. That they are AWS's is known by where they are fetched from (TLS to a host of SNS's own),
 * as AWS's documentation has it: the file has no chain. Their dates are held against the clock.
 */
export class SnsCertificates {
  readonly #fetch: Fetcher;
  readonly #clock: Clock;
  readonly #known = new Map<string, Kept>();
  readonly #refused = new Map<string, Kept>();
  readonly #coming = new Map<string, Promise<CertificateAnswer>>();

  constructor(fetch: Fetcher, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** @param url one that `certificateUrl` let through */
  async keyAt(url: URL): Promise<CertificateAnswer> {
    const name = url.href;
    for (const kept of [this.#known.get(name), this.#refused.get(name)])
      if (kept && kept.untilMs > this.#clock.now()) return kept.answer;
    const coming = this.#coming.get(name);
    if (coming) return coming;
    if (this.#coming.size >= FETCHES_MAX)
      return { kind: 'unavailable', reason: 'too many certificates are asked for at a time' };
    const fetched = this.#read(url).finally(() => this.#coming.delete(name));
    this.#coming.set(name, fetched);
    return fetched;
  }

  async #read(url: URL): Promise<CertificateAnswer> {
    const page = await this.#fetch(url).catch(() => null);
    if (page === null || page.status >= 500 || page.status === 429)
      return { kind: 'unavailable', reason: 'the certificate can not be fetched' };
    if (page.status !== 200) return this.#refuse(url, `there is no certificate there (${page.status})`);
    const certificate = parse(page.text);
    const now = this.#clock.now();
    if (!certificate) return this.#refuse(url, 'what is there is no certificate');
    const [fromMs, toMs] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
    if (now < fromMs || now > toMs) return this.#refuse(url, 'the certificate is not valid at this time');
    const key = certificate.publicKey;
    if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN)
      return this.#refuse(url, `the certificate has no RSA key of at least ${RSA_BITS_MIN} bits`);
    const answer = { kind: 'key', key } as const;
    keep(this.#known, url.href, { answer, untilMs: Math.min(toMs, now + KEPT_MS_MAX) });
    return answer;
  }

  #refuse(url: URL, reason: string): CertificateAnswer {
    const answer = { kind: 'refused', reason } as const;
    keep(this.#refused, url.href, { answer, untilMs: this.#clock.now() + REFUSED_MS });
    return answer;
  }
}

/** The one that was put in first makes room. */
function keep(map: Map<string, Kept>, name: string, kept: Kept): void {
  map.delete(name);
  const oldest = map.keys().next();
  if (map.size >= CERTIFICATES_MAX && !oldest.done) map.delete(oldest.value);
  map.set(name, kept);
}

function parse(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
