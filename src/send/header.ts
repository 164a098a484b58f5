import { type Address, describeProblem, parseAddress } from '../core/address.ts';
import { controlAt } from './control.ts';
import { SENDER_BYTES_MAX } from './token.ts';
import type { MailHeader } from './transport.ts';

/** Somebody who writes or is written to: `Example ニュース <news@example.co.jp>`. */
export interface Mailbox {
  /** As a reader sees it; empty where there is none. */
  readonly name: string;
  readonly address: Address;
}

/** Encoded, a name of this length still fits a header of two lines or so. */
const NAME_CHARS_MAX = 128;
/** SES's limits for a header that it is given. Its newer model says 995 for the value. */
const HEADER_NAME_CHARS_MAX = 126;
export const HEADER_VALUE_CHARS_MAX = 870;

/**
 * Reads a mailbox as people write it (RFC 5322, 3.4): `Name <address>`, `"Last, First" <address>` or the address
 * alone. A name may have any characters but controls; those that separate mailboxes need the quotes.
 */
export function parseMailbox(
  text: string,
):
  | { readonly kind: 'mailbox'; readonly mailbox: Mailbox }
  | { readonly kind: 'problem'; readonly problem: string } {
  const failed = (problem: string) => ({ kind: 'problem' as const, problem });
  if (controlAt(text) >= 0) return failed('it has a line break or another control character');
  if (!text.isWellFormed()) return failed('it has half of a surrogate pair in it');
  const parts = /^(?<name>.*)<(?<address>[^<>]*)>$/su.exec(text.trim())?.groups;
  const name = parseName((parts?.['name'] ?? '').trim());
  if (name.kind === 'problem') return name;
  const parsed = parseAddress(parts?.['address'] ?? text);
  if (parsed.kind === 'invalid') {
    return failed(
      `it is no mail address: ${describeProblem(parsed.reason)}; write "Name <name@example.com>"`,
    );
  }
  if (parsed.address.normal.length > SENDER_BYTES_MAX) {
    return failed(`the address has more than ${SENDER_BYTES_MAX} characters`);
  }
  return { kind: 'mailbox', mailbox: { name: name.name, address: parsed.address } };
}

type ParsedName =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'problem'; readonly problem: string };

function parseName(written: string): ParsedName {
  const quoted = /^"((?:\\.|[^"\\])*)"$/su.exec(written)?.[1];
  if (quoted === undefined && /[",;<>\\]/.test(written)) {
    return {
      kind: 'problem',
      problem:
        'a name with commas, quotes or the like stands in double quotes: "\\"Last, First\\" <name@example.com>" in JSON',
    };
  }
  const name = quoted === undefined ? written : quoted.replaceAll(/\\(.)/gsu, '$1').trim();
  if (name.length > NAME_CHARS_MAX) {
    return { kind: 'problem', problem: `the name has ${name.length} characters, ${NAME_CHARS_MAX} at most` };
  }
  if (/=\?[^?\s]+\?[bq]\?[^?\s]*\?=/i.test(name)) {
    return {
      kind: 'problem',
      problem: 'the name is encoded already (=?…?=): write it as readers shall see it',
    };
  }
  return { kind: 'name', name };
}

/** Atoms of RFC 5322 (3.2.3), with single spaces between them, need no quotes. */
const ATOMS = /^[\w!#$%&'*+\-/=?^`{|}~]+(?: [\w!#$%&'*+\-/=?^`{|}~]+)*$/;
const ASCII = /^[ -~]*$/;

/** As a header has it: ASCII on one line, other names in encoded words (RFC 2047), specials in quotes. */
export function encodeMailbox({ name, address }: Mailbox): string {
  if (name === '') return address.wire;
  // What only looks like an encoded word must not become one.
  if (!ASCII.test(name) || name.includes('=?')) return `${encodedWords(name)} <${address.wire}>`;
  const phrase = ATOMS.test(name) ? name : `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
  return `${phrase} <${address.wire}>`;
}

/** An encoded word has 75 characters (RFC 2047, 2): 12 of frame, and base64 of 45 bytes. */
const ENCODED_WORD_BYTES_MAX = 45;

/** Readers drop the spaces between encoded words. No word ends inside of a character (RFC 2047, 5). */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > ENCODED_WORD_BYTES_MAX) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ');
}

/** Headers that SES writes itself and takes from nobody (SES v2 API, MessageHeader). */
const SES_HEADERS = new Set(
  'bcc cc content-disposition content-type date from message-id mime-version reply-to return-path subject to'.split(
    ' ',
  ),
);

/** Why SES would refuse the header, as one plain line; null where it would not. */
export function headerProblem(name: string, value: string): string | null {
  if (!/^[!-9;-~]+$/.test(name)) return `"${name.replaceAll(/[^ -~]/g, '?')}" cannot be the name of a header`;
  if (name.length > HEADER_NAME_CHARS_MAX) {
    return `the name of the header has ${name.length} characters, ${HEADER_NAME_CHARS_MAX} at most`;
  }
  if (SES_HEADERS.has(name.toLowerCase())) return `SES writes the header ${name} itself`;
  if (controlAt(value) >= 0) return `the header ${name} has a line break or another control character`;
  if (!ASCII.test(value)) return `the header ${name} has characters outside ASCII`;
  if (value === '') return `the header ${name} is empty`;
  if (value.length > HEADER_VALUE_CHARS_MAX) {
    return `the header ${name} has ${value.length} characters, ${HEADER_VALUE_CHARS_MAX} at most`;
  }
  return null;
}

/**
 * What lets a reader unsubscribe (RFC 2369, 3.2), with one click where the URL takes it (RFC 8058, 3.1). SES signs both with DKIM.
 * @param url https, and the reader's own
 */
export function unsubscribeHeaders(url: string, oneClick: boolean): MailHeader[] {
  const link = { name: 'List-Unsubscribe', value: `<${url}>` };
  return oneClick ? [link, { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' }] : [link];
}
