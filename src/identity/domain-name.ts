import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * A name of DNS in its normal form: lower-case punycode without a dot at the end. Null where the text can't be one:
 * empty labels, labels of more than 63 characters, more than 253 in all (RFC 1035 2.3.4), other characters than letters,
 * digits, `-` and `_`, an IP address.
 */
export function domainName(text: string): string | null {
  if (text.length > WRITTEN_CHARACTERS_MAX) return null;
  const dotless = text.trim().replace(/[.。．｡]$/u, '');
  const ascii = ASCII_NAME.test(dotless) ? dotless.toLowerCase() : domainToASCII(dotless).toLowerCase();
  if (ascii === '' || ascii.length > 253 || isIP(ascii) > 0) return null;
  return ascii.split('.').every((label) => LABEL.test(label)) ? ascii : null;
}

/** The names above, from the nearest on: `a.example.jp` has `example.jp` and `jp`. */
export function parentsOf(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
}

/** Whether the name is the parent itself, or lies under it. Both in normal form. */
export function isWithin(name: string, parent: string): boolean {
  return name === parent || name.endsWith(`.${parent}`);
}

const ASCII_NAME = /^[a-z0-9._-]+$/i;
const LABEL = /^[a-z0-9_-]{1,63}$/;

/** Nothing real comes near it, and the punycode encoder's time grows with the square of the length. */
const WRITTEN_CHARACTERS_MAX = 1_000;
