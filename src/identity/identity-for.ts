import { parentsOf } from './domain-name.ts';
import { primaryDomain } from './organisational-domain.ts';
import type { SesIdentities, SesIdentity } from './ses-identity.ts';

/**
 * The identity that mail from a domain goes out under: the domain's own, else that of the nearest domain above it within its
 * organisational domain, which SES lets send for all that is below ("Verified identities in Amazon SES"), else that of the address alone.
 * Null where SES has none of them. One that is verified goes before a nearer one that is not.
 *
 * @param address the From address (normal); null where only the domain is asked about
 * @throws Fault SES_IDENTITY where SES does not answer
 */
export async function identityFor(
  domain: string,
  address: string | null,
  identities: Pick<SesIdentities, 'get'>,
): Promise<SesIdentity | null> {
  const primary = primaryDomain(domain);
  const above = parentsOf(domain).filter((name) => name === primary || name.endsWith(`.${primary}`));
  const names = [...new Set([domain, ...above]), ...(address === null ? [] : [address])];
  let nearest: SesIdentity | null = null;
  for (const name of names) {
    const identity = await identities.get(name);
    if (identity?.verified) return identity;
    nearest ??= identity;
  }
  return nearest;
}
