import { domainToASCII } from 'node:url';
import { allowsLooseDots } from './carrier.ts';

/** One person's address. Every part is ASCII but `written`, whose domain may be internationalised. */
export interface Address {
  /** As it came, without the white space around it. */
  readonly written: string;
  /** Who this is: all lower case, the domain in punycode. Two addresses with the same one are one person. */
  readonly normal: string;
  /** What SES gets: the local part as written (quoted where its dots need it), the domain in lower-case punycode. */
  readonly wire: string;
  /** The domain of `normal`. */
  readonly domain: string;
}

/** Why a text is no address. The codes are stable: they are read in the log. */
const PROBLEMS = {
  empty: 'there is no address',
  no_at: 'there is no @',
  many_ats: 'there is more than one @',
  display_name: 'there is a name or angle brackets around the address',
  local_empty: 'there is nothing before the @',
  local_long: 'the part before the @ is longer than 64 characters',
  local_not_ascii: 'the part before the @ has characters outside ASCII, which SES does not take',
  local_characters: 'the part before the @ has a character that no address may have',
  local_dots: 'the part before the @ has a dot at its start or end, or two dots in a row',
  domain_empty: 'there is nothing after the @',
  domain_long: 'the domain is longer than 253 characters',
  domain_characters: 'the domain has a character that no domain may have',
  domain_one_label: 'the domain has only one part',
  label_empty: 'the domain has a dot too many',
  label_long: 'a part of the domain is longer than 63 characters',
  label_hyphen: 'a part of the domain begins or ends with a hyphen',
  top_level: 'the domain does not end in a top-level domain',
} as const;

export type AddressProblem = keyof typeof PROBLEMS;

export type ParsedAddress =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'invalid'; readonly reason: AddressProblem };

/** The domain of an address in its normal form; of a domain alone that domain. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** A clause in plain English, such as “there is no @”. */
export function describeProblem(problem: AddressProblem): string {
  return PROBLEMS[problem];
}

/**
 * Reads one bare address: a local part of RFC 5322 atext and dots, `@`, and a domain name, with white space around it
 * allowed (ASCII and U+3000). Quoted local parts, comments, display names and address literals (`[192.0.2.1]`) are
 * invalid. Never throws, and its time is linear in the text's length.
 *
 * The limits are those of RFC 5321 4.5.3.1 (local part) and RFC 1035 2.3.4 (labels and domain).
 */
export function parseAddress(text: string): ParsedAddress {
  const written = trimmed(text);
  const at = written.indexOf('@');
  const problem =
    written === '' ? 'empty' : at < 0 ? 'no_at' : written.includes('@', at + 1) ? 'many_ats' : null;
  if (problem !== null) return invalid(problem, written);

  const rawDomain = written.slice(at + 1);
  let domain = rawDomain.toLowerCase();
  let problemOfDomain = domainProblem(domain);
  if (problemOfDomain !== null && rawDomain.length <= UNICODE_DOMAIN_CHARACTERS_MAX && !isAscii(rawDomain)) {
    domain = punycoded(rawDomain);
    problemOfDomain = domain === '' ? 'domain_characters' : domainProblem(domain);
  }

  const problemOfLocal = localProblem(written, at);
  const quoted = problemOfLocal === 'local_dots' && allowsLooseDots(domain);
  if (problemOfLocal !== null && !quoted) return invalid(problemOfLocal, written);
  if (problemOfDomain !== null) return invalid(problemOfDomain, written);

  const plain = domain === rawDomain ? written : `${written.slice(0, at)}@${domain}`;
  const wire = quoted ? `"${written.slice(0, at)}"@${domain}` : plain;
  return { kind: 'address', address: { written, normal: plain.toLowerCase(), wire, domain } };
}

/** Neither escapes nor white space: with those the text between the quotes is not the local part. */
const QUOTED = /^"([^"\\\s]+)"(@[^@]*)$/;

/**
 * Reads an address as SES names it: as `wire` has it, so that its local part may be quoted. Quotes that nothing needs
 * mean nothing (RFC 5321 4.1.2). Any other quoted local part is invalid, as in `parseAddress`.
 */
export function parseWireAddress(text: string): ParsedAddress {
  const [, local, domain] = QUOTED.exec(text) ?? [];
  return parseAddress(local === undefined || domain === undefined ? text : local + domain);
}

/** Spreadsheets often hold `Name <address>`; that is worth a reason of its own, whatever the parse met first. */
function invalid(problem: AddressProblem, written: string): ParsedAddress {
  const bracketed = written.endsWith('>') && written.includes('<');
  return { kind: 'invalid', reason: bracketed ? 'display_name' : problem };
}

/** `trim` would drop more than the rules allow: no-break spaces and byte order marks, among others. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0x3000;
}

const LOCAL_CHARACTERS_MAX = 64;
const LABEL_CHARACTERS_MAX = 63;
const DOMAIN_CHARACTERS_MAX = 253;
/**
 * An internationalised domain as it is written. Punycode is longer than what it encodes but for characters that it
 * drops, so that nothing real comes near this; the encoder's time grows with the square of the length.
 */
const UNICODE_DOMAIN_CHARACTERS_MAX = 1_000;

const DOT = 0x2e;
const HYPHEN = 0x2d;

/** RFC 5322 3.2.3. */
const ATEXT = characterSet(
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~",
);
/** Lower case only: domains are judged after they were lower-cased. */
const LETTER_DIGIT_HYPHEN = characterSet('abcdefghijklmnopqrstuvwxyz0123456789-');

/** A table by character code; every other code reads as undefined. */
function characterSet(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** `local_dots` only where nothing else is wrong, since for some carriers that is no problem. */
function localProblem(written: string, at: number): AddressProblem | null {
  if (at === 0) return 'local_empty';
  let looseDots = false;
  let other: AddressProblem | null = at > LOCAL_CHARACTERS_MAX ? 'local_long' : null;
  let previous = DOT;
  for (let index = 0; index < at && index <= LOCAL_CHARACTERS_MAX; index += 1) {
    const code = written.charCodeAt(index);
    if (code === DOT) looseDots ||= previous === DOT;
    else if (code > 0x7f) return 'local_not_ascii';
    else if (ATEXT[code] !== 1) other = 'local_characters';
    previous = code;
  }
  return other ?? (looseDots || previous === DOT ? 'local_dots' : null);
}

/** @param domain in lower case; one with characters outside ASCII has some problem or other */
function domainProblem(domain: string): AddressProblem | null {
  if (domain === '') return 'domain_empty';
  if (domain.length > DOMAIN_CHARACTERS_MAX) return 'domain_long';
  let start = 0;
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', start)) {
    const problem = labelProblem(domain, start, dot);
    if (problem !== null) return problem;
    start = dot + 1;
  }
  const problem = labelProblem(domain, start, domain.length);
  if (problem !== null) return problem;
  if (start === 0) return 'domain_one_label';
  return isTopLevel(domain, start) ? null : 'top_level';
}

function labelProblem(domain: string, start: number, end: number): AddressProblem | null {
  if (start === end) return 'label_empty';
  if (end - start > LABEL_CHARACTERS_MAX) return 'label_long';
  for (let index = start; index < end; index += 1) {
    if (LETTER_DIGIT_HYPHEN[domain.charCodeAt(index)] !== 1) return 'domain_characters';
  }
  const outerHyphen = domain.charCodeAt(start) === HYPHEN || domain.charCodeAt(end - 1) === HYPHEN;
  return outerHyphen ? 'label_hyphen' : null;
}

/** Two or more letters, or punycode; so an IPv4 address is no domain. */
function isTopLevel(domain: string, start: number): boolean {
  if (domain.startsWith('xn--', start)) return true;
  for (let index = start; index < domain.length; index += 1) {
    if (domain.charCodeAt(index) < 0x61) return false;
  }
  return domain.length - start >= 2;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

/**
 * An internationalised domain in punycode (UTS #46, as browsers do it), or an empty text.
 *
 * `domainToASCII` reads a URL's host: it ends at `/`, `?`, `#` or `:`, drops tabs and line breaks, decodes `%41` and
 * turns `0x7f.1` into an address. None of that is a domain here, so that the ASCII among the characters is judged first;
 * what only becomes such a character (a full-width slash) the function refuses itself, and a number fails as a top level.
 */
function punycoded(domain: string): string {
  for (let index = 0; index < domain.length; index += 1) {
    const code = domain.charCodeAt(index);
    const upper = code >= 0x41 && code <= 0x5a;
    if (code <= 0x7f && code !== DOT && !upper && LETTER_DIGIT_HYPHEN[code] !== 1) return '';
  }
  return domainToASCII(domain);
}
