/** Companies whose rules for senders are known, with the domains of their consumers' addresses. */
export const RECEIVERS = [
  { id: 'gmail', name: 'Gmail' },
  { id: 'yahoo', name: 'Yahoo and AOL' },
  { id: 'yahoo-japan', name: 'Yahoo! JAPAN' },
  { id: 'outlook', name: 'Outlook.com' },
  { id: 'docomo', name: 'NTT docomo' },
  { id: 'au', name: 'au (KDDI)' },
  { id: 'softbank', name: 'SoftBank' },
] as const;

export type ReceiverId = (typeof RECEIVERS)[number]['id'];

/**
 * Whose address it is; null where it is none of these. Google's rules hold for personal accounts alone: companies' domains at Google,
 * Microsoft or Yahoo are not known by their name.
 *
 * @param domain in its normal form
 */
export function receiverOf(domain: string): ReceiverId | null {
  return DOMAINS.get(domain) ?? COUNTRY_FORMS.find(({ pattern }) => pattern.test(domain))?.receiver ?? null;
}

const DOMAINS: ReadonlyMap<string, ReceiverId> = new Map(
  Object.entries({
    'gmail.com': 'gmail',
    'googlemail.com': 'gmail',
    'ymail.com': 'yahoo',
    'rocketmail.com': 'yahoo',
    'aol.com': 'yahoo',
    'aim.com': 'yahoo',
    'yahoo.co.jp': 'yahoo-japan',
    'yahoo.ne.jp': 'yahoo-japan',
    'ybb.ne.jp': 'yahoo-japan',
    'windowslive.com': 'outlook',
    'passport.com': 'outlook',
    'docomo.ne.jp': 'docomo',
    'ezweb.ne.jp': 'au',
    'biz.ezweb.ne.jp': 'au',
    'au.com': 'au',
    'softbank.ne.jp': 'softbank',
    'i.softbank.jp': 'softbank',
    'ymobile.ne.jp': 'softbank',
    'disney.ne.jp': 'softbank',
    'vodafone.ne.jp': 'softbank',
  } satisfies Readonly<Record<string, ReceiverId>>),
);

/** `.com`, and as countries have it: `.jp`, `.co.uk`, `.com.br`. */
const COUNTRY_FORMS: readonly { readonly pattern: RegExp; readonly receiver: ReceiverId }[] = [
  { pattern: /^yahoo\.(com|[a-z]{2}|com?\.[a-z]{2})$/, receiver: 'yahoo' },
  { pattern: /^(outlook|hotmail|live|msn)\.(com|[a-z]{2}|com?\.[a-z]{2})$/, receiver: 'outlook' },
  { pattern: /^([a-z]\.vodafone|jp-[a-z])\.ne\.jp$/, receiver: 'softbank' },
];
