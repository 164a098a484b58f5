import { DKIM_ZONE, dkimTokens } from './dkim-token.ts';
import { type DnsRecord, type DnsSource, txtRecord } from './dns-record.ts';

/** The networks that SES sends from, as `amazonses.com` names them. */
const SES_SPF =
  'v=spf1 ip4:199.255.192.0/22 ip4:199.127.232.0/22 ip4:54.240.0.0/18 ip4:69.169.224.0/20 ip4:23.249.208.0/20 ip4:23.251.224.0/19 ip4:76.223.176.0/20 ip4:54.240.64.0/18 ip4:76.223.128.0/19 ip4:216.221.160.0/19 ip4:206.55.144.0/20 -all';
/** A public key of 2,048 bits. Nothing is signed with it. */
const DKIM_KEY =
  'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmbEhBurwnL5rI4QcuY2jMRhvZ1T15W2xXFhdKSWMPNm+rL7ldLhNMG70qsdpZ0tvOWdQqIKjnR7lXbsp3cICoJzpIGuclxef82qqgJp4111fpBkJukRjXfFJO1L6WfvXxquBuNL92vE4U/BgLiGeAXmEVbkwfAi84K1ca/uY1v4/mUHzAfzNGF9hwrF7oaxme9Pf2ciFHaAN06zyyOBpZGFaOO4fBOdRKPxxdYHCT+BBHqHqd+QfRy/2DbPGUlt40FhH/oItfmzU+MqDLHdavKFqMSqIQ2yPS94uPgfJQH0+N8eADimF7+q82uLqfX9TaZ6HJuPLTSxGoHITcRFb+QIDAQAB';
const SES_SPF_NAME = 'amazonses.com';
const TOKEN = /^[a-z0-9]{32}$/;
const FEEDBACK_HOST = /^feedback-smtp\.[a-z0-9-]+\.amazonses\.com$/;
/** An address of the block for documentation (RFC 5737): nobody is there. */
const FEEDBACK_ADDRESS = '192.0.2.25';

/** Where bounces of a custom MAIL FROM domain go. */
export function feedbackHost(region: string): string {
  return `feedback-smtp.${region}.${SES_SPF_NAME}`;
}

/** The names that are SES's own; they are served whatever else is. */
export const sesNames: DnsSource = {
  records: (name) => {
    if (name === SES_SPF_NAME) return [txtRecord(name, SES_SPF)];
    if (FEEDBACK_HOST.test(name)) return [{ name, type: 'A', data: FEEDBACK_ADDRESS }];
    const [token, zone] = cut(name);
    if (zone === DKIM_ZONE && TOKEN.test(token)) return [txtRecord(name, DKIM_KEY)];
    return name === DKIM_ZONE ? [] : null;
  },
};

/** Every domain there is, with the records that SES and receivers want to see. */
export class KnownDomains implements DnsSource {
  readonly #region: string;
  readonly #isMailFrom: (name: string) => boolean;

  /** @param isMailFrom whether an identity has set this as its MAIL FROM domain */
  constructor(region: string, isMailFrom: (name: string) => boolean) {
    this.#region = region;
    this.#isMailFrom = isMailFrom;
  }

  records(name: string): readonly DnsRecord[] | null {
    if (name === SES_SPF_NAME || name.endsWith(`.${SES_SPF_NAME}`)) return sesNames.records(name);
    const [first, rest] = cut(name);
    if (first === '_dmarc')
      return rest.includes('.') && !rest.includes('_')
        ? [txtRecord(name, `v=DMARC1; p=none; rua=mailto:dmarc@${rest}`)]
        : null;
    const [second, domain] = cut(rest);
    if (second === '_domainkey' && dkimTokens(domain).includes(first))
      return [{ name, type: 'CNAME', data: `${first}.${DKIM_ZONE}` }];
    if (first === '_domainkey') return [];
    if (name.includes('_')) return null;
    return name.includes('.') ? this.#domain(name) : [];
  }

  #domain(name: string): DnsRecord[] {
    const spf = txtRecord(name, `v=spf1 include:${SES_SPF_NAME} ~all`);
    if (!this.#isMailFrom(name)) return [spf];
    return [spf, { name, type: 'MX', data: { preference: 10, exchange: feedbackHost(this.#region) } }];
  }
}

/** The first label, and what is behind it. */
function cut(name: string): readonly [string, string] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
}
