import { getDomain } from 'tldts';

/**
 * The organisational domain of a name: one label more than its public suffix (publicsuffix.org, with the suffixes of private
 * registries), or the name itself where it is a suffix or has none.
 */
export function organisationalDomain(name: string): string {
  return getDomain(name, { allowPrivateDomains: true }) ?? name;
}
