import { addressProblem, domainOf } from './address.ts';
import { dkimTokens } from './dkim-token.ts';
import type { DnsView } from './dns-view.ts';
import { alreadyExists, badRequest, type Checked, notFound, type SesError } from './error.ts';
import {
  isDkimThere,
  isMailFromThere,
  nextStanding,
  type RecordStatus,
  type Standing,
} from './identity-status.ts';

/** SES has up to 10,000 in a region. */
const IDENTITIES_MAX = 10_000;
/** What DNS said is good for so long. */
const LOOK_MS = 1_000;

export type KeyLength = 'RSA_1024_BIT' | 'RSA_2048_BIT';
export type MailFromFallback = 'USE_DEFAULT_VALUE' | 'REJECT_MESSAGE';

/** A domain or an address that may send, or wants to. */
export interface Identity {
  readonly name: string;
  readonly type: 'DOMAIN' | 'EMAIL_ADDRESS';
  /** None for an address. */
  readonly tokens: readonly string[];
  readonly keyLength: KeyLength;
  readonly startedMs: number;
  readonly dkim: Standing;
  readonly mailFrom: {
    readonly domain: string;
    readonly fallback: MailFromFallback;
    readonly standing: Standing;
  } | null;
}

export interface IdentityOptions {
  readonly region: string;
  /** Where records are looked for; null: they are always there. */
  readonly view: DnsView | null;
  /** Domains that may send without having been created; null: all of them. */
  readonly verified: ReadonlySet<string> | null;
  readonly now: () => number;
}

/** The sending identities of the account. Whatever SES would find out in hours, it finds out when it is asked. */
export class Identities {
  readonly #options: IdentityOptions;
  readonly #created = new Map<string, Identity>();
  readonly #looks = new Map<string, { readonly atMs: number; readonly done: Promise<void> }>();

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  create(text: string, keyLength: KeyLength): Checked<Identity> {
    const name = normal(text);
    const problem = nameProblem(name);
    if (problem) return { ok: false, error: problem };
    if (this.#created.has(name))
      return { ok: false, error: alreadyExists(`Email identity ${name} already exist.`) };
    if (this.#created.size >= IDENTITIES_MAX)
      return {
        ok: false,
        error: { name: 'LimitExceededException', status: 400, message: 'There are too many identities.' },
      };
    const status = this.#options.view && !name.includes('@') ? 'PENDING' : 'SUCCESS';
    const identity = this.#make(name, keyLength, status);
    this.#created.set(name, identity);
    return { ok: true, value: identity };
  }

  /** As it stands now, after a look at DNS. */
  async get(text: string): Promise<Checked<Identity>> {
    const name = normal(text);
    const problem = nameProblem(name);
    if (problem) return { ok: false, error: problem };
    await this.#look(name);
    const value = this.#created.get(name) ?? this.#given(name);
    return value
      ? { ok: true, value }
      : { ok: false, error: notFound(`Email identity ${name} does not exist.`) };
  }

  async list(): Promise<Identity[]> {
    const names = [...this.#created.keys()].toSorted();
    await Promise.all(names.map((name) => this.#look(name)));
    return names.flatMap((name) => this.#created.get(name) ?? []);
  }

  delete(text: string): SesError | null {
    const name = normal(text);
    this.#looks.delete(name);
    return this.#created.delete(name) ? null : notFound(`Email identity ${name} does not exist.`);
  }

  /** @param domain null: SES's own */
  setMailFrom(text: string, domain: string | null, fallback: MailFromFallback): SesError | null {
    const found = this.#owned(text);
    if (!found.ok) return found.error;
    const identity = found.value;
    if (domain === null) return this.#put({ ...identity, mailFrom: null });
    const mailFrom = normal(domain);
    const parent = identity.type === 'DOMAIN' ? identity.name : domainOf(identity.name);
    if (!mailFrom.endsWith(`.${parent}`))
      return badRequest(
        `Provided MAIL-FROM domain <${mailFrom}> is not a subdomain of the domain of the identity <${identity.name}>.`,
      );
    const status = this.#options.view ? 'PENDING' : 'SUCCESS';
    const standing = { status, sinceMs: this.#options.now() } as const;
    return this.#put({ ...identity, mailFrom: { domain: mailFrom, fallback, standing } });
  }

  /** Easy DKIM from the beginning: SES looks for the records again. */
  restartDkim(text: string, keyLength: KeyLength): Checked<Identity> {
    const found = this.#owned(text);
    if (!found.ok) return found;
    if (found.value.type !== 'DOMAIN')
      return { ok: false, error: badRequest('Only a domain has DKIM of its own.') };
    const status = this.#options.view ? 'PENDING' : 'SUCCESS';
    const fresh = this.#make(found.value.name, keyLength, status);
    const value = { ...fresh, mailFrom: found.value.mailFrom };
    this.#put(value);
    return { ok: true, value };
  }

  /** Whether it is the MAIL FROM domain of an identity. */
  isMailFrom(domain: string): boolean {
    return [...this.#created.values()].some(({ mailFrom }) => mailFrom?.domain === domain);
  }

  /** To be waited for before `maySend`; null where there is nothing to wait for. */
  ready(address: string): Promise<unknown> | null {
    const names = this.#options.view ? covering(address).filter((name) => this.#created.has(name)) : [];
    return names.length === 0 ? null : Promise.all(names.map((name) => this.#look(name)));
  }

  /** The address itself, its domain or a domain above it is verified. */
  maySend(address: string): boolean {
    const { verified } = this.#options;
    if (verified === null) return true;
    return covering(address).some((name) => {
      const identity = this.#created.get(name);
      return verified.has(name) || (identity !== undefined && isVerified(identity));
    });
  }

  #owned(text: string): Checked<Identity> {
    const name = normal(text);
    const value = this.#created.get(name) ?? this.#given(name);
    return value
      ? { ok: true, value }
      : { ok: false, error: notFound(`Email identity ${name} does not exist.`) };
  }

  /** One that nobody had to create. */
  #given(name: string): Identity | null {
    const { verified } = this.#options;
    if (verified !== null && !verified.has(name)) return null;
    return this.#make(name, 'RSA_2048_BIT', 'SUCCESS');
  }

  #make(name: string, keyLength: KeyLength, status: RecordStatus): Identity {
    const nowMs = this.#options.now();
    const isAddress = name.includes('@');
    return {
      name,
      type: isAddress ? 'EMAIL_ADDRESS' : 'DOMAIN',
      tokens: isAddress ? [] : dkimTokens(name),
      keyLength,
      startedMs: nowMs,
      dkim: { status, sinceMs: nowMs },
      mailFrom: null,
    };
  }

  #put(identity: Identity): null {
    this.#created.set(identity.name, identity);
    this.#looks.delete(identity.name);
    return null;
  }

  /** Who asks while somebody looks waits for the same look. */
  #look(name: string): Promise<void> {
    const { view, now } = this.#options;
    if (!view || !this.#created.has(name)) return Promise.resolve();
    const known = this.#looks.get(name);
    if (known && now() - known.atMs < LOOK_MS) return known.done;
    const done = this.#inspect(view, name);
    this.#looks.set(name, { atMs: now(), done });
    return done;
  }

  async #inspect(view: DnsView, name: string): Promise<void> {
    const { region, now } = this.#options;
    const before = this.#created.get(name);
    if (!before) return;
    const { tokens, mailFrom } = before;
    const [dkim, envelope] = await Promise.all([
      tokens.length === 0 ? true : isDkimThere(view, name, tokens),
      mailFrom ? isMailFromThere(view, mailFrom.domain, region) : null,
    ]);
    // It was changed meanwhile: whoever asks next looks again.
    if (this.#created.get(name) !== before) return;
    this.#created.set(name, {
      ...before,
      dkim: nextStanding(before.dkim, dkim, now()),
      mailFrom: mailFrom && {
        ...mailFrom,
        standing: nextStanding(mailFrom.standing, envelope, now()),
      },
    });
  }
}

/** Mail goes out once the records were seen, and on while SES can't tell whether they still are there, until it gives up. */
export function isVerified({ dkim }: Identity): boolean {
  return dkim.status === 'SUCCESS' || dkim.status === 'TEMPORARY_FAILURE';
}

function normal(text: string): string {
  const name = text.toLowerCase();
  const at = text.lastIndexOf('@');
  // SES compares the local part of an address as it is written.
  return at < 0 ? name : `${text.slice(0, at)}${name.slice(at)}`;
}

function nameProblem(name: string): SesError | null {
  if (addressProblem(name.includes('@') ? name : `a@${name}`) === null) return null;
  return badRequest(
    name.includes('@') ? `Invalid email address <${name}>.` : `Invalid domain name <${name}>.`,
  );
}

/** Every name under which an address could be verified: itself, its domain, and the domains above. */
function covering(address: string): string[] {
  const names = [normal(address)];
  for (let name = domainOf(address); name.includes('.'); name = name.slice(name.indexOf('.') + 1))
    names.push(name);
  return names;
}
