import { getDomain } from 'tldts';
import { domainName } from './domain-name.ts';

/**
 * The organisational domain of a name: the public suffix that it lies under and one label more (RFC 7489 3.2, by the
 * Public Suffix List), in lower-case punycode. `mail.example.co.jp` has `example.co.jp`. Null for what is itself a public suffix
 * (`co.jp`) or no host name.
 *
 * The list's private part counts as well: `a.github.io` and `b.github.io` belong to two owners, and receivers that read the
 * list read all of it. A top-level domain that the list does not know is a suffix of one label, as the list says.
 *
 * @param name as U-labels or A-labels; labels with an underscore, such as `_dmarc`, are fine
 */
export function organisationalDomain(name: string): string | null {
  const ascii = domainName(name);
  return ascii === null
    ? null
    : getDomain(ascii, { allowPrivateDomains: true, extractHostname: false, validateHostname: false });
}

/** Whether two names belong to one owner: the same organisational domain, or the same name where they have none. */
export function sameOrganisation(a: string, b: string): boolean {
  return (organisationalDomain(a) ?? domainName(a)) === (organisationalDomain(b) ?? domainName(b));
}
