import { isIPv4, isIPv6 } from 'node:net';
import { domainName } from '../domain-name.ts';
import { macroFault } from './macro.ts';

export type SpfQualifier = '+' | '-' | '~' | '?';

export const SPF_MECHANISMS = ['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'] as const;
export type SpfMechanismName = (typeof SPF_MECHANISMS)[number];

export interface SpfMechanism {
  readonly name: SpfMechanismName;
  readonly qualifier: SpfQualifier;
  /** In normal form, or with its macros as they are; null where none is written. */
  readonly domain: string | null;
  /** Whether the domain has macros, which only a mail can expand. */
  readonly macro: boolean;
  /** As it is written in the record. */
  readonly text: string;
}

export interface SpfModifier {
  readonly domain: string;
  readonly macro: boolean;
  readonly text: string;
}

/** One record, read. With a fault every receiver ends in `permerror` (RFC 7208 4.6). */
export interface SpfRecord {
  readonly text: string;
  /** In their order. */
  readonly mechanisms: readonly SpfMechanism[];
  readonly redirect: SpfModifier | null;
  readonly exp: SpfModifier | null;
  /** Clauses in plain English. */
  readonly faults: readonly string[];
}

/** Whether a TXT record is one for SPF (RFC 7208 4.5): the version is all of it, or a space follows. */
export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Reads a record by the grammar of RFC 7208 12. Never throws, and its time is linear in the text's length. */
export function parseSpf(text: string): SpfRecord {
  const mechanisms: SpfMechanism[] = [];
  const modifiers = new Map<string, SpfModifier>();
  const faults: string[] = [];
  if (!/^[\x20-\x7e]*$/.test(text)) faults.push('it has a character that is no printable ASCII');
  for (const term of text.slice('v=spf1'.length).split(' ')) {
    if (term === '') continue;
    const read = readTerm(term);
    if (read.kind === 'fault') faults.push(read.fault);
    else if (read.kind === 'mechanism') mechanisms.push(read.mechanism);
    else if (modifiers.has(read.name)) faults.push(`${read.name}= is there twice`);
    else modifiers.set(read.name, read.modifier);
  }
  return {
    text,
    mechanisms,
    redirect: modifiers.get('redirect') ?? null,
    exp: modifiers.get('exp') ?? null,
    faults,
  };
}

type Read =
  | { readonly kind: 'mechanism'; readonly mechanism: SpfMechanism }
  | { readonly kind: 'modifier'; readonly name: string; readonly modifier: SpfModifier }
  | { readonly kind: 'fault'; readonly fault: string };

function readTerm(term: string): Read {
  const modifier = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(term);
  if (modifier) return readModifier(term, modifier[1]?.toLowerCase() ?? '', modifier[2] ?? '');
  const match = /^([-+~?]?)([a-z0-9]+)(?:([:/])(.*))?$/i.exec(term);
  const name = match?.[2]?.toLowerCase() ?? '';
  const known = SPF_MECHANISMS.find((each) => each === name);
  if (!match || !known) return fault(unknownTerm(term, name));
  const mark = match[3] ?? '';
  return readMechanism(term, known, qualifierOf(match[1]), mark, match[4] ?? '');
}

function readModifier(text: string, name: string, value: string): Read {
  if (name === 'v') return fault(`${text} is there a second time: only one record may be in a TXT record`);
  if (name !== 'redirect' && name !== 'exp') {
    // Modifiers that nobody knows are ignored, but for their syntax (RFC 7208 6).
    const wrong = macroFault(value);
    return wrong === null
      ? { kind: 'modifier', name, modifier: { domain: value, macro: false, text } }
      : fault(`${text}: ${wrong}`);
  }
  const spec = readDomain(value);
  if (spec.kind === 'fault') return fault(`${text}: ${spec.fault}`);
  return { kind: 'modifier', name, modifier: { domain: spec.domain, macro: spec.macro, text } };
}

function readMechanism(
  text: string,
  name: SpfMechanismName,
  qualifier: SpfQualifier,
  mark: string,
  rest: string,
): Read {
  const made = (domain: string | null, macro: boolean): Read => ({
    kind: 'mechanism',
    mechanism: { name, qualifier, domain, macro, text },
  });
  switch (name) {
    case 'all':
      return mark === '' ? made(null, false) : fault(`${text}: nothing may follow all`);
    case 'ip4':
    case 'ip6': {
      const wrong = networkFault(name, mark === ':' ? rest : '');
      return wrong === null ? made(null, false) : fault(`${text}: ${wrong}`);
    }
    case 'include':
    case 'exists':
    case 'ptr': {
      if (mark === '' && name === 'ptr') return made(null, false);
      if (mark !== ':' || rest === '') return fault(`${text}: a domain must follow directly after ${name}:`);
      const spec = readDomain(rest);
      return spec.kind === 'fault' ? fault(`${text}: ${spec.fault}`) : made(spec.domain, spec.macro);
    }
    case 'a':
    case 'mx': {
      const { host, wrong } = withoutPrefix(mark, rest);
      if (wrong !== null) return fault(`${text}: ${wrong}`);
      if (host === null) return made(null, false);
      const spec = readDomain(host);
      return spec.kind === 'fault' ? fault(`${text}: ${spec.fault}`) : made(spec.domain, spec.macro);
    }
  }
}

type DomainSpec =
  | { readonly kind: 'domain'; readonly domain: string; readonly macro: boolean }
  | { readonly kind: 'fault'; readonly fault: string };

/** `domain-spec` of RFC 7208 7.1. */
function readDomain(text: string): DomainSpec {
  if (text.includes('%')) {
    const wrong = macroFault(text);
    return wrong === null ? { kind: 'domain', domain: text, macro: true } : { kind: 'fault', fault: wrong };
  }
  const name = domainName(text);
  if (name === null || !/\.(?!\d+$)[a-z0-9-]+$/.test(name))
    return { kind: 'fault', fault: text === '' ? 'a domain must follow' : `${text} is no domain` };
  return { kind: 'domain', domain: name, macro: false };
}

/** `a/24//64`, `a:host/24`: the lengths of networks are checked and left away. */
function withoutPrefix(mark: string, rest: string): { host: string | null; wrong: string | null } {
  const text = mark === '/' ? `/${rest}` : rest;
  const match = /^(.*?)(?:\/(\d{1,3}))?(?:\/\/(\d{1,3}))?$/s.exec(text);
  const host = match?.[1] ?? text;
  if (mark === '/' && host !== '') return { host: null, wrong: `/${rest} is no length of a network` };
  const lengths: [string | undefined, number][] = [
    [match?.[2], 32],
    [match?.[3], 128],
  ];
  const long = lengths.find(([length, max]) => length !== undefined && Number(length) > max);
  if (long) return { host: null, wrong: `a network can not have ${long[0]} bits here` };
  if (mark === ':' && host === '') return { host: null, wrong: 'a domain must follow the colon' };
  return { host: mark === ':' ? host : null, wrong: null };
}

function networkFault(name: 'ip4' | 'ip6', text: string): string | null {
  const match = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] ?? '';
  const valid = name === 'ip4' ? isIPv4(address) : isIPv6(address) && !address.includes('%');
  if (!valid)
    return `${text === '' ? 'what follows' : text} is no ${name === 'ip4' ? 'IPv4' : 'IPv6'} address or network`;
  return Number(match?.[2] ?? 0) > (name === 'ip4' ? 32 : 128)
    ? `a network can not have ${match?.[2]} bits here`
    : null;
}

function qualifierOf(text: string | undefined): SpfQualifier {
  return text === '-' || text === '~' || text === '?' ? text : '+';
}

/** What people write in place of a mechanism. */
const SLIPS: Readonly<Record<string, string>> = {
  ip: 'ip4',
  ipv4: 'ip4',
  ipv6: 'ip6',
  includes: 'include',
  inc: 'include',
};

function unknownTerm(term: string, name: string): string {
  const meant = SLIPS[name];
  if (meant !== undefined) return `${term}: there is no mechanism ${name}; ${meant} may be meant`;
  if (domainName(term)?.includes('.'))
    return `${term} stands alone: nothing says what it is; a space after "include:" does that`;
  return `${term} is no mechanism and no modifier`;
}

function fault(text: string): Read {
  return { kind: 'fault', fault: text };
}
