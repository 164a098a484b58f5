import { domainOf } from '../core/address.ts';
import { firstDmarcRecord } from './dmarc/suggest.ts';
import { domainName } from './domain-name.ts';
import { primaryDomain } from './organisational-domain.ts';
import type { SesDkim, SesIdentity } from './ses-identity.ts';
import { FIRST_SPF_RECORD } from './spf/suggest.ts';

/** A record that a domain needs. Names are in normal form, without a dot at the end. */
export interface DnsRecord {
  readonly name: string;
  readonly type: 'CNAME' | 'MX' | 'TXT';
  /** Target, mail exchanger, or the text whole, however long. */
  readonly value: string;
  /** Of an MX. */
  readonly priority: number | null;
  /** A clause in plain English. */
  readonly purpose: string;
}

/**
 * What has to be in DNS for mail to go out under an identity: the CNAMEs of Easy DKIM, MX and SPF of the custom MAIL FROM domain (or an SPF
 * record of the domain itself, where there is none), and a first DMARC record on the organisational domain, where all of
 * its subdomains inherit it.
 *
 * @param region of SES; null: not known, and then the MX record of the MAIL FROM domain is left out
 */
export function recordsOf(identity: SesIdentity, region: string | null): readonly DnsRecord[] {
  const written = domainOf(identity.name);
  const domain = domainName(written) ?? written;
  const primary = primaryDomain(domain);
  return [
    ...identity.dkim.tokens.map((token) => dkimRecord(domain, token, identity.dkim)),
    ...(identity.mailFrom
      ? mailFromRecords(domainName(identity.mailFrom.domain) ?? identity.mailFrom.domain, region)
      : []),
    ...(identity.mailFrom
      ? []
      : [
          text(
            domain,
            FIRST_SPF_RECORD,
            'SPF: lets SES send; where a record is there, put include:amazonses.com before its all',
          ),
        ]),
    text(
      `_dmarc.${primary}`,
      firstDmarcRecord(primary),
      'DMARC: watches, and changes nothing; keep the record that is there',
    ),
  ];
}

/** Where SES names no zone of its own for the tokens, it is this one (SES, "Easy DKIM"). */
const DKIM_ZONE = 'dkim.amazonses.com';

/** What a token's CNAME points to. */
export function dkimTarget(token: string, { hostedZone }: SesDkim): string {
  return `${token}.${hostedZone ?? DKIM_ZONE}`.toLowerCase();
}

/** Where bounces of a region come in (SES, "Using a custom MAIL FROM domain"). */
export function feedbackHost(region: string): string {
  return `feedback-smtp.${region}.amazonses.com`;
}

export const FEEDBACK_PRIORITY = 10;

function dkimRecord(domain: string, token: string, dkim: SesDkim): DnsRecord {
  return {
    name: `${token}._domainkey.${domain}`.toLowerCase(),
    type: 'CNAME',
    value: dkimTarget(token, dkim),
    priority: null,
    purpose: 'DKIM: SES signs with the key behind it',
  };
}

function mailFromRecords(domain: string, region: string | null): DnsRecord[] {
  const mx: DnsRecord[] =
    region === null
      ? []
      : [
          {
            name: domain,
            type: 'MX',
            value: feedbackHost(region),
            priority: FEEDBACK_PRIORITY,
            purpose: 'MAIL FROM: bounces go to SES',
          },
        ];
  return [...mx, text(domain, FIRST_SPF_RECORD, 'MAIL FROM: SPF of the envelope, lets SES send')];
}

function text(name: string, value: string, purpose: string): DnsRecord {
  return { name, type: 'TXT', value, priority: null, purpose };
}
