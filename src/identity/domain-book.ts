import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { type DomainCheck, domainCheckSchema } from './domain-check.ts';
import { primaryDomain } from './organisational-domain.ts';

/** Who owns a domain where nobody says otherwise, and whose a project is that names no organisation. */
export const DEFAULT_ORGANISATION = 'default';

/** A domain that mail is sent from, as it was registered. */
export interface Domain {
  /** In its normal form. */
  readonly name: string;
  /** Its organisational domain: one organisation owns that, and everything below it. */
  readonly primary: string;
  readonly organisation: string;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

export type Registration =
  | { readonly kind: 'added' | 'known' }
  /** Another organisation owns the organisational domain. */
  | { readonly kind: 'owned'; readonly by: string };

const storedSchema = z.object({ primary: z.string(), addedAt: z.number() });

/** How long the last check of a domain is kept: it is shown with its age. */
const CHECK_KEPT_S = 30 * 86_400;

/**
 * The sending domains of an installation: who owns them, and what was found when they were last checked. An organisation owns an
 * organisational domain (RFC 9989) with all that is below it, since DMARC, Gmail's count of bulk senders and its reputation hold for all of it together.
 */
export class DomainBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #add: ReturnType<typeof loadScript>;
  readonly #remove: ReturnType<typeof loadScript>;
  readonly #move: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#add = loadScript(redis, new URL('./domain-add.lua', import.meta.url));
    this.#remove = loadScript(redis, new URL('./domain-remove.lua', import.meta.url));
    this.#move = loadScript(redis, new URL('./domain-move.lua', import.meta.url));
  }

  /** @param rows block of log rows that say so, written in the same step and only where the domain is new */
  async add({ name, primary, organisation, addedAt }: Domain, rows: Buffer): Promise<Registration> {
    const keys = this.#keys;
    const answer = await this.#add(
      [keys.domains(), keys.domainOwners(), keys.outbox()],
      [name, primary, organisation, JSON.stringify({ primary, addedAt }), rows],
    );
    const [kind, by]: unknown[] = Array.isArray(answer) ? answer : [];
    if (kind === 'added' || kind === 'known') return { kind };
    if (kind === 'owned' && typeof by === 'string') return { kind, by };
    throw new Fault('DOMAIN_ANSWER', 'a script gave an answer that it never gives');
  }

  /** False where it was not there. @param rows as of `add` */
  async remove({ name, primary }: Domain, rows: Buffer): Promise<boolean> {
    const keys = this.#keys;
    const answer = await this.#remove(
      [keys.domains(), keys.domainOwners(), keys.outbox()],
      [name, primary, rows],
    );
    return answer === 1;
  }

  /** With all domains that share its organisational domain. False where it has another owner by now. @param rows as of `add` */
  async move({ primary, organisation }: Domain, to: string, rows: Buffer): Promise<boolean> {
    const keys = this.#keys;
    const answer = await this.#move([keys.domainOwners(), keys.outbox()], [primary, organisation, to, rows]);
    return answer === 1;
  }

  async get(name: string): Promise<Domain | null> {
    const text = await this.#redis.hget(this.#keys.domains(), name);
    if (text === null) return null;
    const stored = storedSchema.parse(JSON.parse(text));
    return { name, ...stored, organisation: (await this.#owner(stored.primary)) ?? DEFAULT_ORGANISATION };
  }

  /** The organisation that a domain, registered or not, belongs to; null where nobody has registered any of its kind. */
  ownerOf(domain: string): Promise<string | null> {
    return this.#owner(primaryDomain(domain));
  }

  /** By organisational domain, and within it by name. */
  async list(): Promise<Domain[]> {
    const [all, owners] = await Promise.all([
      this.#redis.hgetall(this.#keys.domains()),
      this.#redis.hgetall(this.#keys.domainOwners()),
    ]);
    return Object.entries(all)
      .map(([name, text]) => {
        const stored = storedSchema.parse(JSON.parse(text));
        return { name, ...stored, organisation: owners[stored.primary] ?? DEFAULT_ORGANISATION };
      })
      .toSorted((a, b) => compare(a.primary, b.primary) || compare(a.name, b.name));
  }

  /** Keeps what was found, in place of what was found before. */
  async noteCheck(check: DomainCheck): Promise<void> {
    await this.#redis.set(this.#keys.domainCheck(check.domain), JSON.stringify(check), 'EX', CHECK_KEPT_S);
  }

  /** What was found last, however long ago; null where the domain was not checked for a month. */
  async lastCheck(domain: string): Promise<DomainCheck | null> {
    const text = await this.#redis.get(this.#keys.domainCheck(domain));
    if (text === null) return null;
    const read = domainCheckSchema.safeParse(JSON.parse(text));
    // Another version may have written it; then it is as if there were none.
    return read.success ? read.data : null;
  }

  #owner(primary: string): Promise<string | null> {
    return this.#redis.hget(this.#keys.domainOwners(), primary);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
