/** Hokkaido to Kyushu, as J-PHONE and Vodafone K.K. divided Japan. */
const REGIONS = ['d', 'h', 't', 'c', 'r', 'k', 'n', 's', 'q'] as const;

/**
 * Japanese carriers that once gave out addresses with a dot before the `@`, at the start, or two in a row, against RFC
 * 5321. They stopped in 2009, but the addresses live on, also after a carrier was renamed or bought: they are
 * deliverable when the local part is quoted.
 *
 * Left out are carriers whose own rules are not known to have allowed it (Willcom, eMobile, UQ): there such an address is
 * more likely a slip of the pen.
 */
const CARRIERS: readonly { readonly domain: string; readonly why: string }[] = [
  { domain: 'docomo.ne.jp', why: 'NTT docomo, i-mode' },
  { domain: 'ezweb.ne.jp', why: 'KDDI au, EZweb' },
  { domain: 'biz.ezweb.ne.jp', why: 'KDDI au for companies, on the mail system of EZweb' },
  { domain: 'au.com', why: 'KDDI au: addresses of ezweb.ne.jp were moved here with their local parts' },
  { domain: 'softbank.ne.jp', why: 'SoftBank, which took over Vodafone K.K. in 2006' },
  { domain: 'i.softbank.jp', why: 'SoftBank, iPhone' },
  { domain: 'disney.ne.jp', why: 'Disney Mobile, on the mail system of SoftBank' },
  { domain: 'vodafone.ne.jp', why: 'Vodafone K.K., today SoftBank' },
  ...REGIONS.map((region) => ({ domain: `${region}.vodafone.ne.jp`, why: 'Vodafone K.K., by region' })),
  ...REGIONS.map((region) => ({
    domain: `jp-${region}.ne.jp`,
    why: 'J-PHONE, by region, before it was Vodafone K.K.',
  })),
];

const DOMAINS: ReadonlySet<string> = new Set(CARRIERS.map((carrier) => carrier.domain));

/** @param domain in its normal form */
export function allowsLooseDots(domain: string): boolean {
  return DOMAINS.has(domain);
}
