import { domainOf } from '../../core/address.ts';
import { domainName } from '../domain-name.ts';
import { sameOrganisation } from '../organisational-domain.ts';
import type { Resolver } from '../resolver.ts';
import type { PolicyPlace } from './walk.ts';

/** More domains of addresses than anybody uses; what a hostile record may make us ask. */
const DESTINATIONS_MAX = 10;

/**
 * Who asks for reports to another organisation's domain needs its consent, a record `v=DMARC1` at
 * `<domain>._report._dmarc.<destination>` (RFC 9990 4, RFC 7489 7.1): without it receivers send none.
 * @returns a line of advice for each destination that does not consent
 */
export async function reportConsentAdvice(
  place: PolicyPlace,
  resolver: Resolver,
): Promise<readonly string[]> {
  const destinations = new Set(
    [...place.record.rua, ...place.record.ruf].flatMap((address) => {
      const domain = domainName(domainOf(address));
      return domain === null || sameOrganisation(domain, place.name) ? [] : [domain];
    }),
  );
  const advice = await Promise.all(
    [...destinations]
      .slice(0, DESTINATIONS_MAX)
      .map((destination) => consentAdvice(place.name, destination, resolver)),
  );
  return advice.flat();
}

async function consentAdvice(domain: string, destination: string, resolver: Resolver): Promise<string[]> {
  const name = `${domain}._report._dmarc.${destination}`;
  const answer = await resolver.txt(name);
  if (answer.kind === 'unasked') return [];
  const consents =
    answer.kind === 'found' &&
    answer.records.some((strings) => /^v\s{0,9}=\s{0,9}DMARC1\b/.test(strings.join('')));
  return consents
    ? []
    : [
        `Reports to ${destination} are not sent: its owner has to consent by a TXT record "v=DMARC1" at ${name}, or let the reports go to an address of your own domain.`,
      ];
}
