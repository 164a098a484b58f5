import type { Clock } from '../core/clock.ts';
import type { Domain, DomainBook } from '../identity/domain-book.ts';
import { primaryDomain } from '../identity/organisational-domain.ts';
import type { SesIdentities, SesIdentity } from '../identity/ses-identity.ts';
import type { Author } from './author.ts';
import { settingBlock } from './settings.ts';

export interface DomainOrder {
  /** In its normal form. */
  readonly name: string;
  readonly organisation: string;
  /** A subdomain of it for the envelope; null where it stays as it is. */
  readonly mailFrom: string | null;
  readonly dkimLength: 1024 | 2048;
}

export type AddEnd =
  | {
      readonly kind: 'added' | 'known';
      readonly domain: Domain;
      readonly identity: SesIdentity;
      /** The MAIL FROM domain that it had and has no longer; null where nothing was replaced. */
      readonly mailFromBefore: string | null;
    }
  /** Another organisation owns the domain, or one that shares its organisational domain. Nothing was done. */
  | { readonly kind: 'owned'; readonly by: string; readonly primary: string };

export type RemoveEnd =
  | { readonly kind: 'removed'; readonly domain: Domain; readonly hadIdentity: boolean }
  | { readonly kind: 'missing' };

export type MoveEnd =
  | { readonly kind: 'moved'; readonly from: string; readonly domains: readonly string[] }
  | { readonly kind: 'same' | 'missing' };

/**
 * Registers sending domains: with SES, and on our own books with their owner. SES comes first, where everything can be done again; what is on
 * the books is there with its log row, in one step.
 */
export class DomainRegistry {
  readonly #book: DomainBook;
  readonly #identities: () => SesIdentities;
  readonly #clock: Clock;

  /** @param identities opened when SES is asked, and not before */
  constructor(book: DomainBook, identities: () => SesIdentities, clock: Clock) {
    this.#book = book;
    this.#identities = identities;
    this.#clock = clock;
  }

  /** An identity that SES has already is taken as it is; where SES no longer looks for its records, it looks again. @throws Fault SES_IDENTITY where SES refuses or is away; nothing is on the books then */
  async add(order: DomainOrder, author: Author): Promise<AddEnd> {
    const { name, organisation, mailFrom, dkimLength } = order;
    const primary = primaryDomain(name);
    const owner = await this.#book.ownerOf(name);
    if (owner !== null && owner !== organisation) return { kind: 'owned', by: owner, primary };
    const identities = this.#identities();
    const made = await identityOf(identities, name, dkimLength);
    const before = made.mailFrom;
    // One for which SES has given up is set again, so that SES looks again.
    const hasMailFrom = mailFrom === null || (before?.domain === mailFrom && before.status !== 'FAILED');
    if (!hasMailFrom) await identities.setMailFrom(name, mailFrom);
    const domain: Domain = { name, primary, organisation, addedAt: this.#clock.now() };
    const rows = this.#row('domain_added', author, name, null, { organisation, mailFrom });
    const registered = await this.#book.add(domain, rows);
    // Somebody else was faster. The identity may be his, so it is left alone.
    if (registered.kind === 'owned') return { ...registered, primary };
    const identity = hasMailFrom ? made : ((await identities.get(name)) ?? made);
    return {
      kind: registered.kind,
      domain: (await this.#book.get(name)) ?? domain,
      identity,
      mailFromBefore: mailFrom !== null && before?.domain !== mailFrom ? (before?.domain ?? null) : null,
    };
  }

  /** @param withIdentity whether SES forgets it as well */
  async remove(name: string, withIdentity: boolean, author: Author): Promise<RemoveEnd> {
    const domain = await this.#book.get(name);
    if (!domain) return { kind: 'missing' };
    const hadIdentity = withIdentity && (await this.#identities().remove(name));
    const before = { organisation: domain.organisation };
    const isRemoved = await this.#book.remove(
      domain,
      this.#row('domain_removed', author, name, before, null),
    );
    return isRemoved ? { kind: 'removed', domain, hadIdentity } : { kind: 'missing' };
  }

  /** With every registered domain that shares its organisational domain: one organisation owns them all. */
  async move(name: string, organisation: string, author: Author): Promise<MoveEnd> {
    const domain = await this.#book.get(name);
    if (!domain) return { kind: 'missing' };
    if (domain.organisation === organisation) return { kind: 'same' };
    const before = { organisation: domain.organisation };
    const rows = this.#row('domain_moved', author, domain.primary, before, { organisation });
    if (!(await this.#book.move(domain, organisation, rows))) return this.move(name, organisation, author);
    const all = await this.#book.list();
    const domains = all.filter(({ primary }) => primary === domain.primary).map((one) => one.name);
    return { kind: 'moved', from: domain.organisation, domains };
  }

  #row(
    type: 'domain_added' | 'domain_removed' | 'domain_moved',
    author: Author,
    name: string,
    before: object | null,
    after: object | null,
  ): Buffer {
    return settingBlock(type, this.#clock.now(), author, { name, before, after });
  }
}

/** As SES has it, or made; Easy DKIM that SES has given up, or never begun, is begun anew. */
async function identityOf(
  identities: SesIdentities,
  name: string,
  dkimLength: 1024 | 2048,
): Promise<SesIdentity> {
  const found = await identities.get(name);
  if (!found) return identities.create(name, dkimLength);
  const { status, origin } = found.dkim;
  if (origin !== 'easy' || (status !== 'FAILED' && status !== 'NOT_STARTED')) return found;
  await identities.restartDkim(name, dkimLength);
  return (await identities.get(name)) ?? found;
}
