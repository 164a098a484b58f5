import type { DomainItem } from './domain-check.ts';
import { type FoundItem, finding } from './finding.ts';
import type { Asked, SesDkimStatus, SesIdentity } from './ses-identity.ts';

/** Whether SES has the identity, and lets mail from it out. */
export function identityItem(domain: string, asked: Asked<SesIdentity | null>): FoundItem {
  if (asked.kind === 'failure') return sesUnasked('identity', asked);
  const identity = asked.value;
  if (identity === null) return noIdentity('identity', domain);
  const by =
    identity.name === domain
      ? domain
      : `${identity.name}, whose identity mail from ${domain} goes out under,`;
  return identity.verified
    ? {
        item: 'identity',
        status: 'ok',
        found: `SES lets mail from ${by} out.`,
        expected: null,
        todo: [],
        findings: finding('VERIFIED', { identity: identity.name }),
      }
    : {
        item: 'identity',
        status: 'wrong',
        found: `SES has ${by} and lets no mail from it out: it is not verified.`,
        expected: 'VerifiedForSendingStatus true',
        todo: ['Put the DKIM records into DNS: SES verifies a domain by them. It may take some hours.'],
        findings: finding('NOT_VERIFIED', { identity: identity.name }),
      };
}

/** What SES says of DKIM. */
export function dkimItem(domain: string, asked: Asked<SesIdentity | null>): FoundItem {
  if (asked.kind === 'failure') return sesUnasked('dkim', asked);
  if (asked.value === null) return noIdentity('dkim', domain);
  const { name, dkim } = asked.value;
  const bits = dkim.keyLength === null ? '' : ` with a key of ${dkim.keyLength} bits`;
  if (dkim.isOff && dkim.status === 'SUCCESS') return switchedOff(name);
  const own = dkim.origin === 'own' ? ' of your own (BYODKIM)' : '';
  if (dkim.status === 'SUCCESS') {
    const short = dkim.keyLength === 1024;
    return {
      item: 'dkim',
      status: short ? 'advice' : 'ok',
      found: `SES signs as ${name}${bits}${own}.`,
      expected: short ? 'a key of 2048 bits' : null,
      todo: short ? ['Let SES use a key of 2048 bits: some receivers take 1024 for weak.'] : [],
      findings: finding(short ? 'DKIM_SHORT_KEY' : 'DKIM_SIGNS', { identity: name }),
    };
  }
  // Nobody knows, SES neither: it signs on meanwhile. Where it does not, the identity is no longer verified.
  const isUnknown = dkim.status === 'TEMPORARY_FAILURE';
  return {
    item: 'dkim',
    status: isUnknown ? 'unasked' : 'wrong',
    found: `SES's DKIM status of ${name} is ${dkim.status}: ${DKIM_WORDS[dkim.status].means}.`,
    expected: 'DKIM status SUCCESS',
    todo: DKIM_WORDS[dkim.status].todo,
    findings: finding(`DKIM_${dkim.status}`, { identity: name }),
  };
}

function switchedOff(name: string): FoundItem {
  return {
    item: 'dkim',
    status: 'wrong',
    found: `SES knows the keys of ${name} and signs nothing: DKIM is switched off for it.`,
    expected: 'DKIM signing enabled',
    todo: [
      `Switch it on in the SES console, or with: aws sesv2 put-email-identity-dkim-attributes --email-identity ${name} --signing-enabled`,
    ],
    findings: finding('DKIM_OFF', { identity: name }),
  };
}

const DKIM_WORDS: Readonly<
  Record<Exclude<SesDkimStatus, 'SUCCESS'>, { readonly means: string; readonly todo: readonly string[] }>
> = {
  PENDING: {
    means: 'SES has not found the records yet, and looks for 72 hours',
    todo: ['Put the DKIM records into DNS, and wait: "sluice domain check … --wait" asks again and again.'],
  },
  FAILED: {
    means: 'SES looked for 72 hours, found no records, and has stopped looking',
    todo: [
      'Put the DKIM records into DNS first.',
      'Then let SES look again: "sluice domain add" of this domain starts Easy DKIM anew, and prints the records, which may be others.',
    ],
  },
  TEMPORARY_FAILURE: {
    means:
      'SES found the records before, and can not read them now; it signs for the time being, and no more if that goes on',
    todo: ['See that the DKIM records are in DNS, and that the name servers of the domain answer.'],
  },
  NOT_STARTED: {
    means: 'DKIM has not been started for this identity',
    todo: [
      'Run "sluice domain add" of this domain, which switches Easy DKIM on, and put the records that it prints into DNS.',
    ],
  },
};

/** SES did not say; it never blocks. */
export function sesUnasked(
  item: DomainItem['item'],
  { name, message }: { readonly name: string; readonly message: string },
): FoundItem {
  return {
    item,
    status: 'unasked',
    found: `SES could not be asked: ${name}: ${message}`,
    expected: null,
    todo: [],
    findings: finding('SES_UNASKED'),
  };
}

export function noIdentity(item: DomainItem['item'], domain: string): FoundItem {
  return {
    item,
    status: 'missing',
    found: `SES has no identity for ${domain}.`,
    expected: null,
    todo: [`Run "sluice domain add ${domain}", and put the records that it prints into DNS.`],
    findings: finding('NO_IDENTITY', { domain }),
  };
}
