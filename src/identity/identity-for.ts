import { isWithin, parentsOf } from './domain-name.ts';
import { organisationalDomain } from './organisational-domain.ts';
import type { SesIdentities, SesIdentity } from './ses-identity.ts';

/**
 * The identity that mail from a domain goes out under: the domain's own, else the nearest one above it down to the organisational
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
  const organisation = organisationalDomain(domain);
  const above = organisation === null ? [] : parentsOf(domain).filter((name) => isWithin(name, organisation));
  let waiting: SesIdentity | null = null;
  for (const name of [domain, ...above, ...(address === null ? [] : [address])]) {
    const found = await identities.get(name);
    if (found?.verified) return found;
    waiting ??= found;
  }
  return waiting;
}
