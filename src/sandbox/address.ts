/*
 * Addresses as SES takes them: RFC 5322 in ASCII, a domain with two labels or more. The wording of the problems is
 * SES's own.
 */

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const PLAIN = new RegExp(`^${ATOM}(?:\\.${ATOM})*@(?:${LABEL}\\.)+${LABEL}$`);
const LOCAL = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`);
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`);
const QUOTED = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;
/** Words, quoted strings, encoded words (which are made of the same characters) and dots. */
const PHRASE =
  /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"|\s+)*$/;
const CONTROL = /[\s\p{Cc}]/u;

/** RFC 5321, 4.5.3.1. */
const LOCAL_CHARS_MAX = 64;
const DOMAIN_CHARS_MAX = 255;

/** The address inside `Name <address>`, or the text itself. */
export function addressOf(mailbox: string): string {
  const open = mailbox.lastIndexOf('<');
  return open >= 0 && mailbox.endsWith('>') ? mailbox.slice(open + 1, -1) : mailbox;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** What SES has against a mailbox, `address` or `Name <address>`; null where it is good. */
export function mailboxProblem(mailbox: string): string | null {
  const address = addressOf(mailbox);
  if (address !== mailbox) {
    const name = mailbox.slice(0, mailbox.lastIndexOf('<'));
    if (!PHRASE.test(name))
      return 'Display name contains an illegal character; encode it as RFC 2047 wants it';
  }
  return addressProblem(address);
}

export function addressProblem(address: string): string | null {
  if (PLAIN.test(address)) return lengthProblem(address);
  const at = address.lastIndexOf('@');
  if (at < 0) return "Missing final '@domain'";
  return localProblem(address.slice(0, at)) ?? domainProblem(address.slice(at + 1)) ?? lengthProblem(address);
}

function localProblem(local: string): string | null {
  if (local === '') return 'Missing local name';
  if (QUOTED.test(local) || LOCAL.test(local)) return null;
  if (CONTROL.test(local)) return 'Local address contains control or whitespace';
  if (local.startsWith('.')) return 'Local address starts with dot';
  if (local.endsWith('.')) return 'Local address ends with dot';
  if (local.includes('..')) return 'Local address contains dot-dot';
  return 'Local address contains illegal character';
}

function domainProblem(domain: string): string | null {
  if (domain === '') return 'Missing domain';
  if (DOMAIN.test(domain)) return null;
  if (CONTROL.test(domain)) return 'Domain contains control or whitespace';
  if (domain.startsWith('.')) return 'Domain starts with dot';
  if (domain.endsWith('.')) return 'Domain ends with dot';
  if (domain.includes('..')) return 'Domain contains dot-dot';
  return domain.includes('.') ? 'Domain contains illegal character' : "Missing final '@domain'";
}

function lengthProblem(address: string): string | null {
  const at = address.lastIndexOf('@');
  if (at > LOCAL_CHARS_MAX) return 'Local address is too long';
  return address.length - at - 1 > DOMAIN_CHARS_MAX ? 'Domain is too long' : null;
}
