import { createHash } from 'node:crypto';

/** Where the CNAMEs of Easy DKIM lead to (SigningHostedZone). */
export const DKIM_ZONE = 'dkim.amazonses.com';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKENS = 3;

/** The tokens of Easy DKIM: always the same three for a domain, so that a sandbox that starts anew finds its records. */
export function dkimTokens(domain: string): string[] {
  return Array.from({ length: TOKENS }, (_, place) => token(`${domain.toLowerCase()} ${place}`));
}

/** 32 letters and digits, as SES's are. */
function token(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
