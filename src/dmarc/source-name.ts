import { organisationalDomain } from '../identity/organisational-domain.ts';
import type { DnsAnswer, Resolver } from '../identity/resolver.ts';
import { isSenderService, knownOrganisation } from './sender-table.ts';

/** What DNS calls an IP address. */
export type SourceName =
  /** The name leads back to the address, so that its owner stands for it. */
  | { readonly kind: 'confirmed'; readonly name: string }
  /** Whoever has the address calls it so; the name does not lead back to it. */
  | { readonly kind: 'claimed'; readonly name: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unasked'; readonly reason: string };

export interface Organisation {
  readonly organisation: string;
  /** `table`: Sluice's own list of well-known senders. `name`: the registrable domain of the host's name. */
  readonly from: 'table' | 'name';
}

/** DNS servers of a network take so many questions at once from anybody. */
const ASKED_AT_ONCE = 8;
/** An address with a hundred names is a web host; the first few tell. */
const NAMES_MAX = 3;

/** Names of addresses by their PTR records, each confirmed by its addresses (RFC 8601 2.7.3, iprev). */
export async function sourceNames(
  ips: readonly string[],
  resolver: Pick<Resolver, 'names' | 'addresses'>,
): Promise<ReadonlyMap<string, SourceName>> {
  const found = new Map<string, SourceName>();
  const waiting = ips.values();
  const work = async () => {
    for (const ip of waiting) found.set(ip, await nameOf(ip, resolver));
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, work));
  return found;
}

/** Only a confirmed name says whose an address is. */
export function organisationOf(name: SourceName): Organisation | null {
  if (name.kind !== 'confirmed') return null;
  const known = knownOrganisation(name.name);
  if (known !== null) return { organisation: known, from: 'table' };
  const owner = organisationalDomain(name.name);
  return owner === null ? null : { organisation: owner, from: 'name' };
}

/** SES's machines, such as `a1-2.smtp-out.ap-northeast-1.amazonses.com`. */
export function isSesHost(name: SourceName): boolean {
  return name.kind === 'confirmed' && name.name.toLowerCase().endsWith('.amazonses.com');
}

/** A machine of a service that sends for companies. */
export function isServiceHost(name: SourceName): boolean {
  return name.kind === 'confirmed' && isSenderService(name.name);
}

async function nameOf(ip: string, resolver: Pick<Resolver, 'names' | 'addresses'>): Promise<SourceName> {
  const names = await resolver.names(ip);
  if (names.kind !== 'found') return unnamed(names);
  const first = names.records[0];
  if (first === undefined) return { kind: 'none' };
  for (const name of names.records.slice(0, NAMES_MAX)) {
    const addresses = await resolver.addresses(name);
    if (addresses.kind === 'unasked') return addresses;
    if (addresses.kind === 'found' && addresses.records.some((address) => isSame(address, ip)))
      return { kind: 'confirmed', name };
  }
  return { kind: 'claimed', name: first };
}

function unnamed(answer: Exclude<DnsAnswer<string>, { kind: 'found' }>): SourceName {
  return answer.kind === 'none' ? { kind: 'none' } : answer;
}

/** IPv6 is written in many ways. */
function isSame(a: string, b: string): boolean {
  if (a === b) return true;
  if (!a.includes(':') || !b.includes(':')) return false;
  return URL.parse(`http://[${a}]/`)?.hostname === URL.parse(`http://[${b}]/`)?.hostname;
}
