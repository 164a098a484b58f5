import { domainOf } from '../core/address.ts';
import { InputFault, messageOf } from '../core/fault.ts';
import { DEFAULT_ORGANISATION, type Domain } from '../identity/domain-book.ts';
import type { DomainCheck } from '../identity/domain-check.ts';
import { isWithin } from '../identity/domain-name.ts';
import type { GmailFigures } from '../identity/gmail.ts';
import { type DnsRecord, recordsOf } from '../identity/records.ts';
import type { Author } from '../queue/author.ts';
import { type AddEnd, DomainRegistry } from '../queue/domain-registry.ts';
import type { DomainCheckView, DomainRow, DomainView } from './desk.ts';
import { domainNameOf, domainWish, organisationOf } from './domain-form.ts';
import { domainCheckView, domainRow, recordViews } from './domain-view.ts';
import type { AskedDomains, DeskParts } from './parts.ts';

/** A domain with what is known of it. */
export interface KnownDomain {
  readonly domain: Domain;
  /** What was found last; null where nobody has looked for a month. */
  readonly check: DomainCheck | null;
  readonly gmail: GmailFigures;
}

export type Added = Exclude<AddEnd, { kind: 'owned' }> & { readonly records: readonly DnsRecord[] };

export interface Moved {
  readonly organisation: string;
  /** None where it was so before. */
  readonly domains: readonly string[];
  /** Null where it was so before. */
  readonly from: string | null;
}

export interface Removed {
  readonly domain: Domain;
  readonly hadIdentity: boolean;
}

/** Sending domains: on the books, at SES, and in DNS. */
export class DomainDesk {
  readonly #parts: Pick<DeskParts, 'client' | 'clock' | 'openDomains'>;

  constructor(parts: Pick<DeskParts, 'client' | 'clock' | 'openDomains'>) {
    this.#parts = parts;
  }

  /** By organisational domain, and within it by name. */
  async known(): Promise<KnownDomain[]> {
    const all = await this.#parts.client.domains.list();
    return Promise.all(all.map((domain) => this.#known(domain)));
  }

  async list(): Promise<DomainRow[]> {
    return (await this.known()).map(({ domain, check, gmail }) => domainRow(domain, check, gmail));
  }

  /** Where SES can't be asked for the records, the view says so. */
  async view(written: string): Promise<DomainView> {
    const name = domainNameOf(written);
    const domain = await this.#parts.client.domains.get(name);
    if (!domain) throw missing(name);
    const { check, gmail } = await this.#known(domain);
    return {
      ...domainRow(domain, check, gmail),
      ...(await this.#records(domain)),
      lastCheck: check && domainCheckView(check),
    };
  }

  /**
   * Registers a domain with SES, or finds it registered.
   * @throws InputFault (`conflict`) where another organisation owns it; Fault SES_IDENTITY where SES refuses or is away
   */
  async add(order: unknown, author: Author): Promise<Added> {
    const { name, mailFrom, dkimLength, organisation: wanted } = domainWish(order);
    const { client } = this.#parts;
    const asked = await this.#parts.openDomains();
    const organisation = wanted ?? (await client.domains.ownerOf(name)) ?? DEFAULT_ORGANISATION;
    const registry = this.#registry(asked);
    const end = await registry.add({ name, organisation, mailFrom, dkimLength }, author);
    if (end.kind === 'owned')
      throw new InputFault([ownedText(name, end)], { kind: 'conflict', hint: ' (sluice domain move)' });
    return { ...end, records: recordsOf(end.identity, await asked.identities.region()) };
  }

  async added(order: unknown, author: Author): Promise<DomainView> {
    const { domain, records } = await this.add(order, author);
    const { check, gmail } = await this.#known(domain);
    return {
      ...domainRow(domain, check, gmail),
      ...recordViews(records, domain.primary),
      trouble: null,
      lastCheck: check && domainCheckView(check),
    };
  }

  /** Asks DNS and SES anew. Workers go by what is kept, so that it is kept only by who could ask their SES. */
  async check(written: string): Promise<DomainCheck> {
    const name = domainNameOf(written);
    const { inspector } = await this.#parts.openDomains();
    const check = await inspector.look(name);
    const isAsked = check.items.every(({ item, status }) => item !== 'identity' || status !== 'unasked');
    if (isAsked) await this.#parts.client.domains.noteCheck(check);
    return check;
  }

  async checked(written: string): Promise<DomainCheckView> {
    return domainCheckView(await this.check(written));
  }

  /** With every registered domain that shares its organisational domain. */
  async move(written: string, to: string, author: Author): Promise<Moved> {
    const name = domainNameOf(written);
    const organisation = organisationOf(to);
    if (author.reason === null) throw new InputFault(['reason: say why; it is kept in the log']);
    const end = await this.#registry(null).move(name, organisation, author);
    switch (end.kind) {
      case 'missing':
        throw missing(name);
      case 'same':
        return { organisation, domains: [], from: null };
      case 'moved':
        return { organisation, domains: end.domains, from: end.from };
    }
  }

  /** @throws InputFault (`conflict`) while campaigns that send from it have not ended */
  async remove(written: string, keepIdentity: boolean, author: Author): Promise<Removed> {
    const name = domainNameOf(written);
    const using = await this.#campaignsFrom(name);
    if (using.length > 0)
      throw new InputFault([`${name} is in use by ${using.join(', ')}: wait for their end, or cancel them`], {
        kind: 'conflict',
        hint: ' (sluice cancel)',
      });
    const asked = keepIdentity ? null : await this.#parts.openDomains();
    const end = await this.#registry(asked).remove(name, asked !== null, author);
    if (end.kind === 'missing') throw missing(name);
    return { domain: end.domain, hadIdentity: end.hadIdentity };
  }

  async #known(domain: Domain): Promise<KnownDomain> {
    const { domains, gmail } = this.#parts.client;
    const [check, figures] = await Promise.all([domains.lastCheck(domain.name), gmail.look(domain.primary)]);
    return { domain, check, gmail: figures };
  }

  async #records({ name, primary }: Domain): Promise<Pick<DomainView, 'records' | 'zone' | 'trouble'>> {
    try {
      const { identities } = await this.#parts.openDomains();
      const identity = await identities.get(name);
      if (!identity) return { ...NO_RECORDS, trouble: `SES does not know ${name}: add it again` };
      return { ...recordViews(recordsOf(identity, await identities.region()), primary), trouble: null };
    } catch (thrown) {
      return { ...NO_RECORDS, trouble: messageOf(thrown) };
    }
  }

  /** Campaigns that have not ended and send from this domain; a subdomain may go out under its identity. */
  async #campaignsFrom(name: string): Promise<string[]> {
    const { campaigns } = this.#parts.client;
    const ids = (await campaigns.open()).toSorted();
    const senders = await Promise.all(ids.map((id) => campaigns.sender(id)));
    return ids.filter((_id, index) => isWithin(domainOf(senders[index] ?? ''), name));
  }

  /** @param asked null where SES is not asked */
  #registry(asked: AskedDomains | null): DomainRegistry {
    const { client, clock } = this.#parts;
    return new DomainRegistry(client.domains, () => asked?.identities ?? unreachable(), clock);
  }
}

const NO_RECORDS = { records: [], zone: '' };

function ownedText(name: string, { by, primary }: Extract<AddEnd, { kind: 'owned' }>): string {
  const what = primary === name ? name : `${primary}, and with it ${name},`;
  return `${what} belongs to the organisation "${by}": use "${by}" as its organisation, or have it moved`;
}

function missing(name: string): InputFault {
  return new InputFault([`${name} is not registered`], {
    kind: 'missing',
    hint: '; sluice domain list shows those that are',
  });
}

function unreachable(): never {
  throw new Error('unreachable: SES is not asked for this');
}
