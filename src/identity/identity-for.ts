import { parse } from 'tldts';
import type { SesIdentities, SesIdentity } from './ses-identity.ts';

/**
 * The identity that mail from a domain goes out under: the domain's own, else the nearest one above it down to the registrable
 * domain, since SES lets the subdomains of a verified domain send; else that of the address, which SES looks at as well. One
 * that is verified goes before those that are not. Null where there is none.
 *
 * @param domain of From, in its normal form
 * @param address of From, where it is known
 * @throws Fault SES_IDENTITY
 */
export async function identityFor(
  domain: string,
  identities: Pick<SesIdentities, 'get'>,
  address: string | null = null,
): Promise<SesIdentity | null> {
  let waiting: SesIdentity | null = null;
  for (const name of [...domainsUpFrom(domain), ...(address === null ? [] : [address])]) {
    const found = await identities.get(name);
    if (found?.verified) return found;
    waiting ??= found;
  }
  return waiting;
}

/** The domain and those above it, without public suffixes (publicsuffix.org, ICANN's and private ones). */
function domainsUpFrom(domain: string): string[] {
  const { domain: registrable } = parse(domain, { allowPrivateDomains: true });
  const names = [domain];
  if (registrable === null || domain === registrable) return names;
  let name = domain;
  while (name !== registrable && name.includes('.')) {
    name = name.slice(name.indexOf('.') + 1);
    names.push(name);
  }
  return names;
}
